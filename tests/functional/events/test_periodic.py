import multiprocessing
import sys
import threading

import pytest

from znp_panel_sync.events import Periodic


def _start_in_child(periodic: Periodic, ran: threading.Event) -> None:
    ran.clear()
    periodic.start()
    sys.exit(not ran.wait(30))


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")  # what is warned of is what is tested
def test_a_child_starts_a_thread_of_its_own_while_the_parents_runs() -> None:
    ran = threading.Event()
    periodic = Periodic(ran.set, 1000.0, "test")
    periodic.start()
    assert ran.wait(30)
    child = multiprocessing.get_context("fork").Process(target=_start_in_child, args=(periodic, ran))
    child.start()
    child.join(60)
    periodic.stop()
    assert child.exitcode == 0

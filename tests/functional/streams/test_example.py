"""The example that follows a status stream, run as a user runs it."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.functional.streams.support import TRANSPORTS
from znp_panel_sync.health import Health
from znp_panel_sync.testing import KernelSimulator

EXAMPLE = Path(__file__).parents[3] / "examples" / "follow_status.py"


@pytest.mark.parametrize("transport", TRANSPORTS)
def test_transitions_are_printed_until_it_is_stopped(simulator: KernelSimulator, transport: str) -> None:
    keys = ("--access-key", "ak", "--secret-key", "sk")
    command = (sys.executable, str(EXAMPLE), simulator.url, "--interval", "1", "--transport", transport, *keys)
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as program:
        assert program.stdout is not None
        assert program.stdout.readline() == "edge-1: absent -> healthy\n"
        simulator.set_health("edge-1", Health.DEGRADED)
        assert program.stdout.readline() == "edge-1: healthy -> degraded\n"
        simulator.streams.cut()
        assert program.stdout.readline().startswith("interrupted from ")
        simulator.evict("edge-1")
        assert program.stdout.readline() == "edge-1: degraded -> absent\n"
        program.send_signal(signal.SIGTERM)
        assert program.stdout.read() == "stopped\n"
    assert program.returncode == 0

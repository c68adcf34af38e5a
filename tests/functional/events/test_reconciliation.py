from collections.abc import Iterator

import pytest

from tests.functional.events.support import record, traffic
from znp_panel_sync.events import reconcile_traffic, reconcile_traffic_async
from znp_panel_sync.events.ledger import NodeTraffic
from znp_panel_sync.kernel import AsyncKernel, Kernel
from znp_panel_sync.stores import SqlEventLedger
from znp_panel_sync.testing import KernelSimulator


@pytest.fixture
def simulator() -> Iterator[KernelSimulator]:
    with KernelSimulator() as kernel:
        kernel.add_traffic("edge-1", bytes_up=10, bytes_down=20)
        kernel.add_traffic("edge-2", bytes_up=1, bytes_down=1, protocol="socks")
        yield kernel


async def test_gaps_between_a_kernel_and_the_ledger_are_reported(simulator: KernelSimulator) -> None:
    ledger = SqlEventLedger("sqlite://")
    ledger.record(traffic(record(6, 20, node_id=1), record(1, 1, node_id="edge-2", protocol="socks")))
    async with AsyncKernel(simulator.control()) as kernel:
        report = await reconcile_traffic_async(kernel, ledger, node_names={"1": "edge-1"})
    assert report.generated_at_ms > 0
    assert report.compared == 2
    (gap,) = report.gaps
    assert (gap.counted, gap.missing_up, gap.missing_down) == (NodeTraffic("edge-1", "vless", 10, 20), 4, 0)


def test_when_all_was_received_there_is_no_gap(simulator: KernelSimulator) -> None:
    ledger = SqlEventLedger("sqlite://")
    ledger.record(traffic(record(10, 20, node_id="edge-1"), record(1, 1, node_id="edge-2", protocol="socks")))
    with Kernel(simulator.control()) as kernel:
        assert reconcile_traffic(kernel, ledger).gaps == ()

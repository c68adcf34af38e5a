"""What a kernel has counted, beside what was received of it."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence

from attrs import frozen

from znp_panel_sync.events._steps import Steps, run, run_async
from znp_panel_sync.events.ledger import EventLedger, NodeTraffic
from znp_panel_sync.kernel import AsyncKernel, Kernel


@frozen
class TrafficGap:
    """One node and protocol where the two differ, in bytes."""

    counted: NodeTraffic
    """What the kernel has counted since its start."""

    received: NodeTraffic
    """What the ledger holds, since its own start."""

    @property
    def missing_up(self) -> int:
        """Uploaded bytes that were never received; negative where more was received than the kernel remembers."""
        return self.counted.bytes_up - self.received.bytes_up

    @property
    def missing_down(self) -> int:
        """Downloaded bytes that were never received; negative where more was received than the kernel remembers."""
        return self.counted.bytes_down - self.received.bytes_down


@frozen
class TrafficReconciliation:
    """A comparison of one kernel with the ledger. `generated_at_ms`: the kernel's time, epoch milliseconds.

    Callbacks that were under way at that moment are gaps that close by themselves. A kernel counts from 0 after its
    restart, so that more is received than counted from then on.
    """

    generated_at_ms: int
    compared: int
    gaps: tuple[TrafficGap, ...]


def compare_traffic(
    counted: Iterable[NodeTraffic], received: Iterable[NodeTraffic], node_names: Mapping[str, str] | None = None
) -> tuple[int, tuple[TrafficGap, ...]]:
    """Return how many nodes and protocols a kernel lists, and where the ledger differs from it.

    `node_names` gives the kernel's name of a node for the id that traffic records use (None: they are equal). Nodes
    that this kernel does not list belong to others, and are left out.
    """
    sums: dict[tuple[str, str], NodeTraffic] = {}
    for one in received:
        name = (node_names or {}).get(one.node_id, one.node_id)
        known = sums.get((name, one.protocol), NodeTraffic(name, one.protocol, 0, 0))
        up, down = known.bytes_up + one.bytes_up, known.bytes_down + one.bytes_down
        sums[name, one.protocol] = NodeTraffic(name, one.protocol, up, down)
    listed = list(counted)
    pairs = (
        (one, sums.get((one.node_id, one.protocol), NodeTraffic(one.node_id, one.protocol, 0, 0))) for one in listed
    )
    return len(listed), tuple(TrafficGap(one, ours) for one, ours in pairs if one != ours)


def reconcile_traffic(
    kernel: Kernel, ledger: EventLedger, *, node_names: Mapping[str, str] | None = None
) -> TrafficReconciliation:
    """Compare `GET /v1/traffic` of a kernel with what the ledger has received, by node and protocol."""
    generated_at_ms, counted = run(_counted(), kernel)
    return TrafficReconciliation(generated_at_ms, *compare_traffic(counted, ledger.node_traffic(), node_names))


async def reconcile_traffic_async(
    kernel: AsyncKernel, ledger: EventLedger, *, node_names: Mapping[str, str] | None = None
) -> TrafficReconciliation:
    """Do what `reconcile_traffic` does, with an async kernel; the ledger is read in a thread."""
    generated_at_ms, counted = await run_async(_counted(), kernel)
    received = await asyncio.to_thread(ledger.node_traffic)
    return TrafficReconciliation(generated_at_ms, *compare_traffic(counted, received, node_names))


def _counted() -> Steps[tuple[int, Sequence[NodeTraffic]]]:
    summary = yield lambda kernel: kernel.traffic.get_traffic()
    rows = summary.by_node_protocol or ()
    return summary.generated_at_ms or 0, [
        NodeTraffic(row.node_id or "", row.protocol or "", row.bytes_up or 0, row.bytes_down or 0) for row in rows
    ]

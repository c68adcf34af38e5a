"""What `znp-sync status` shows of a snapshot. No I/O."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any, Final

from attrs import asdict, frozen
from rich.filesize import decimal

from znp_kernel_client.models import NodeStatus, RuntimeStatusSnapshot, TrafficSummaryResponse
from znp_panel_sync.health import Health, read_health

COLUMNS: Final = ("Node", "Role", "Protocol", "Health", "Failures", "Up", "Down", "Description")
NUMBERS: Final = ("Failures", "Up", "Down")

_WORST_FIRST: Final = (Health.UNHEALTHY, Health.DEGRADED, Health.UNKNOWN, Health.HEALTHY)


@frozen
class NodeRow:
    """A node with its traffic; bytes are None where the kernel counts none for it."""

    id: str
    role: str
    protocol: str
    health: str
    failures: int | None
    bytes_up: int | None
    bytes_down: int | None
    description: str

    def cells(self) -> tuple[object, ...]:
        """Return the row as people read it."""
        up, down = (None if count is None else decimal(count) for count in (self.bytes_up, self.bytes_down))
        return (self.id, self.role, self.protocol, self.health, self.failures, up, down, self.description)

    def as_json(self) -> dict[str, Any]:
        """Return the row with exact numbers."""
        return asdict(self)


def rows_of(snapshot: RuntimeStatusSnapshot, traffic: TrafficSummaryResponse | None) -> list[NodeRow]:
    """Return the nodes of a snapshot, with what a summary of traffic (None: there is none) says of them."""
    counted = {(one.node_id, one.protocol): one for one in (traffic.by_node_protocol if traffic else None) or ()}
    return [_row(node, counted.get((node.id, node.protocol))) for node in snapshot.nodes or ()]


def summary(rows: Sequence[NodeRow]) -> str:
    """Say how many nodes there are, and how they are."""
    counts = Counter(row.health for row in rows)
    parts = ", ".join(f"{counts[health]} {health}" for health in Health if counts[health])
    nodes = "1 node" if len(rows) == 1 else f"{len(rows)} nodes"
    return f"{nodes}: {parts}" if parts else "no nodes"


def worst_first(rows: Iterable[NodeRow]) -> list[NodeRow]:
    """Return the nodes that need somebody before the others, and else in the kernel's order."""
    return sorted(rows, key=lambda row: _WORST_FIRST.index(Health(row.health)))


def unwell(rows: Iterable[NodeRow]) -> list[str]:
    """Return the nodes that are degraded or unhealthy; a kernel need not watch all of them."""
    return [row.id for row in rows if row.health in (Health.DEGRADED, Health.UNHEALTHY)]


def _row(node: NodeStatus, traffic: Any) -> NodeRow:
    report = read_health(node.health)
    return NodeRow(
        id=str(node.id or ""),
        role=str(node.role or ""),
        protocol=str(node.protocol or ""),
        health=report.state.value,
        failures=report.consecutive_failures,
        bytes_up=traffic.bytes_up if traffic else None,
        bytes_down=traffic.bytes_down if traffic else None,
        description=node.description or "",
    )

"""What the page is shown: states, transitions and events as the poller and the ledger give them."""

from typing import Any

from znp_panel_sync.control import NodeControl
from znp_panel_sync.events.ledger import EventState, StoredEvent
from znp_panel_sync.events.payloads import CallbackKind
from znp_panel_sync.health import Health
from znp_panel_sync.polling import Node, NodeId, NodeState, NodeStatus, ProtocolHealth, Reason, StatusChange

TOKEN = "canary-page-token"


def state(node_id: NodeId, *, at: float = 100.0, **changes: Any) -> NodeState:
    """A node that was reached at `at`."""
    fields: dict[str, Any] = {
        "status": NodeStatus.ONLINE,
        "reason": Reason.REACHED,
        "failures": 0,
        "successes": 1,
        "latency": 0.0123,
        "polled_at": at,
        "next_poll_at": None,
        "held": False,
        "protocols": (),
    }
    return NodeState(node_id, **{**fields, **changes})


def failing(node_id: NodeId, *, at: float = 100.0, **changes: Any) -> NodeState:
    """A node whose kernel refused the connection at `at`."""
    fields: dict[str, Any] = {"status": NodeStatus.OFFLINE, "reason": Reason.REFUSED, "failures": 1}
    return state(node_id, at=at, **{**fields, **changes})


def protocol(name: str, health: Health) -> ProtocolHealth:
    return ProtocolHealth(name, "vless", health)


def listed(node_id: NodeId, endpoint: str | None = "http://kernel:23860/v1", **fields: Any) -> Node:
    """A node of the store."""
    return Node(node_id, None if endpoint is None else NodeControl(endpoint), **fields)


def change(node_id: NodeId, status: NodeStatus = NodeStatus.OFFLINE, *, at: float = 100.0) -> StatusChange:
    """A node that has just become something else than it was."""
    offline = status is NodeStatus.OFFLINE
    previous = NodeStatus.ONLINE if offline else NodeStatus.OFFLINE
    return StatusChange(node_id, previous, status, Reason.REFUSED if offline else Reason.REACHED, at, 0.01)


def event(number: int, *, body: bytes = b'{"id":"edge-1"}', **changes: Any) -> StoredEvent:
    """An event of a ledger."""
    fields: dict[str, Any] = {
        "kind": CallbackKind.NODE_EVENT,
        "event": "node_degraded",
        "source": "192.0.2.1",
        "lane": "node:edge-1",
        "received_at_ms": 100_500,
        "state": EventState.RECORDED,
        "attempts": 0,
        "last_error": None,
    }
    return StoredEvent(number, body=body, **{**fields, **changes})

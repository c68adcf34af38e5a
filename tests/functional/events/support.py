"""Envelopes as the receiver makes them."""

import itertools
from typing import Any

from znp_panel_sync.events.envelopes import Envelope, seal
from znp_panel_sync.events.payloads import CallbackKind, Subject

ALICE = Subject("user", "alice")
SECOND = Subject("subscription", "2")

_ids = itertools.count(1)


def record(up: int = 1, down: int = 2, **changes: Any) -> dict[str, Any]:
    """A traffic record of subscription 2."""
    return {"subscription_id": 2, "node_id": 10, "protocol": "vless", "bytes_up": up, "bytes_down": down, **changes}


def traffic(*records: Any, at_ms: int = 0, source: str = "192.0.2.1", **options: Any) -> Envelope:
    """A traffic callback that no other is equal to."""
    document = {"records": list(records), "event_id": f"traffic-{next(_ids)}"}
    return seal(CallbackKind.TRAFFIC, document, source=source, received_at_ms=at_ms, **options)


def usage(used: int, *, occurred: int | None = None, at_ms: int = 0, **options: Any) -> Envelope:
    """A report of alice's used bytes that no other is equal to."""
    document = {
        "event": "user.traffic.reported",
        "event_id": f"usage-{next(_ids)}",
        "occurred_at_ms": occurred,
        "payload": {"user_id": "alice", "current": {"used": used}},
    }
    return seal(CallbackKind.SERVICE_EVENT, document, source="192.0.2.1", received_at_ms=at_ms, **options)


def node_event(node: str = "edge-1", event: str = "node_healthy", *, handled: bool = True, at_ms: int = 0) -> Envelope:
    """A node event that no other is equal to, waiting for a handler unless told otherwise."""
    document = {"event": event, "node_id": node, "event_id": f"node-{next(_ids)}"}
    return seal(CallbackKind.NODE_EVENT, document, source="192.0.2.1", received_at_ms=at_ms, handled=handled)

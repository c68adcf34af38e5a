"""The names of events, which come dotted (`node.degraded`) and underscored (`node_degraded`)."""

from typing import Final

NODE_EVENTS: Final = ("node_added", "node_removed", "node_healthy", "node_degraded", "node_unhealthy")
"""All events about nodes, as they are registered."""

QUOTA_CHANGED: Final = "user.quota.changed"
TRAFFIC_REPORTED: Final = "user.traffic.reported"

SERVICE_EVENTS: Final = (QUOTA_CHANGED, TRAFFIC_REPORTED)
"""All service events, as they are registered."""


def canonical_event(name: str) -> str:
    """Return the form in which names are compared: lower case, with `_` for `.` and `-`."""
    return name.strip().lower().replace(".", "_").replace("-", "_")


def same_event(first: str, second: str) -> bool:
    """Tell whether two spellings name one event."""
    return canonical_event(first) == canonical_event(second)

"""Event to be told of."""

from .._model import OpenStrEnum


class EventRegistrationRequestEvent(OpenStrEnum):
    """Event to be told of."""

    NODE_ADDED = "node_added"
    NODE_REMOVED = "node_removed"
    NODE_HEALTHY = "node_healthy"
    NODE_DEGRADED = "node_degraded"
    NODE_UNHEALTHY = "node_unhealthy"

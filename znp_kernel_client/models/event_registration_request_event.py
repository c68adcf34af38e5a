"""Event to be told of: a node came (`node_added`) or went (`node_removed`), or its health turned to the one named."""

from .._model import OpenStrEnum


class EventRegistrationRequestEvent(OpenStrEnum):
    """Event to be told of: a node came (`node_added`) or went (`node_removed`), or its health turned to the one named."""

    NODE_ADDED = "node_added"
    NODE_REMOVED = "node_removed"
    NODE_HEALTHY = "node_healthy"
    NODE_DEGRADED = "node_degraded"
    NODE_UNHEALTHY = "node_unhealthy"

"""Direction of a node: a `listener` accepts connections, a `connector` makes them."""

from .._model import OpenStrEnum


class NodeRole(OpenStrEnum):
    """Direction of a node: a `listener` accepts connections, a `connector` makes them."""

    LISTENER = "listener"
    CONNECTOR = "connector"

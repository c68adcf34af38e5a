"""Always `select_node`."""

from .._model import OpenStrEnum


class SelectNodeActionType(OpenStrEnum):
    """Always `select_node`."""

    SELECT_NODE = "select_node"

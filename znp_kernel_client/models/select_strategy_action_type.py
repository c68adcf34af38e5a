"""Always `select_strategy`."""

from .._model import OpenStrEnum


class SelectStrategyActionType(OpenStrEnum):
    """Always `select_strategy`."""

    SELECT_STRATEGY = "select_strategy"

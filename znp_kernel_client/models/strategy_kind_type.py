"""How a strategy chooses: `select` uses one chosen candidate, `fallback` the first that works, and `load_balance`
spreads connections over all.
"""

from .._model import OpenStrEnum


class StrategyKindType(OpenStrEnum):
    """How a strategy chooses: `select` uses one chosen candidate, `fallback` the first that works, and `load_balance`
    spreads connections over all.
    """

    SELECT = "select"
    FALLBACK = "fallback"
    LOAD_BALANCE = "load_balance"

"""Kind of a network interface: hardware (`physical`) or made by software (`virtual`)."""

from .._model import OpenStrEnum


class InterfaceKindSummary(OpenStrEnum):
    """Kind of a network interface: hardware (`physical`) or made by software (`virtual`)."""

    PHYSICAL = "physical"
    VIRTUAL = "virtual"

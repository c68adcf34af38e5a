"""Always `reject`."""

from .._model import OpenStrEnum


class RejectActionType(OpenStrEnum):
    """Always `reject`."""

    REJECT = "reject"

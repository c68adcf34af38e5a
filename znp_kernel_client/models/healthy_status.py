"""The node works: no failure since the last success."""

from .._model import OpenStrEnum


class HealthyStatus(OpenStrEnum):
    """The node works: no failure since the last success."""

    HEALTHY = "Healthy"

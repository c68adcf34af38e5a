"""What a limit applies to: one `endpoint` of this API, or one caller (`identity`)."""

from .._model import OpenStrEnum


class RateLimitOverrideScope(OpenStrEnum):
    """What a limit applies to: one `endpoint` of this API, or one caller (`identity`)."""

    ENDPOINT = "endpoint"
    IDENTITY = "identity"

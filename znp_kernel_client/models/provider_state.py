"""Result of a provider's latest load: `pending` before the first has ended, `healthy` when it worked, `error` when it
failed.
"""

from .._model import OpenStrEnum


class ProviderState(OpenStrEnum):
    """Result of a provider's latest load: `pending` before the first has ended, `healthy` when it worked, `error` when
    it failed.
    """

    PENDING = "pending"
    HEALTHY = "healthy"
    ERROR = "error"

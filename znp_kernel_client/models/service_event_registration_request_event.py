"""Event to be told of."""

from .._model import OpenStrEnum


class ServiceEventRegistrationRequestEvent(OpenStrEnum):
    """Event to be told of."""

    USER_QUOTA_CHANGED = "user.quota.changed"
    USER_TRAFFIC_REPORTED = "user.traffic.reported"

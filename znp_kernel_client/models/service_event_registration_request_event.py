"""Event to be told of: a user's quota was changed (`user.quota.changed`), or a user's traffic was counted
(`user.traffic.reported`).
"""

from .._model import OpenStrEnum


class ServiceEventRegistrationRequestEvent(OpenStrEnum):
    """Event to be told of: a user's quota was changed (`user.quota.changed`), or a user's traffic was counted
    (`user.traffic.reported`).
    """

    USER_QUOTA_CHANGED = "user.quota.changed"
    USER_TRAFFIC_REPORTED = "user.traffic.reported"

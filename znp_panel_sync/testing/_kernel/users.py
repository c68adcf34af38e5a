"""The kernel's registry of users."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, Self

from attrs import define, field

from znp_panel_sync.testing._kernel.refusal import conflict, not_found

REDACTED: Final = "***"

Publish = Callable[[str, Mapping[str, Any]], object]


@define
class User:
    """A user: `allocated` and `used` are bytes, `up` and `down` bytes a second (None: unlimited)."""

    id: str
    username: str
    password: str = field(repr=False)
    allocated: int = 0
    used: int = 0
    up: int | None = None
    down: int | None = None
    metadata: dict[str, str] = field(factory=dict)
    tags: list[str] = field(factory=list)

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> Self:
        """Make a user from a checked request body."""
        user = cls(document["id"], document["username"], document["password"])
        user.apply(document)
        return user

    @property
    def remaining(self) -> int:
        """How many of the allocated bytes are left; never negative."""
        return max(0, self.allocated - self.used)

    def apply(self, document: Mapping[str, Any]) -> None:
        """Take over the settings that a checked request body names, and leave the others."""
        traffic, rate = document.get("traffic", {}), document.get("rate", {})
        self.password = document.get("password", self.password)
        self.allocated = traffic.get("allocated", self.allocated)
        self.used = traffic.get("used", self.used)
        self.up = rate.get("up", self.up)
        self.down = rate.get("down", self.down)
        self.metadata = dict(document.get("metadata", self.metadata))
        self.tags = list(document.get("tags", self.tags))

    def reset(self) -> None:
        """Return every setting but the password to its default."""
        self.apply({"traffic": {"allocated": 0, "used": 0}, "rate": {"up": None, "down": None}})
        self.apply({"metadata": {}, "tags": []})

    def quota(self) -> dict[str, int]:
        """Return how much is used and left, as service events tell it."""
        return {"used": self.used, "remaining": self.remaining}

    def view(self, *, redact: bool) -> dict[str, Any]:
        """Return what the user operations show."""
        return {
            **self._identity(redact=redact),
            "traffic": {"allocated": self.allocated, "used": self.used},
            "rate": {"up": self.up, "down": self.down},
        }

    def status(self, *, redact: bool) -> dict[str, Any]:
        """Return what the runtime status shows."""
        return {
            **self._identity(redact=redact),
            "traffic_allocated": self.allocated,
            "traffic_used": self.used,
            "traffic_remaining": self.remaining,
            "rate_up": self.up,
            "rate_down": self.down,
        }

    def _identity(self, *, redact: bool) -> dict[str, Any]:
        metadata = {key: REDACTED if redact else value for key, value in self.metadata.items()}
        return {
            "id": self.id,
            "username": REDACTED if redact else self.username,
            "tags": self.tags,
            "metadata": metadata,
        }


class Users:
    """All users by id."""

    def __init__(self, publish: Publish) -> None:
        self._publish = publish
        self._users: dict[str, User] = {}

    def __len__(self) -> int:
        return len(self._users)

    def get(self, user_id: str) -> User:
        """Return a user."""
        try:
            return self._users[user_id]
        except KeyError:
            raise not_found("user", user_id) from None

    def all(self, ids: Iterable[str] | None = None) -> list[User]:
        """Return all users in the order of their creation; with `ids`, those of them that exist."""
        wanted = self._users if ids is None else ids
        return [self._users[user_id] for user_id in wanted if user_id in self._users]

    def create(self, document: Mapping[str, Any]) -> User:
        """Add a user whose id is new."""
        if document["id"] in self._users:
            raise conflict(f"user {document['id']!r} exists already")
        return self.put(document)

    def put(self, document: Mapping[str, Any]) -> User:
        """Add a user, or take its place if the id is known."""
        user = User.from_document(document)
        self._users[user.id] = user
        return user

    def load(self, documents: Iterable[Mapping[str, Any]]) -> list[str]:
        """Add or replace many users; return their ids without repetition."""
        return list(dict.fromkeys(self.put(document).id for document in documents))

    def change(self, user_id: str, document: Mapping[str, Any], *, replace: bool) -> User:
        """Change a user: with `replace`, settings that are not named return to their defaults."""
        user = self.get(user_id)
        allocated, previous = user.allocated, user.quota()
        if replace:
            user.reset()
        user.apply(document)
        if user.allocated != allocated:
            self._announce("user.quota.changed", user, previous)
        return user

    def report_used(self, user_id: str, used: int) -> User:
        """Set how many bytes a user has used, and announce it."""
        user = self.get(user_id)
        previous = user.quota()
        user.used = used
        self._announce("user.traffic.reported", user, previous)
        return user

    def remove(self, user_id: str) -> None:
        """Forget a user."""
        del self._users[self.get(user_id).id]

    def rate_limit_summary(self) -> dict[str, int]:
        """Count users by the directions in which their rate is limited."""
        limits = [(user.up is not None, user.down is not None) for user in self._users.values()]
        unlimited = limits.count((False, False))
        return {
            "total_users": len(limits),
            "unlimited_users": unlimited,
            "limited_users": len(limits) - unlimited,
            "limited_up_only": limits.count((True, False)),
            "limited_down_only": limits.count((False, True)),
            "limited_both": limits.count((True, True)),
        }

    def _announce(self, event: str, user: User, previous: dict[str, int]) -> None:
        payload: dict[str, Any] = {"user_id": user.id, "previous": previous, "current": user.quota()}
        if "subscription_id" in user.metadata:
            payload["subscription_id"] = user.metadata["subscription_id"]
        self._publish(event, payload)

"""One user's traffic and limits, as the status shows them."""

from __future__ import annotations

from attrs import define
from attrs import field as _field

from .._model import Field, Model, list_of, map_of
from ..types import UNSET, Unset


@define(kw_only=True)
class UserStatus(Model):
    """One user's traffic and limits, as the status shows them."""

    id: str | Unset = UNSET
    """Identifier of the user; panels use their own user id as text."""
    username: str | Unset = UNSET
    """Name the user logs in with."""
    tags: list[str] | Unset = UNSET
    """Free labels of the user."""
    metadata: dict[str, str] | Unset = _field(default=UNSET, repr=False)
    """Free texts by name, such as a panel's `subscription_id`."""
    traffic_allocated: int | Unset = UNSET
    """Quota in bytes."""
    traffic_used: int | Unset = UNSET
    """Bytes used of the quota, both directions together."""
    traffic_remaining: int | Unset = UNSET
    """Bytes left of the quota."""
    rate_up: int | None | Unset = UNSET
    """Upload limit in bytes per second; null when there is none."""
    rate_down: int | None | Unset = UNSET
    """Download limit in bytes per second; null when there is none."""

    @classmethod
    def _fields(cls) -> dict[str, Field]:
        return {
            "id": Field("id"),
            "username": Field("username"),
            "tags": Field("tags", list_of()),
            "metadata": Field("metadata", map_of()),
            "traffic_allocated": Field("traffic_allocated"),
            "traffic_used": Field("traffic_used"),
            "traffic_remaining": Field("traffic_remaining"),
            "rate_up": Field("rate_up", nullable=True),
            "rate_down": Field("rate_down", nullable=True),
        }

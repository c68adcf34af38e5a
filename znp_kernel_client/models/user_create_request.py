"""A new user."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import define
from attrs import field as _field

from .._model import Field, Model, list_of, map_of
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from .rate_patch import RatePatch
    from .traffic_patch import TrafficPatch


@define(kw_only=True)
class UserCreateRequest(Model):
    """A new user."""

    id: str
    """Identifier of the user; panels use their own user id as text."""
    username: str
    """Name the user logs in with."""
    password: str = _field(repr=False)
    """Password or protocol secret. The kernel never sends it back."""
    traffic: TrafficPatch | Unset = UNSET
    """Quota and use to begin with; missing for the kernel's defaults."""
    rate: RatePatch | Unset = UNSET
    """Rate limits; missing for none."""
    metadata: dict[str, str] | Unset = _field(default=UNSET, repr=False)
    """Free texts by name, such as a panel's `subscription_id`."""
    tags: list[str] | Unset = UNSET
    """Free labels of the user."""

    @classmethod
    def _fields(cls) -> dict[str, Field]:
        from .rate_patch import RatePatch
        from .traffic_patch import TrafficPatch

        return {
            "id": Field("id", required=True),
            "username": Field("username", required=True),
            "password": Field("password", required=True),
            "traffic": Field("traffic", TrafficPatch.from_dict),
            "rate": Field("rate", RatePatch.from_dict),
            "metadata": Field("metadata", map_of()),
            "tags": Field("tags", list_of()),
        }

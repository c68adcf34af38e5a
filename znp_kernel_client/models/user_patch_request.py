"""Changes to a user. With PATCH, what is missing stays as it is."""

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
class UserPatchRequest(Model):
    """Changes to a user. With PATCH, what is missing stays as it is."""

    password: str | Unset = _field(default=UNSET, repr=False)
    """New password or protocol secret."""
    traffic: TrafficPatch | Unset = UNSET
    """Changes to quota and use."""
    rate: RatePatch | Unset = UNSET
    """Changes to the rate limits."""
    metadata: dict[str, str] | Unset = _field(default=UNSET, repr=False)
    """New free texts by name."""
    tags: list[str] | Unset = UNSET
    """New free labels."""

    @classmethod
    def _fields(cls) -> dict[str, Field]:
        from .rate_patch import RatePatch
        from .traffic_patch import TrafficPatch

        return {
            "password": Field("password"),
            "traffic": Field("traffic", TrafficPatch.from_dict),
            "rate": Field("rate", RatePatch.from_dict),
            "metadata": Field("metadata", map_of()),
            "tags": Field("tags", list_of()),
        }

"""A user with credentials, as a panel hands it to the kernel."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import define
from attrs import field as _field

from .._model import Field, Model, list_of, map_of
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from .rate import Rate
    from .traffic import Traffic


@define(kw_only=True)
class User(Model):
    """A user with credentials, as a panel hands it to the kernel."""

    id: str
    """Identifier of the user; panels use their own user id as text."""
    username: str
    """Name the user logs in with."""
    password: str = _field(repr=False)
    """Password or protocol secret. The kernel never sends it back."""
    traffic: Traffic | Unset = UNSET
    """Quota and use so far; missing to begin with the kernel's defaults."""
    rate: Rate | Unset = UNSET
    """Rate limits; missing for none."""
    metadata: dict[str, str] | Unset = _field(default=UNSET, repr=False)
    """Free texts by name, such as a panel's `subscription_id`."""
    tags: list[str] | Unset = UNSET
    """Free labels of the user."""

    @classmethod
    def _fields(cls) -> dict[str, Field]:
        from .rate import Rate
        from .traffic import Traffic

        return {
            "id": Field("id", required=True),
            "username": Field("username", required=True),
            "password": Field("password", required=True),
            "traffic": Field("traffic", Traffic.from_dict),
            "rate": Field("rate", Rate.from_dict),
            "metadata": Field("metadata", map_of()),
            "tags": Field("tags", list_of()),
        }

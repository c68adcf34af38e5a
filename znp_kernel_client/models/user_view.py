"""A user as the kernel shows it: without credentials."""

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
class UserView(Model):
    """A user as the kernel shows it: without credentials."""

    id: str | Unset = UNSET
    """Identifier of the user."""
    username: str | Unset = UNSET
    """Name the user logs in with; masked when redaction was asked for."""
    tags: list[str] | Unset = UNSET
    """Free labels of the user."""
    metadata: dict[str, str] | Unset = _field(default=UNSET, repr=False)
    """Free texts by name, such as a panel's `subscription_id`."""
    traffic: Traffic | Unset = UNSET
    """Quota and use so far."""
    rate: Rate | Unset = UNSET
    """Rate limits."""

    @classmethod
    def _fields(cls) -> dict[str, Field]:
        from .rate import Rate
        from .traffic import Traffic

        return {
            "id": Field("id"),
            "username": Field("username"),
            "tags": Field("tags", list_of()),
            "metadata": Field("metadata", map_of()),
            "traffic": Field("traffic", Traffic.from_dict),
            "rate": Field("rate", Rate.from_dict),
        }

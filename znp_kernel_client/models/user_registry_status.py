"""The users known to the kernel."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import define

from .._model import Field, Model, list_of
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from .user_status import UserStatus


@define(kw_only=True)
class UserRegistryStatus(Model):
    """The users known to the kernel."""

    total: int | Unset = UNSET
    """Number of users."""
    users: list[UserStatus] | Unset = UNSET
    """The users with their traffic."""

    @classmethod
    def _fields(cls) -> dict[str, Field]:
        from .user_status import UserStatus

        return {"total": Field("total"), "users": Field("users", list_of(UserStatus.from_dict))}

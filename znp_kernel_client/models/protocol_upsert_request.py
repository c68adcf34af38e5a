"""Configuration of one protocol node, with its users."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import define

from .._model import Field, Model, list_of
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from .node_profile import NodeProfile
    from .user import User


@define(kw_only=True)
class ProtocolUpsertRequest(Model):
    """Configuration of one protocol node, with its users."""

    profile: NodeProfile
    """The node itself."""
    listen: str | None | Unset = UNSET
    """Address and port to listen on, for a listener; null or missing otherwise."""
    connect: str | None | Unset = UNSET
    """Address and port to connect to, for a connector; null or missing otherwise."""
    users: list[User] | Unset = UNSET
    """Users who may use the node."""

    @classmethod
    def _fields(cls) -> dict[str, Field]:
        from .node_profile import NodeProfile
        from .user import User

        return {
            "profile": Field("profile", NodeProfile.from_dict, required=True),
            "listen": Field("listen", nullable=True),
            "connect": Field("connect", nullable=True),
            "users": Field("users", list_of(User.from_dict)),
        }

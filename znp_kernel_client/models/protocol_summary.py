"""One configured protocol node, in short."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import define

from .._model import Field, Model, list_of
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from .node_role import NodeRole


@define(kw_only=True)
class ProtocolSummary(Model):
    """One configured protocol node, in short."""

    id: str | Unset = UNSET
    """Identifier of the node, unique in this kernel."""
    role: NodeRole | Unset = UNSET
    """Whether the node accepts or makes connections."""
    protocol: str | Unset = UNSET
    """Name of the protocol the node speaks."""
    tags: list[str] | Unset = UNSET
    """Free labels of the node."""
    description: str | None | Unset = UNSET
    """Free text for people; null when there is none."""
    listen: str | None | Unset = UNSET
    """Address and port that the node listens on; null when it does not listen."""
    connect: str | None | Unset = UNSET
    """Address and port that the node connects to; null when it does not connect."""
    user_count: int | Unset = UNSET
    """Number of users who may use the node."""

    @classmethod
    def _fields(cls) -> dict[str, Field]:
        from .node_role import NodeRole

        return {
            "id": Field("id"),
            "role": Field("role", NodeRole.from_json),
            "protocol": Field("protocol"),
            "tags": Field("tags", list_of()),
            "description": Field("description", nullable=True),
            "listen": Field("listen", nullable=True),
            "connect": Field("connect", nullable=True),
            "user_count": Field("user_count"),
        }

"""One node with its full TLS settings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from attrs import define
from attrs import field as _field

from .._model import Field, Model, list_of, map_of
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from .node_role import NodeRole


@define(kw_only=True)
class TlsNodeDetail(Model):
    """One node with its full TLS settings."""

    id: str | Unset = UNSET
    """Identifier of the node."""
    role: NodeRole | Unset = UNSET
    """Whether the node accepts or makes connections."""
    tags: list[str] | Unset = UNSET
    """Free labels of the node."""
    description: str | None | Unset = UNSET
    """Free text for people; null when there is none."""
    listen: str | None | Unset = UNSET
    """Address and port that the node listens on; null when it does not listen."""
    connect: str | None | Unset = UNSET
    """Address and port that the node connects to; null when it does not connect."""
    profile: dict[str, Any] | Unset = _field(default=UNSET, repr=False)
    """TLS settings and those of the protocol inside, free in form."""

    @classmethod
    def _fields(cls) -> dict[str, Field]:
        from .node_role import NodeRole

        return {
            "id": Field("id"),
            "role": Field("role", NodeRole.from_json),
            "tags": Field("tags", list_of()),
            "description": Field("description", nullable=True),
            "listen": Field("listen", nullable=True),
            "connect": Field("connect", nullable=True),
            "profile": Field("profile", map_of()),
        }

"""A node that announces itself to the kernel."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from attrs import define
from attrs import field as _field

from .._model import Field, Model, list_of, map_of
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from .node_role import NodeRole


@define(kw_only=True)
class ProtocolRegistrationRequest(Model):
    """A node that announces itself to the kernel."""

    id: str
    """Identifier of the node, unique in this kernel and the same at each start of the node."""
    role: NodeRole
    """Whether the node accepts or makes connections."""
    protocol: str
    """Name of the protocol the node speaks."""
    tags: list[str] | Unset = UNSET
    """Free labels of the node."""
    description: str | None | Unset = UNSET
    """Free text for people; null or missing when there is none."""
    listen: str | None | Unset = UNSET
    """Address and port that the node listens on; null or missing when it does not listen."""
    connect: str | None | Unset = UNSET
    """Address and port that the node connects to; null or missing when it does not connect."""
    profile: dict[str, Any] | Unset = _field(default=UNSET, repr=False)
    """Settings of the protocol, free in form."""
    metadata: dict[str, str] | Unset = _field(default=UNSET, repr=False)
    """Free texts by name."""
    ttl_seconds: int | None | Unset = UNSET
    """Seconds after which the registration should lapse without a heartbeat; null or missing to leave it to the kernel.
    """

    @classmethod
    def _fields(cls) -> dict[str, Field]:
        from .node_role import NodeRole

        return {
            "id": Field("id", required=True),
            "role": Field("role", NodeRole.from_json, required=True),
            "protocol": Field("protocol", required=True),
            "tags": Field("tags", list_of()),
            "description": Field("description", nullable=True),
            "listen": Field("listen", nullable=True),
            "connect": Field("connect", nullable=True),
            "profile": Field("profile", map_of()),
            "metadata": Field("metadata", map_of()),
            "ttl_seconds": Field("ttl_seconds", nullable=True),
        }

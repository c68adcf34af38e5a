"""Full configuration of one node."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from attrs import define
from attrs import field as _field

from .._model import Field, Model, list_of, map_of
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from .node_profile_protocol import NodeProfileProtocol
    from .node_role import NodeRole
    from .upstream_profile import UpstreamProfile


@define(kw_only=True)
class NodeProfile(Model):
    """Full configuration of one node."""

    id: str
    """Identifier of the node, unique in this kernel; a panel's `kernel_id`."""
    role: NodeRole
    """Whether the node accepts or makes connections."""
    protocol: NodeProfileProtocol
    """Protocol that the node speaks."""
    profile: dict[str, Any] = _field(repr=False)
    """Settings of the protocol; their form depends on `protocol`."""
    tags: list[str] | Unset = UNSET
    """Free labels of the node."""
    description: str | None | Unset = UNSET
    """Free text for people; null or missing when there is none."""
    stack: dict[str, Any] | None | Unset = _field(default=UNSET, repr=False)
    """Settings of the transport layers below the protocol; null or missing for the kernel's defaults."""
    interface_policy: dict[str, Any] | None | Unset = _field(default=UNSET, repr=False)
    """Choice of network interfaces; null or missing for the kernel's default."""
    upstream: list[UpstreamProfile] | Unset = UNSET
    """Nodes that this node sends its connections through."""

    @classmethod
    def _fields(cls) -> dict[str, Field]:
        from .node_profile_protocol import NodeProfileProtocol
        from .node_role import NodeRole
        from .upstream_profile import UpstreamProfile

        return {
            "id": Field("id", required=True),
            "role": Field("role", NodeRole.from_json, required=True),
            "protocol": Field("protocol", NodeProfileProtocol.from_json, required=True),
            "profile": Field("profile", map_of(), required=True),
            "tags": Field("tags", list_of()),
            "description": Field("description", nullable=True),
            "stack": Field("stack", map_of(), nullable=True),
            "interface_policy": Field("interface_policy", map_of(), nullable=True),
            "upstream": Field("upstream", list_of(UpstreamProfile.from_dict)),
        }

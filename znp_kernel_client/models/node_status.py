"""One node (a protocol instance) of the kernel and its health."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import define

from .._model import Field, Model, list_of
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from .node_health_state import NodeHealthState
    from .node_interface_status import NodeInterfaceStatus
    from .node_role import NodeRole


@define(kw_only=True)
class NodeStatus(Model):
    """One node (a protocol instance) of the kernel and its health."""

    id: str | Unset = UNSET
    """Identifier of the node, unique in this kernel. A panel's protocol binding refers to it as `kernel_id`."""
    role: NodeRole | Unset = UNSET
    """Whether the node accepts or makes connections."""
    protocol: str | Unset = UNSET
    """Name of the protocol the node speaks."""
    tags: list[str] | Unset = UNSET
    """Free labels of the node."""
    description: str | None | Unset = UNSET
    """Free text for people; null when there is none."""
    health: NodeHealthState | Unset = UNSET
    """Latest health of the node. Missing when the kernel does not watch this node."""
    interfaces: NodeInterfaceStatus | Unset = UNSET
    """Network interfaces that the node is bound to."""

    @classmethod
    def _fields(cls) -> dict[str, Field]:
        from .node_health_state import NodeHealthState
        from .node_interface_status import NodeInterfaceStatus
        from .node_role import NodeRole

        return {
            "id": Field("id"),
            "role": Field("role", NodeRole.from_json),
            "protocol": Field("protocol"),
            "tags": Field("tags", list_of()),
            "description": Field("description", nullable=True),
            "health": Field("health", NodeHealthState.from_dict),
            "interfaces": Field("interfaces", NodeInterfaceStatus.from_dict),
        }

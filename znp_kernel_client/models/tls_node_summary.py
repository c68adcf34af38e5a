"""TLS settings of one node, in short."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import define

from .._model import Field, Model, list_of
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from .node_role import NodeRole
    from .tls_mode import TlsMode


@define(kw_only=True)
class TlsNodeSummary(Model):
    """TLS settings of one node, in short."""

    id: str | Unset = UNSET
    """Identifier of the node."""
    role: NodeRole | Unset = UNSET
    """Whether the node accepts or makes connections."""
    tags: list[str] | Unset = UNSET
    """Free labels of the node."""
    description: str | None | Unset = UNSET
    """Free text for people; null when there is none."""
    inner_protocol: str | Unset = UNSET
    """Name of the protocol inside TLS."""
    tls_mode: TlsMode | Unset = UNSET
    """Where the node uses TLS."""
    has_reality: bool | Unset = UNSET
    """Whether REALITY is switched on."""

    @classmethod
    def _fields(cls) -> dict[str, Field]:
        from .node_role import NodeRole
        from .tls_mode import TlsMode

        return {
            "id": Field("id"),
            "role": Field("role", NodeRole.from_json),
            "tags": Field("tags", list_of()),
            "description": Field("description", nullable=True),
            "inner_protocol": Field("inner_protocol"),
            "tls_mode": Field("tls_mode", TlsMode.from_json),
            "has_reality": Field("has_reality"),
        }

"""Bytes that went through one node by one protocol."""

from __future__ import annotations

from attrs import define

from .._model import Field, Model
from ..types import UNSET, Unset


@define(kw_only=True)
class NodeProtocolTrafficSummary(Model):
    """Bytes that went through one node by one protocol."""

    node_id: str | Unset = UNSET
    """Identifier of the node."""
    protocol: str | Unset = UNSET
    """Name of the protocol."""
    bytes_up: int | Unset = UNSET
    """Bytes sent from clients to the network."""
    bytes_down: int | Unset = UNSET
    """Bytes sent from the network to clients."""

    @classmethod
    def _fields(cls) -> dict[str, Field]:
        return {
            "node_id": Field("node_id"),
            "protocol": Field("protocol"),
            "bytes_up": Field("bytes_up"),
            "bytes_down": Field("bytes_down"),
        }

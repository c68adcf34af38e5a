"""Connections of one node and protocol."""

from __future__ import annotations

from attrs import define

from .._model import Field, Model
from ..types import UNSET, Unset


@define(kw_only=True)
class NodeConnectionStatus(Model):
    """Connections of one node and protocol."""

    node_id: str | Unset = UNSET
    """Identifier of the node."""
    protocol: str | Unset = UNSET
    """Name of the protocol."""
    active: int | Unset = UNSET
    """Connections open now."""
    opened_total: int | Unset = UNSET
    """Connections opened since the kernel started."""
    closed_total: int | Unset = UNSET
    """Connections closed since the kernel started."""

    @classmethod
    def _fields(cls) -> dict[str, Field]:
        return {
            "node_id": Field("node_id"),
            "protocol": Field("protocol"),
            "active": Field("active"),
            "opened_total": Field("opened_total"),
            "closed_total": Field("closed_total"),
        }

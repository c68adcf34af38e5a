"""Connections through the kernel."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import define

from .._model import Field, Model, list_of
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from .node_connection_status import NodeConnectionStatus


@define(kw_only=True)
class ConnectionStatus(Model):
    """Connections through the kernel."""

    active: int | Unset = UNSET
    """Connections open now."""
    opened_total: int | Unset = UNSET
    """Connections opened since the kernel started."""
    closed_total: int | Unset = UNSET
    """Connections closed since the kernel started."""
    by_node_protocol: list[NodeConnectionStatus] | Unset = UNSET
    """The same counters for each node and protocol."""

    @classmethod
    def _fields(cls) -> dict[str, Field]:
        from .node_connection_status import NodeConnectionStatus

        return {
            "active": Field("active"),
            "opened_total": Field("opened_total"),
            "closed_total": Field("closed_total"),
            "by_node_protocol": Field("by_node_protocol", list_of(NodeConnectionStatus.from_dict)),
        }

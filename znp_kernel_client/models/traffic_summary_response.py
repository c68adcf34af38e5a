"""Bytes that went through the kernel, in total and by node and protocol."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import define

from .._model import Field, Model, list_of
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from .node_protocol_traffic_summary import NodeProtocolTrafficSummary


@define(kw_only=True)
class TrafficSummaryResponse(Model):
    """Bytes that went through the kernel, in total and by node and protocol."""

    generated_at_ms: int | Unset = UNSET
    """Time at which the counters were read, in epoch milliseconds."""
    bytes_up: int | Unset = UNSET
    """Bytes sent from clients to the network."""
    bytes_down: int | Unset = UNSET
    """Bytes sent from the network to clients."""
    by_node_protocol: list[NodeProtocolTrafficSummary] | Unset = UNSET
    """The same counters for each node and protocol."""

    @classmethod
    def _fields(cls) -> dict[str, Field]:
        from .node_protocol_traffic_summary import NodeProtocolTrafficSummary

        return {
            "generated_at_ms": Field("generated_at_ms"),
            "bytes_up": Field("bytes_up"),
            "bytes_down": Field("bytes_down"),
            "by_node_protocol": Field("by_node_protocol", list_of(NodeProtocolTrafficSummary.from_dict)),
        }

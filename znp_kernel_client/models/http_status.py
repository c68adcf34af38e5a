"""Number of HTTP proxy nodes by transport."""

from __future__ import annotations

from attrs import define

from .._model import Field, Model
from ..types import UNSET, Unset


@define(kw_only=True)
class HttpStatus(Model):
    """Number of HTTP proxy nodes by transport."""

    total_nodes: int | Unset = UNSET
    """All HTTP proxy nodes."""
    tcp_nodes: int | Unset = UNSET
    """Nodes reached over TCP."""
    quic_nodes: int | Unset = UNSET
    """Nodes reached over QUIC."""
    webtransport_nodes: int | Unset = UNSET
    """Nodes reached over WebTransport."""

    @classmethod
    def _fields(cls) -> dict[str, Field]:
        return {
            "total_nodes": Field("total_nodes"),
            "tcp_nodes": Field("tcp_nodes"),
            "quic_nodes": Field("quic_nodes"),
            "webtransport_nodes": Field("webtransport_nodes"),
        }

"""Counters of QUIC handshakes and connections."""

from __future__ import annotations

from attrs import define

from .._model import Field, Model, map_of
from ..types import UNSET, Unset


@define(kw_only=True)
class QuicStatus(Model):
    """Counters of QUIC handshakes and connections."""

    handshake_success: int | Unset = UNSET
    """Handshakes that were completed."""
    handshake_failure: int | Unset = UNSET
    """Handshakes that failed."""
    zero_rtt_enabled: int | Unset = UNSET
    """Connections for which 0-RTT data was enabled."""
    active_connections: int | Unset = UNSET
    """Connections open now."""
    completed_connections: int | Unset = UNSET
    """Connections that have ended."""
    alpn: dict[str, int] | Unset = UNSET
    """Handshakes by negotiated application protocol; the key is the ALPN name."""
    reality_short_ids: dict[str, int] | Unset = UNSET
    """REALITY handshakes by short id; the key is the short id."""
    reality_targets: dict[str, int] | Unset = UNSET
    """REALITY handshakes by target; the key is the target's name."""
    session_errors: int | Unset = UNSET
    """Sessions that ended with an error."""
    session_error_kinds: dict[str, int] | Unset = UNSET
    """Sessions that ended with an error; the key is the kind of error."""

    @classmethod
    def _fields(cls) -> dict[str, Field]:
        return {
            "handshake_success": Field("handshake_success"),
            "handshake_failure": Field("handshake_failure"),
            "zero_rtt_enabled": Field("zero_rtt_enabled"),
            "active_connections": Field("active_connections"),
            "completed_connections": Field("completed_connections"),
            "alpn": Field("alpn", map_of()),
            "reality_short_ids": Field("reality_short_ids", map_of()),
            "reality_targets": Field("reality_targets", map_of()),
            "session_errors": Field("session_errors"),
            "session_error_kinds": Field("session_error_kinds", map_of()),
        }

"""Counters of the Shadowsocks protocol."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import define

from .._model import Field, Model, list_of
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from .failure_reason_snapshot import FailureReasonSnapshot
    from .ss_connector_metrics_snapshot import SsConnectorMetricsSnapshot


@define(kw_only=True)
class SsMetricsSnapshot(Model):
    """Counters of the Shadowsocks protocol."""

    handshake_attempts: int | Unset = UNSET
    """Handshakes that clients began."""
    handshake_successes: int | Unset = UNSET
    """Handshakes that were completed."""
    handshake_failures: int | Unset = UNSET
    """Handshakes that were refused or broke off."""
    tcp_sessions: int | Unset = UNSET
    """TCP sessions opened."""
    udp_sessions: int | Unset = UNSET
    """UDP sessions opened."""
    failure_reasons: list[FailureReasonSnapshot] | Unset = UNSET
    """Failed handshakes, counted by reason."""
    connector: SsConnectorMetricsSnapshot | Unset = UNSET
    """Counters of the outbound side."""

    @classmethod
    def _fields(cls) -> dict[str, Field]:
        from .failure_reason_snapshot import FailureReasonSnapshot
        from .ss_connector_metrics_snapshot import SsConnectorMetricsSnapshot

        return {
            "handshake_attempts": Field("handshake_attempts"),
            "handshake_successes": Field("handshake_successes"),
            "handshake_failures": Field("handshake_failures"),
            "tcp_sessions": Field("tcp_sessions"),
            "udp_sessions": Field("udp_sessions"),
            "failure_reasons": Field("failure_reasons", list_of(FailureReasonSnapshot.from_dict)),
            "connector": Field("connector", SsConnectorMetricsSnapshot.from_dict),
        }

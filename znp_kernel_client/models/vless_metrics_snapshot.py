"""Counters of the VLESS protocol."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import define

from .._model import Field, Model, list_of
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from .failure_reason_snapshot import FailureReasonSnapshot
    from .flow_snapshot import FlowSnapshot
    from .reality_handshake_target_snapshot import RealityHandshakeTargetSnapshot
    from .reality_short_id_snapshot import RealityShortIdSnapshot
    from .vless_connector_metrics_snapshot import VlessConnectorMetricsSnapshot


@define(kw_only=True)
class VlessMetricsSnapshot(Model):
    """Counters of the VLESS protocol."""

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
    connector: VlessConnectorMetricsSnapshot | Unset = UNSET
    """Counters of the outbound side."""
    udp_client_chunks: int | Unset = UNSET
    """UDP chunks received from clients."""
    udp_client_failures: int | Unset = UNSET
    """UDP chunks from clients that could not be forwarded."""
    udp_remote_packets: int | Unset = UNSET
    """UDP packets received from remote hosts."""
    udp_client_packets: int | Unset = UNSET
    """UDP packets sent to clients."""
    udp_socket_errors: int | Unset = UNSET
    """Errors of UDP sockets."""
    reality_short_ids: list[RealityShortIdSnapshot] | Unset = UNSET
    """REALITY handshakes, counted by short id."""
    reality_handshake_targets: list[RealityHandshakeTargetSnapshot] | Unset = UNSET
    """REALITY handshakes, counted by target."""
    flow_totals: list[FlowSnapshot] | Unset = UNSET
    """Sessions, counted by flow."""
    reality_failure_total: int | Unset = UNSET
    """REALITY handshakes that failed, for any reason."""
    reality_failure_reasons: list[FailureReasonSnapshot] | Unset = UNSET
    """REALITY handshakes that failed, counted by reason."""
    reality_short_id_failures: int | Unset = UNSET
    """REALITY handshakes that failed for an unknown short id."""
    reality_target_mismatch_failures: int | Unset = UNSET
    """REALITY handshakes that failed for a target that does not match."""
    reality_zero_rtt_failures: int | Unset = UNSET
    """REALITY handshakes that failed in 0-RTT."""

    @classmethod
    def _fields(cls) -> dict[str, Field]:
        from .failure_reason_snapshot import FailureReasonSnapshot
        from .flow_snapshot import FlowSnapshot
        from .reality_handshake_target_snapshot import RealityHandshakeTargetSnapshot
        from .reality_short_id_snapshot import RealityShortIdSnapshot
        from .vless_connector_metrics_snapshot import VlessConnectorMetricsSnapshot

        return {
            "handshake_attempts": Field("handshake_attempts"),
            "handshake_successes": Field("handshake_successes"),
            "handshake_failures": Field("handshake_failures"),
            "tcp_sessions": Field("tcp_sessions"),
            "udp_sessions": Field("udp_sessions"),
            "failure_reasons": Field("failure_reasons", list_of(FailureReasonSnapshot.from_dict)),
            "connector": Field("connector", VlessConnectorMetricsSnapshot.from_dict),
            "udp_client_chunks": Field("udp_client_chunks"),
            "udp_client_failures": Field("udp_client_failures"),
            "udp_remote_packets": Field("udp_remote_packets"),
            "udp_client_packets": Field("udp_client_packets"),
            "udp_socket_errors": Field("udp_socket_errors"),
            "reality_short_ids": Field("reality_short_ids", list_of(RealityShortIdSnapshot.from_dict)),
            "reality_handshake_targets": Field(
                "reality_handshake_targets", list_of(RealityHandshakeTargetSnapshot.from_dict)
            ),
            "flow_totals": Field("flow_totals", list_of(FlowSnapshot.from_dict)),
            "reality_failure_total": Field("reality_failure_total"),
            "reality_failure_reasons": Field("reality_failure_reasons", list_of(FailureReasonSnapshot.from_dict)),
            "reality_short_id_failures": Field("reality_short_id_failures"),
            "reality_target_mismatch_failures": Field("reality_target_mismatch_failures"),
            "reality_zero_rtt_failures": Field("reality_zero_rtt_failures"),
        }

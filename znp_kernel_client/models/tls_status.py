"""Counters of TLS handshakes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import define

from .._model import Field, Model, list_of
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from .reality_handshake_target_snapshot import RealityHandshakeTargetSnapshot
    from .reality_short_id_snapshot import RealityShortIdSnapshot


@define(kw_only=True)
class TlsStatus(Model):
    """Counters of TLS handshakes."""

    handshake_attempts: int | Unset = UNSET
    """Handshakes begun."""
    handshake_successes: int | Unset = UNSET
    """Handshakes completed."""
    handshake_failures: int | Unset = UNSET
    """Handshakes that failed."""
    reality_short_ids: list[RealityShortIdSnapshot] | Unset = UNSET
    """REALITY handshakes, counted by short id."""
    reality_handshake_targets: list[RealityHandshakeTargetSnapshot] | Unset = UNSET
    """REALITY handshakes, counted by target."""

    @classmethod
    def _fields(cls) -> dict[str, Field]:
        from .reality_handshake_target_snapshot import RealityHandshakeTargetSnapshot
        from .reality_short_id_snapshot import RealityShortIdSnapshot

        return {
            "handshake_attempts": Field("handshake_attempts"),
            "handshake_successes": Field("handshake_successes"),
            "handshake_failures": Field("handshake_failures"),
            "reality_short_ids": Field("reality_short_ids", list_of(RealityShortIdSnapshot.from_dict)),
            "reality_handshake_targets": Field(
                "reality_handshake_targets", list_of(RealityHandshakeTargetSnapshot.from_dict)
            ),
        }

"""Counters of outbound Shadowsocks connections."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import define

from .._model import Field, Model, list_of
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from .endpoint_stats_snapshot import EndpointStatsSnapshot
    from .failure_kind_snapshot import FailureKindSnapshot


@define(kw_only=True)
class SsConnectorMetricsSnapshot(Model):
    """Counters of outbound Shadowsocks connections."""

    attempts: int | Unset = UNSET
    """Outbound connections tried since the kernel started."""
    successes: int | Unset = UNSET
    """Outbound connections that were established."""
    failures: int | Unset = UNSET
    """Outbound connections that failed."""
    endpoints: list[EndpointStatsSnapshot] | Unset = UNSET
    """The same counters for each remote endpoint."""
    failure_kinds: list[FailureKindSnapshot] | Unset = UNSET
    """Failed connections, counted by kind of failure."""

    @classmethod
    def _fields(cls) -> dict[str, Field]:
        from .endpoint_stats_snapshot import EndpointStatsSnapshot
        from .failure_kind_snapshot import FailureKindSnapshot

        return {
            "attempts": Field("attempts"),
            "successes": Field("successes"),
            "failures": Field("failures"),
            "endpoints": Field("endpoints", list_of(EndpointStatsSnapshot.from_dict)),
            "failure_kinds": Field("failure_kinds", list_of(FailureKindSnapshot.from_dict)),
        }

"""Counters of chained SOCKS proxies."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import define

from .._model import Field, Model, map_of
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from .hop_metrics_snapshot import HopMetricsSnapshot


@define(kw_only=True)
class SocksStatus(Model):
    """Counters of chained SOCKS proxies."""

    hop_metrics: dict[str, HopMetricsSnapshot] | Unset = UNSET
    """Counters of each hop of a chain; the key is the hop's name."""

    @classmethod
    def _fields(cls) -> dict[str, Field]:
        from .hop_metrics_snapshot import HopMetricsSnapshot

        return {"hop_metrics": Field("hop_metrics", map_of(HopMetricsSnapshot.from_dict))}

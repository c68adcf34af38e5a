"""Counters of one hop in a chain of proxies."""

from __future__ import annotations

from attrs import define

from .._model import Field, Model
from ..types import UNSET, Unset


@define(kw_only=True)
class HopMetricsSnapshot(Model):
    """Counters of one hop in a chain of proxies."""

    attempts: int | Unset = UNSET
    """Connections tried through the hop."""
    successes: int | Unset = UNSET
    """Connections established at the first try."""
    failures: int | Unset = UNSET
    """Connections that failed."""
    retry_successes: int | Unset = UNSET
    """Connections established by a further try."""
    prefix_fallbacks: int | Unset = UNSET
    """Connections that fell back to the part of the chain before this hop."""
    direct_fallbacks: int | Unset = UNSET
    """Connections that fell back to no proxy at all."""

    @classmethod
    def _fields(cls) -> dict[str, Field]:
        return {
            "attempts": Field("attempts"),
            "successes": Field("successes"),
            "failures": Field("failures"),
            "retry_successes": Field("retry_successes"),
            "prefix_fallbacks": Field("prefix_fallbacks"),
            "direct_fallbacks": Field("direct_fallbacks"),
        }

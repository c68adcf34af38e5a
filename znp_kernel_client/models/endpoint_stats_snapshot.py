"""Counters of connections to one remote endpoint."""

from __future__ import annotations

from attrs import define

from .._model import Field, Model
from ..types import UNSET, Unset


@define(kw_only=True)
class EndpointStatsSnapshot(Model):
    """Counters of connections to one remote endpoint."""

    endpoint: str | Unset = UNSET
    """Remote address with its port."""
    attempts: int | Unset = UNSET
    """Connections tried."""
    successes: int | Unset = UNSET
    """Connections established."""
    failures: int | Unset = UNSET
    """Connections that failed."""

    @classmethod
    def _fields(cls) -> dict[str, Field]:
        return {
            "endpoint": Field("endpoint"),
            "attempts": Field("attempts"),
            "successes": Field("successes"),
            "failures": Field("failures"),
        }

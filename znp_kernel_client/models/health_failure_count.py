"""Run of failures behind a health that is not healthy."""

from __future__ import annotations

from attrs import define

from .._model import Field, Model


@define(kw_only=True)
class HealthFailureCount(Model):
    """Run of failures behind a health that is not healthy."""

    consecutive_failures: int
    """Failures in a row since the last success."""

    @classmethod
    def _fields(cls) -> dict[str, Field]:
        return {"consecutive_failures": Field("consecutive_failures", required=True)}

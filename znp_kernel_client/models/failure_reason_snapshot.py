"""Count of failures that have one reason."""

from __future__ import annotations

from attrs import define

from .._model import Field, Model
from ..types import UNSET, Unset


@define(kw_only=True)
class FailureReasonSnapshot(Model):
    """Count of failures that have one reason."""

    reason: str | Unset = UNSET
    """Name of the reason."""
    total: int | Unset = UNSET
    """Failures with this reason."""

    @classmethod
    def _fields(cls) -> dict[str, Field]:
        return {"reason": Field("reason"), "total": Field("total")}

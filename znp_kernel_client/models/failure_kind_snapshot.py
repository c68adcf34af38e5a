"""Count of failures of one kind."""

from __future__ import annotations

from attrs import define

from .._model import Field, Model
from ..types import UNSET, Unset


@define(kw_only=True)
class FailureKindSnapshot(Model):
    """Count of failures of one kind."""

    kind: str | Unset = UNSET
    """Name of the kind."""
    total: int | Unset = UNSET
    """Failures of this kind."""

    @classmethod
    def _fields(cls) -> dict[str, Field]:
        return {"kind": Field("kind"), "total": Field("total")}

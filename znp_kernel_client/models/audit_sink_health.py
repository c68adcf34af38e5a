"""Failures of one place where audit records are kept."""

from __future__ import annotations

from attrs import define

from .._model import Field, Model
from ..types import UNSET, Unset


@define(kw_only=True)
class AuditSinkHealth(Model):
    """Failures of one place where audit records are kept."""

    name: str | Unset = UNSET
    """Name of the sink."""
    failures: int | Unset = UNSET
    """Writes to this sink that failed."""

    @classmethod
    def _fields(cls) -> dict[str, Field]:
        return {"name": Field("name"), "failures": Field("failures")}

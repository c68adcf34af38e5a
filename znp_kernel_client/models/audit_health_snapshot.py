"""How well audit records reach the places where they are kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import define

from .._model import Field, Model, list_of
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from .audit_sink_health import AuditSinkHealth


@define(kw_only=True)
class AuditHealthSnapshot(Model):
    """How well audit records reach the places where they are kept."""

    queued: int | Unset = UNSET
    """Records that wait to be written."""
    dropped: int | Unset = UNSET
    """Records that were lost."""
    sink_failures: int | Unset = UNSET
    """Writes that failed, over all sinks."""
    last_error: str | None | Unset = UNSET
    """Latest failure in words; null when there has been none."""
    sinks: list[AuditSinkHealth] | Unset = UNSET
    """Failures of each sink."""

    @classmethod
    def _fields(cls) -> dict[str, Field]:
        from .audit_sink_health import AuditSinkHealth

        return {
            "queued": Field("queued"),
            "dropped": Field("dropped"),
            "sink_failures": Field("sink_failures"),
            "last_error": Field("last_error", nullable=True),
            "sinks": Field("sinks", list_of(AuditSinkHealth.from_dict)),
        }

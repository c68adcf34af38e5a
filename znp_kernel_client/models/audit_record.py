"""One action that somebody took on the kernel."""

from __future__ import annotations

from attrs import define
from attrs import field as _field

from .._model import Field, Model, map_of
from ..types import UNSET, Unset


@define(kw_only=True)
class AuditRecord(Model):
    """One action that somebody took on the kernel."""

    id: str | Unset = UNSET
    """Identifier of the record."""
    timestamp_ms: int | Unset = UNSET
    """Time of the action in epoch milliseconds."""
    channel: str | Unset = UNSET
    """Way by which the action came in."""
    endpoint: str | Unset = UNSET
    """Endpoint that was called."""
    action: str | Unset = UNSET
    """Name of the action."""
    actor: str | None | Unset = UNSET
    """Who acted; null when it is not known."""
    target: str | None | Unset = UNSET
    """What was acted upon; null when the action has no target."""
    success: bool | Unset = UNSET
    """Whether the action succeeded."""
    detail: str | None | Unset = UNSET
    """Further explanation; null when there is none."""
    metadata: dict[str, str] | Unset = _field(default=UNSET, repr=False)
    """Free texts by name."""

    @classmethod
    def _fields(cls) -> dict[str, Field]:
        return {
            "id": Field("id"),
            "timestamp_ms": Field("timestamp_ms"),
            "channel": Field("channel"),
            "endpoint": Field("endpoint"),
            "action": Field("action"),
            "actor": Field("actor", nullable=True),
            "target": Field("target", nullable=True),
            "success": Field("success"),
            "detail": Field("detail", nullable=True),
            "metadata": Field("metadata", map_of()),
        }

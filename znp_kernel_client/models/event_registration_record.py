"""A callback registered for a node event. The secret is not shown."""

from __future__ import annotations

from attrs import define

from .._model import Field, Model
from ..types import UNSET, Unset


@define(kw_only=True)
class EventRegistrationRecord(Model):
    """A callback registered for a node event. The secret is not shown."""

    id: str | Unset = UNSET
    """Identifier of the registration."""
    event: str | Unset = UNSET
    """Event that is told of."""
    callback: str | Unset = UNSET
    """URL that the kernel posts each event to."""
    created_at_ms: int | Unset = UNSET
    """Time of the registration in epoch milliseconds."""

    @classmethod
    def _fields(cls) -> dict[str, Field]:
        return {
            "id": Field("id"),
            "event": Field("event"),
            "callback": Field("callback"),
            "created_at_ms": Field("created_at_ms"),
        }

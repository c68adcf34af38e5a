"""A wish to be told of node events by callback."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import define
from attrs import field as _field

from .._model import Field, Model
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from .event_registration_request_event import EventRegistrationRequestEvent


@define(kw_only=True)
class EventRegistrationRequest(Model):
    """A wish to be told of node events by callback."""

    event: EventRegistrationRequestEvent
    """Event to be told of: a node came (`node_added`) or went (`node_removed`), or its health turned to the one named.
    """
    callback: str
    """URL that the kernel posts each event to."""
    secret: str | None | Unset = _field(default=UNSET, repr=False)
    """Token by which the receiver knows the kernel; panels expect it in the header `X-ZNP-Webhook-Token`. Null or
    missing for none.
    """

    @classmethod
    def _fields(cls) -> dict[str, Field]:
        from .event_registration_request_event import EventRegistrationRequestEvent

        return {
            "event": Field("event", EventRegistrationRequestEvent.from_json, required=True),
            "callback": Field("callback", required=True),
            "secret": Field("secret", nullable=True),
        }

"""A wish to be told of service events by callback."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import define
from attrs import field as _field

from .._model import Field, Model
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from .service_event_registration_request_event import ServiceEventRegistrationRequestEvent


@define(kw_only=True)
class ServiceEventRegistrationRequest(Model):
    """A wish to be told of service events by callback."""

    event: ServiceEventRegistrationRequestEvent
    """Event to be told of: a user's quota was changed (`user.quota.changed`), or a user's traffic was counted
    (`user.traffic.reported`).
    """
    callback: str
    """URL that the kernel posts each event to."""
    secret: str | None | Unset = _field(default=UNSET, repr=False)
    """Token by which the receiver knows the kernel; panels expect it in the header `X-ZNP-Webhook-Token`. Null or
    missing for none.
    """

    @classmethod
    def _fields(cls) -> dict[str, Field]:
        from .service_event_registration_request_event import ServiceEventRegistrationRequestEvent

        return {
            "event": Field("event", ServiceEventRegistrationRequestEvent.from_json, required=True),
            "callback": Field("callback", required=True),
            "secret": Field("secret", nullable=True),
        }

"""The lease that a registration got."""

from __future__ import annotations

from attrs import define

from .._model import Field, Model
from ..types import UNSET, Unset


@define(kw_only=True)
class ProtocolRegistrationResponse(Model):
    """The lease that a registration got."""

    id: str | Unset = UNSET
    """Identifier of the registered node, used for heartbeats and sign-off."""
    protocol: str | Unset = UNSET
    """Name of the protocol the node speaks."""
    registered_at_ms: int | Unset = UNSET
    """Time of the registration by the kernel's clock, in epoch milliseconds."""
    expires_at_ms: int | None | Unset = UNSET
    """Time at which the registration lapses without a heartbeat, by the kernel's clock, in epoch milliseconds. Take its
    distance from `registered_at_ms`, not the local clock. Null when it does not lapse.
    """
    heartbeat_interval_seconds: int | None | Unset = UNSET
    """Seconds between heartbeats that the kernel asks for; null when it asks for none."""

    @classmethod
    def _fields(cls) -> dict[str, Field]:
        return {
            "id": Field("id"),
            "protocol": Field("protocol"),
            "registered_at_ms": Field("registered_at_ms"),
            "expires_at_ms": Field("expires_at_ms", nullable=True),
            "heartbeat_interval_seconds": Field("heartbeat_interval_seconds", nullable=True),
        }

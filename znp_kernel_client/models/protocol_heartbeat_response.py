"""The lease after a heartbeat."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import define

from .._model import Field, Model
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from .node_health_state import NodeHealthState


@define(kw_only=True)
class ProtocolHeartbeatResponse(Model):
    """The lease after a heartbeat."""

    id: str | Unset = UNSET
    """Identifier of the registered node."""
    health: NodeHealthState | Unset = UNSET
    """Health of the node as the kernel now holds it."""
    received_at_ms: int | Unset = UNSET
    """Time at which the heartbeat arrived by the kernel's clock, in epoch milliseconds."""
    expires_at_ms: int | None | Unset = UNSET
    """Time at which the registration lapses without a further heartbeat, by the kernel's clock, in epoch milliseconds.
    Take its distance from `received_at_ms`, not the local clock. Null when it does not lapse.
    """

    @classmethod
    def _fields(cls) -> dict[str, Field]:
        from .node_health_state import NodeHealthState

        return {
            "id": Field("id"),
            "health": Field("health", NodeHealthState.from_dict),
            "received_at_ms": Field("received_at_ms"),
            "expires_at_ms": Field("expires_at_ms", nullable=True),
        }

"""A sign of life of a registered node."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import define

from .._model import Field, Model, constant, union_of, variant
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from .health_status import HealthStatus


@define(kw_only=True)
class ProtocolHeartbeatRequest(Model):
    """A sign of life of a registered node."""

    status: HealthStatus | Unset = UNSET
    """Health that the node reports about itself."""
    observed_at_ms: int | Unset = UNSET
    """Time at which the node determined its health, by the node's clock, in epoch milliseconds."""
    message: str | None | Unset = UNSET
    """Remark for people; null or missing when there is none."""

    @classmethod
    def _fields(cls) -> dict[str, Field]:
        from .degraded_status import DegradedStatus
        from .healthy_status import HealthyStatus
        from .unhealthy_status import UnhealthyStatus

        return {
            "status": Field(
                "status", union_of(constant(HealthyStatus), variant(DegradedStatus), variant(UnhealthyStatus))
            ),
            "observed_at_ms": Field("observed_at_ms"),
            "message": Field("message", nullable=True),
        }

"""A node's health together with its run of failures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import define

from .._model import Field, Model, constant, union_of, variant
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from .health_status import HealthStatus


@define(kw_only=True)
class NodeHealthState(Model):
    """A node's health together with its run of failures."""

    status: HealthStatus | Unset = UNSET
    """Health in one of its three forms."""
    consecutive_failures: int | Unset = UNSET
    """Failures in a row since the last success; 0 while the node is healthy."""
    last_failure_elapsed_ms: int | None | Unset = UNSET
    """Milliseconds that have passed since the latest failure; null when there has been none."""

    @classmethod
    def _fields(cls) -> dict[str, Field]:
        from .degraded_status import DegradedStatus
        from .healthy_status import HealthyStatus
        from .unhealthy_status import UnhealthyStatus

        return {
            "status": Field(
                "status", union_of(constant(HealthyStatus), variant(DegradedStatus), variant(UnhealthyStatus))
            ),
            "consecutive_failures": Field("consecutive_failures"),
            "last_failure_elapsed_ms": Field("last_failure_elapsed_ms", nullable=True),
        }

"""The node does not work."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from attrs import define

from .._model import Field, Model

if TYPE_CHECKING:
    from .health_failure_count import HealthFailureCount


@define(kw_only=True)
class UnhealthyStatus(Model):
    """The node does not work."""

    unhealthy: HealthFailureCount
    """Failures that led to this state."""

    _closed: ClassVar[bool] = True

    @classmethod
    def _fields(cls) -> dict[str, Field]:
        from .health_failure_count import HealthFailureCount

        return {"Unhealthy": Field("unhealthy", HealthFailureCount.from_dict, required=True)}

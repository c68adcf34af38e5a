"""Count of sessions that used one flow."""

from __future__ import annotations

from attrs import define

from .._model import Field, Model
from ..types import UNSET, Unset


@define(kw_only=True)
class FlowSnapshot(Model):
    """Count of sessions that used one flow."""

    flow: str | Unset = UNSET
    """Name of the flow."""
    total: int | Unset = UNSET
    """Sessions with this flow."""

    @classmethod
    def _fields(cls) -> dict[str, Field]:
        return {"flow": Field("flow"), "total": Field("total")}

"""Count of REALITY handshakes towards one target."""

from __future__ import annotations

from attrs import define

from .._model import Field, Model
from ..types import UNSET, Unset


@define(kw_only=True)
class RealityHandshakeTargetSnapshot(Model):
    """Count of REALITY handshakes towards one target."""

    target: str | Unset = UNSET
    """Name of the target."""
    total: int | Unset = UNSET
    """Handshakes towards this target."""

    @classmethod
    def _fields(cls) -> dict[str, Field]:
        return {"target": Field("target"), "total": Field("total")}

"""Count of REALITY handshakes that used one short id."""

from __future__ import annotations

from attrs import define

from .._model import Field, Model
from ..types import UNSET, Unset


@define(kw_only=True)
class RealityShortIdSnapshot(Model):
    """Count of REALITY handshakes that used one short id."""

    short_id: str | Unset = UNSET
    """The short id, in hexadecimal digits."""
    total: int | Unset = UNSET
    """Handshakes with this short id."""

    @classmethod
    def _fields(cls) -> dict[str, Field]:
        return {"short_id": Field("short_id"), "total": Field("total")}

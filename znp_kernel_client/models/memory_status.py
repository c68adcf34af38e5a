"""Memory of the kernel process."""

from __future__ import annotations

from attrs import define

from .._model import Field, Model
from ..types import UNSET, Unset


@define(kw_only=True)
class MemoryStatus(Model):
    """Memory of the kernel process."""

    resident_bytes: int | Unset = UNSET
    """Memory held in RAM, in bytes."""
    virtual_bytes: int | Unset = UNSET
    """Address space reserved, in bytes."""

    @classmethod
    def _fields(cls) -> dict[str, Field]:
        return {"resident_bytes": Field("resident_bytes"), "virtual_bytes": Field("virtual_bytes")}

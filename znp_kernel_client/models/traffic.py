"""A user's traffic quota and use."""

from __future__ import annotations

from attrs import define

from .._model import Field, Model
from ..types import UNSET, Unset


@define(kw_only=True)
class Traffic(Model):
    """A user's traffic quota and use."""

    allocated: int | Unset = UNSET
    """Quota in bytes."""
    used: int | Unset = UNSET
    """Bytes used of the quota, both directions together."""

    @classmethod
    def _fields(cls) -> dict[str, Field]:
        return {"allocated": Field("allocated"), "used": Field("used")}

"""Changes to a user's traffic. What is missing stays as it is."""

from __future__ import annotations

from attrs import define

from .._model import Field, Model
from ..types import UNSET, Unset


@define(kw_only=True)
class TrafficPatch(Model):
    """Changes to a user's traffic. What is missing stays as it is."""

    allocated: int | Unset = UNSET
    """New quota in bytes."""
    used: int | Unset = UNSET
    """New value of the bytes used; 0 starts the count again."""

    @classmethod
    def _fields(cls) -> dict[str, Field]:
        return {"allocated": Field("allocated"), "used": Field("used")}

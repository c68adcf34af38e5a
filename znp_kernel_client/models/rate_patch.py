"""Changes to a user's rate limits. What is missing stays as it is; null lifts the limit."""

from __future__ import annotations

from attrs import define

from .._model import Field, Model
from ..types import UNSET, Unset


@define(kw_only=True)
class RatePatch(Model):
    """Changes to a user's rate limits. What is missing stays as it is; null lifts the limit."""

    up: int | None | Unset = UNSET
    """New upload limit in bytes per second; null lifts it."""
    down: int | None | Unset = UNSET
    """New download limit in bytes per second; null lifts it."""

    @classmethod
    def _fields(cls) -> dict[str, Field]:
        return {"up": Field("up", nullable=True), "down": Field("down", nullable=True)}

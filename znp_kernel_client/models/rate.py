"""A user's rate limits. Null means no limit in that direction. The kernel's own contract names no unit; it is read here
as bytes per second, in line with its byte counters.
"""

from __future__ import annotations

from attrs import define

from .._model import Field, Model
from ..types import UNSET, Unset


@define(kw_only=True)
class Rate(Model):
    """A user's rate limits. Null means no limit in that direction. The kernel's own contract names no unit; it is read
    here as bytes per second, in line with its byte counters.
    """

    up: int | None | Unset = UNSET
    """Upload limit in bytes per second; null when there is none."""
    down: int | None | Unset = UNSET
    """Download limit in bytes per second; null when there is none."""

    @classmethod
    def _fields(cls) -> dict[str, Field]:
        return {"up": Field("up", nullable=True), "down": Field("down", nullable=True)}

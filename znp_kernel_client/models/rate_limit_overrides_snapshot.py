"""All limits on requests to this API that replace the kernel's defaults."""

from __future__ import annotations

from attrs import define

from .._model import Field, Model, map_of
from ..types import UNSET, Unset


@define(kw_only=True)
class RateLimitOverridesSnapshot(Model):
    """All limits on requests to this API that replace the kernel's defaults."""

    endpoints: dict[str, int] | Unset = UNSET
    """Requests per minute by endpoint; the key is the endpoint's path."""
    identities: dict[str, int] | Unset = UNSET
    """Requests per minute by caller; the key is the caller's identity."""

    @classmethod
    def _fields(cls) -> dict[str, Field]:
        return {"endpoints": Field("endpoints", map_of()), "identities": Field("identities", map_of())}

"""The limit now in force."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import define

from .._model import Field, Model
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from .rate_limit_override_scope import RateLimitOverrideScope


@define(kw_only=True)
class RateLimitOverrideResponse(Model):
    """The limit now in force."""

    scope: RateLimitOverrideScope | Unset = UNSET
    """Whether `key` names an endpoint or a caller."""
    key: str | Unset = UNSET
    """The endpoint's path, or the caller's identity."""
    max_requests_per_minute: int | Unset = UNSET
    """Largest number of requests in a minute."""

    @classmethod
    def _fields(cls) -> dict[str, Field]:
        from .rate_limit_override_scope import RateLimitOverrideScope

        return {
            "scope": Field("scope", RateLimitOverrideScope.from_json),
            "key": Field("key"),
            "max_requests_per_minute": Field("max_requests_per_minute"),
        }

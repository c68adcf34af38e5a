"""A limit on requests to this API, for one endpoint or one caller."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import define

from .._model import Field, Model

if TYPE_CHECKING:
    from .rate_limit_override_scope import RateLimitOverrideScope


@define(kw_only=True)
class RateLimitOverrideRequest(Model):
    """A limit on requests to this API, for one endpoint or one caller."""

    scope: RateLimitOverrideScope
    """Whether `key` names an endpoint or a caller."""
    key: str
    """The endpoint's path, or the caller's identity."""
    max_requests_per_minute: int
    """Largest number of requests in a minute."""

    @classmethod
    def _fields(cls) -> dict[str, Field]:
        from .rate_limit_override_scope import RateLimitOverrideScope

        return {
            "scope": Field("scope", RateLimitOverrideScope.from_json, required=True),
            "key": Field("key", required=True),
            "max_requests_per_minute": Field("max_requests_per_minute", required=True),
        }

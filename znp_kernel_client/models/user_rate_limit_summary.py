"""Number of users by the rate limits they have."""

from __future__ import annotations

from attrs import define

from .._model import Field, Model
from ..types import UNSET, Unset


@define(kw_only=True)
class UserRateLimitSummary(Model):
    """Number of users by the rate limits they have."""

    total_users: int | Unset = UNSET
    """All users."""
    unlimited_users: int | Unset = UNSET
    """Users without any rate limit."""
    limited_users: int | Unset = UNSET
    """Users with a limit in at least one direction."""
    limited_up_only: int | Unset = UNSET
    """Users limited in upload alone."""
    limited_down_only: int | Unset = UNSET
    """Users limited in download alone."""
    limited_both: int | Unset = UNSET
    """Users limited in both directions."""

    @classmethod
    def _fields(cls) -> dict[str, Field]:
        return {
            "total_users": Field("total_users"),
            "unlimited_users": Field("unlimited_users"),
            "limited_users": Field("limited_users"),
            "limited_up_only": Field("limited_up_only"),
            "limited_down_only": Field("limited_down_only"),
            "limited_both": Field("limited_both"),
        }

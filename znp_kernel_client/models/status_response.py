"""The kernel's runtime status, with the parts that the request asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import define

from .._model import Field, Model
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from .runtime_status_snapshot import RuntimeStatusSnapshot
    from .user_rate_limit_summary import UserRateLimitSummary


@define(kw_only=True)
class StatusResponse(Model):
    """The kernel's runtime status, with the parts that the request asked for."""

    snapshot: RuntimeStatusSnapshot
    """Runtime state at the moment of the request."""
    rate_limit_summary: UserRateLimitSummary | Unset = UNSET
    """How many users are rate limited. Present only when `rate_limit_summary=true` was asked for."""

    @classmethod
    def _fields(cls) -> dict[str, Field]:
        from .runtime_status_snapshot import RuntimeStatusSnapshot
        from .user_rate_limit_summary import UserRateLimitSummary

        return {
            "snapshot": Field("snapshot", RuntimeStatusSnapshot.from_dict, required=True),
            "rate_limit_summary": Field("rate_limit_summary", UserRateLimitSummary.from_dict),
        }

"""State of one rule provider: a list of rules that the kernel loads from elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import define

from .._model import Field, Model
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from .provider_state import ProviderState


@define(kw_only=True)
class ProviderStatus(Model):
    """State of one rule provider: a list of rules that the kernel loads from elsewhere."""

    name: str | Unset = UNSET
    """Name of the provider."""
    checksum: str | None | Unset = UNSET
    """Checksum of the rules in force; null before the first load."""
    last_success_unix_ms: int | None | Unset = UNSET
    """Time of the latest load that worked, in epoch milliseconds; null when none has."""
    last_attempt_unix_ms: int | None | Unset = UNSET
    """Time of the latest load, whether it worked or not, in epoch milliseconds; null before the first."""
    etag: str | None | Unset = UNSET
    """Entity tag that the source sent with the rules; null when it sent none."""
    state: ProviderState | Unset = UNSET
    """Result of the latest load."""
    last_error: str | None | Unset = UNSET
    """Why the latest load failed; null when it did not."""

    @classmethod
    def _fields(cls) -> dict[str, Field]:
        from .provider_state import ProviderState

        return {
            "name": Field("name"),
            "checksum": Field("checksum", nullable=True),
            "last_success_unix_ms": Field("last_success_unix_ms", nullable=True),
            "last_attempt_unix_ms": Field("last_attempt_unix_ms", nullable=True),
            "etag": Field("etag", nullable=True),
            "state": Field("state", ProviderState.from_json),
            "last_error": Field("last_error", nullable=True),
        }

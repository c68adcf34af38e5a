"""Providers of rules, which the kernel loads from elsewhere."""

import hashlib
from typing import Any

from attrs import define

from znp_panel_sync.testing._kernel.clock import Clock
from znp_panel_sync.testing._kernel.refusal import not_found


@define
class Provider:
    """One provider; `failure` is what its next refresh fails with (None: it succeeds)."""

    name: str
    rules: int = 0
    failure: str | None = None
    state: str = "pending"
    checksum: str | None = None
    last_attempt_ms: int | None = None
    last_success_ms: int | None = None

    def refresh(self, now_ms: int) -> None:
        """Load the rules, or fail to."""
        self.last_attempt_ms = now_ms
        if self.failure is not None:
            self.state = "error"
            return
        self.state, self.last_success_ms = "healthy", now_ms
        self.checksum = hashlib.sha256(f"{self.name}:{self.rules}".encode(errors="surrogatepass")).hexdigest()

    def view(self) -> dict[str, Any]:
        """Return what clients see."""
        return {
            "name": self.name,
            "checksum": self.checksum,
            "last_success_unix_ms": self.last_success_ms,
            "last_attempt_unix_ms": self.last_attempt_ms,
            "etag": self.checksum and f'"{self.checksum[:16]}"',
            "state": self.state,
            "last_error": self.failure if self.state == "error" else None,
        }


class Providers:
    """All providers by name."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._providers: dict[str, Provider] = {}

    def put(self, provider: Provider) -> None:
        """Add a provider, or take the place of one with the same name."""
        self._providers[provider.name] = provider

    def views(self) -> list[dict[str, Any]]:
        """Return what clients see of all providers."""
        return [provider.view() for provider in self._providers.values()]

    def rule_count(self) -> int:
        """Return how many rules all providers have together."""
        return sum(provider.rules for provider in self._providers.values())

    def refresh(self, name: str) -> dict[str, Any]:
        """Load a provider's rules anew."""
        provider = self._providers.get(name)
        if provider is None:
            raise not_found("provider", name)
        provider.refresh(self._clock.now_ms())
        return provider.view()

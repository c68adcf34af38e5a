"""Rate limits that were set through the API, and their enforcement."""

import math
from collections import defaultdict, deque
from typing import Any, Final

from znp_panel_sync.testing._kernel.clock import Clock
from znp_panel_sync.testing._kernel.refusal import not_found, rate_limited

WINDOW_SECONDS: Final = 60.0


class RateLimits:
    """Requests a minute, for an endpoint (a path such as `/v1/status`) or an identity (an access key).

    Enforced over a sliding minute: a request above the limit is answered with 429 and Retry-After.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._limits: dict[str, dict[str, int]] = {"endpoint": {}, "identity": {}}
        self._passed: defaultdict[tuple[str, str], deque[float]] = defaultdict(deque)

    def set(self, scope: str, key: str, max_requests_per_minute: int) -> dict[str, Any]:
        """Set or change a limit; what has passed before does not count."""
        self._limits[scope][key] = max_requests_per_minute
        self._passed.pop((scope, key), None)
        return {"scope": scope, "key": key, "max_requests_per_minute": max_requests_per_minute}

    def remove(self, scope: str, key: str) -> None:
        """Lift a limit."""
        if self._limits[scope].pop(key, None) is None:
            raise not_found("rate limit", key)

    def snapshot(self) -> dict[str, Any]:
        """Return all limits."""
        return {"endpoints": dict(self._limits["endpoint"]), "identities": dict(self._limits["identity"])}

    def admit(self, endpoint: str, identity: str | None) -> None:
        """Count a request, or refuse it; `identity` is None where nobody has to say who they are."""
        self._admit("endpoint", endpoint)
        if identity is not None:
            self._admit("identity", identity)

    def _admit(self, scope: str, key: str) -> None:
        limit = self._limits[scope].get(key)
        if limit is None:
            return
        now, passed = self._clock.monotonic(), self._passed[scope, key]
        while passed and passed[0] <= now - WINDOW_SECONDS:
            passed.popleft()
        if len(passed) >= limit:
            wait = passed[0] + WINDOW_SECONDS - now if passed else WINDOW_SECONDS
            raise rate_limited(key, math.ceil(wait))
        passed.append(now)

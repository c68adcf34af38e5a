"""When to connect again, and when not to. Pure: time and chance are given."""

from collections.abc import Callable
from typing import Final

from attrs import define, field

from znp_panel_sync.errors import (
    ForbiddenError,
    KernelResponseError,
    KernelTimeoutError,
    KernelUnreachableError,
    UnauthorizedError,
)

SHORTEST_DELAY: Final = 1.0
LONGEST_DELAY: Final = 60.0
STABLE_SECONDS: Final = 10.0
"""A connection that lasted so long was a good one: the next delay is short again."""

_LARGEST_EXPONENT: Final = 16
_REFUSALS: Final = (UnauthorizedError, ForbiddenError)


@define
class ReconnectState:
    """The delays between connections, in seconds.

    The n-th delay in a row is a random one between `base * 2**(n-1)` and twice that, always within 1 and 60; `base`
    is 1, or what the stream asked for with `retry:`. A connection that lasted 10 s begins the row anew.
    """

    random: Callable[[], float]
    base: float = SHORTEST_DELAY
    failures: int = 0
    _connected_at: float | None = field(default=None, init=False)

    def ask(self, retry_ms: int | None) -> None:
        """Take the `retry:` of a stream (None: it has none)."""
        if retry_ms is not None:
            self.base = min(max(retry_ms / 1000, SHORTEST_DELAY), LONGEST_DELAY)

    def connected(self, now: float) -> None:
        """Note that a connection was made."""
        self._connected_at = now

    def delay(self, now: float, retry_after: float | None = None) -> float:
        """Return the seconds to wait after a connection has failed or ended.

        `retry_after` is what a refusing kernel asked for (None: nothing).
        """
        if self._connected_at is not None and now - self._connected_at >= STABLE_SECONDS:
            self.failures = 0
        self._connected_at = None
        least = min(self.base * 2.0 ** min(self.failures, _LARGEST_EXPONENT), max(self.base, LONGEST_DELAY / 2))
        self.failures += 1
        most = min(2 * least, LONGEST_DELAY)
        spread = least + self.random() * (most - least)
        return min(max(spread, retry_after or 0.0), LONGEST_DELAY)


def is_final(error: Exception, *, retry_refused: bool) -> bool:
    """Tell whether connecting again is of no use. `retry_refused`: 401 and 403 may be healed by time."""
    if isinstance(error, _REFUSALS):
        return not retry_refused
    if isinstance(error, KernelResponseError):
        return not (error.retryable or error.status >= 500)
    if isinstance(error, KernelUnreachableError | KernelTimeoutError):
        return not error.retryable
    return True

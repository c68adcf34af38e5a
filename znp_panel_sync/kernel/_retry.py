"""When a request is sent again. Pure: the time and the random source are given."""

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final

from attrs import frozen

from znp_panel_sync._time import parse_timestamp
from znp_panel_sync.errors import KernelError, KernelResponseError

FIRST_DELAY: Final = 0.1
"""Seconds before the first repetition, doubled with each one; jitter takes away up to a half."""

LONGEST_DELAY: Final = 2.0
LONGEST_RETRY_AFTER: Final = 30.0
"""A kernel that asks for a longer pause gets none of our repetitions: the caller is told `retry_after` instead."""

_REPEATABLE_METHODS: Final = frozenset({"GET", "PUT", "DELETE"})
_REPEATABLE_OPERATIONS: Final = frozenset({"send_heartbeat"})
_SECONDS: Final = re.compile(r"\d+(?:\.\d+)?", re.ASCII)


def is_repeatable(method: str, operation: str) -> bool:
    """Tell whether sending the request twice does no more than sending it once."""
    return method in _REPEATABLE_METHODS or operation in _REPEATABLE_OPERATIONS


@frozen
class RetryPolicy:
    """How often one request may be repeated; `random` gives numbers from 0 up to 1."""

    retries: int
    random: Callable[[], float]

    def delay(self, error: KernelError, *, attempt: int, remaining: float) -> float | None:
        """Return the seconds to wait after attempt number `attempt` (from 1) failed; None: give up.

        It gives up at once when the pause would end after the `remaining` seconds of the deadline.
        """
        if attempt > self.retries or not error.retryable:
            return None
        asked = error.retry_after if isinstance(error, KernelResponseError) else None
        if asked is not None and asked > LONGEST_RETRY_AFTER:
            return None
        pause = max(self._backoff(attempt), asked or 0.0)
        return pause if pause < remaining else None

    def _backoff(self, attempt: int) -> float:
        longest = min(FIRST_DELAY * 2.0 ** min(attempt - 1, 16), LONGEST_DELAY)
        return longest * (1 - self.random() / 2)


def retry_after(headers: Mapping[str, str], now: Callable[[], datetime]) -> float | None:
    """Return the seconds that a `Retry-After` header asks for; None without a usable one.

    It holds seconds or a date. A date is compared with the answer's own `Date`, so that a kernel whose clock is off is
    understood too.
    """
    value = headers.get("Retry-After", "").strip()
    if _SECONDS.fullmatch(value):
        return float(value)
    until = parse_timestamp(value)
    if until is None:
        return None
    return max((until - (parse_timestamp(headers.get("Date")) or now())).total_seconds(), 0.0)

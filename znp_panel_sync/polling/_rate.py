"""So many a second, and not all of them at once."""

from typing import Final

_BURST_SECONDS: Final = 0.1


class RateLimit:
    """Gives out `rate` permissions a second, with bursts of at most a tenth of a second's worth. Pure."""

    def __init__(self, rate: float) -> None:
        self._rate = rate
        self._capacity = max(1.0, rate * _BURST_SECONDS)
        self._left = self._capacity
        self._at = 0.0

    def take(self, now: float) -> bool:
        """Take one permission, if there is one at `now`."""
        self._left = min(self._capacity, self._left + max(0.0, now - self._at) * self._rate)
        self._at = now
        if self._left < 1:
            return False
        self._left -= 1
        return True

"""The two clocks of a kernel, which need not agree with those of its clients."""

import time
from typing import Protocol


class Clock(Protocol):
    """A source of time: one that never jumps, and one that is shown to clients."""

    def monotonic(self) -> float:
        """Return seconds since an arbitrary moment; leases are counted on this."""
        ...

    def now_ms(self) -> int:
        """Return the wall clock in milliseconds since 1970-01-01 UTC."""
        ...


class SkewedClock:
    """The machine's clocks, with a wall clock that may be wrong and a time that can be skipped.

    `offset_seconds` is how far the wall clock is ahead (negative: behind). It may be changed at any moment, as when
    an operator sets the clock of a running kernel; leases are not touched by it.
    """

    def __init__(self, offset_seconds: float = 0.0) -> None:
        self.offset_seconds = offset_seconds
        self._skipped = 0.0

    def monotonic(self) -> float:
        """Return the machine's monotonic clock plus all time skipped."""
        return time.monotonic() + self._skipped

    def now_ms(self) -> int:
        """Return the machine's wall clock plus the offset and all time skipped, in milliseconds."""
        return int((time.time() + self.offset_seconds + self._skipped) * 1000)

    def skip(self, seconds: float) -> None:
        """Let so much time pass at once, on both clocks; `seconds` is never negative."""
        if seconds < 0:
            raise ValueError(f"seconds: time does not run backwards, not {seconds}")
        self._skipped += seconds

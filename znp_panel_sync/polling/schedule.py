"""What is due, and when the next thing will be. Pure: whoever uses it says what time it is.

Times are gathered on ticks of a tenth of a second by default: what wakes a process costs more than what it then does,
so things that fall due together are cheaper than things one by one.
"""

import hashlib
import heapq
import math
from collections.abc import Hashable
from typing import Final, Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)

DEFAULT_TICK: Final = 0.1
_FRACTION_BITS: Final = 53
"""What a float holds exactly, so that no number is rounded up to 1."""


def stable_fraction(text: str) -> float:
    """Return a number in [0, 1) that depends on `text` alone: the same in every process and after every restart."""
    digest = hashlib.blake2b(text.encode(), digest_size=8).digest()
    return (int.from_bytes(digest) >> (64 - _FRACTION_BITS)) / (1 << _FRACTION_BITS)


def next_in_phase(now: float, interval: float, phase: float) -> float:
    """Return the first moment after `now` at which a cycle of `interval` seconds stands at `phase` (in [0, 1))."""
    offset = interval * phase
    moment = math.floor((now - offset) / interval) * interval + offset
    while moment <= now:
        moment += interval
    return moment


def tick_after(now: float, tick: float = DEFAULT_TICK) -> float:
    """Return the end of a tick that lies ahead by at least half of one: a schedule with such ticks wakes there too."""
    return (round(now / tick) + 1) * tick


class Schedule(Generic[Key]):
    """A set of keys, each due at one time at most.

    Setting, moving and taking a key costs the same however many there are. What is taken out or moved leaves an
    entry behind that is skipped when its tick comes.
    """

    def __init__(self, tick: float = DEFAULT_TICK) -> None:
        self._tick = tick
        self._due: dict[Key, int] = {}
        self._buckets: dict[int, list[Key]] = {}
        self._ticks: list[int] = []

    def __contains__(self, key: Key) -> bool:
        return key in self._due

    def set(self, key: Key, due: float) -> float:
        """Make `key` due at the end of the tick that holds `due`, and at no other time; returns that end."""
        tick = math.ceil(due / self._tick)
        if self._due.get(key) != tick:
            self._due[key] = tick
            bucket = self._buckets.get(tick)
            if bucket is None:
                bucket = self._buckets[tick] = []
                heapq.heappush(self._ticks, tick)
            bucket.append(key)
        return tick * self._tick

    def discard(self, key: Key) -> None:
        """Make `key` due at no time."""
        self._due.pop(key, None)

    def due_at(self, key: Key) -> float | None:
        """Return when `key` is due (None: at no time)."""
        tick = self._due.get(key)
        return None if tick is None else tick * self._tick

    def next_due(self) -> float | None:
        """Return the earliest time at which something may be due; None when nothing is scheduled."""
        return self._ticks[0] * self._tick if self._ticks else None

    def take_due(self, now: float) -> list[Key]:
        """Take out and return what is due at `now`, the earliest tick first."""
        due: list[Key] = []
        while self._ticks and self._ticks[0] * self._tick <= now:
            tick = heapq.heappop(self._ticks)
            for key in self._buckets.pop(tick):
                if self._due.get(key) == tick:
                    del self._due[key]
                    due.append(key)
        return due

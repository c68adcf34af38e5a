"""Which polls may be under way together, so that hung kernels, however many, hold up no other.

Kernels that answered last time and those that did not go through separate lanes, the latter with half of the places
at most. When every place is taken, a kernel believed well that has kept its place for half a second gives it up: it
is polled again in the other lane, where it has all its time. So a place in the first lane is never held for long.
"""

from collections import deque
from collections.abc import Hashable, Iterator
from contextlib import suppress
from typing import Final, Generic, TypeVar

from attrs import frozen

Key = TypeVar("Key", bound=Hashable)

GRACE: Final = 0.5
"""Seconds that a kernel believed well may keep its place while others wait for one."""


@frozen
class Start(Generic[Key]):
    """Poll this one now."""

    key: Key


@frozen
class Evict(Generic[Key]):
    """Give up the poll of this one; it has been put in the other lane."""

    key: Key


class Admission(Generic[Key]):
    """Places for `limit` polls at a time. Pure: whoever uses it says what time it is."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._doubtful_limit = max(1, limit // 2)
        self._waiting: deque[Key] = deque()
        self._waiting_doubtful: deque[Key] = deque()
        self._running: dict[Key, float] = {}
        self._running_doubtful: set[Key] = set()

    @property
    def running(self) -> int:
        """How many polls are under way."""
        return len(self._running) + len(self._running_doubtful)

    @property
    def waiting(self) -> bool:
        """Whether any poll waits for a place."""
        return bool(self._waiting or self._waiting_doubtful)

    def add(self, key: Key, *, doubtful: bool) -> None:
        """Queue a poll of `key`, which is neither queued nor under way; `doubtful` tells that it failed last time."""
        (self._waiting_doubtful if doubtful else self._waiting).append(key)

    def finished(self, key: Key) -> None:
        """Give back the place of a poll that ended."""
        self._running.pop(key, None)
        self._running_doubtful.discard(key)

    def discard(self, key: Key) -> None:
        """Forget a key for good, queued or under way."""
        self.finished(key)
        for queue in (self._waiting, self._waiting_doubtful):
            with suppress(ValueError):
                queue.remove(key)

    def step(self, now: float) -> Iterator[Start[Key] | Evict[Key]]:
        """Yield what is to be done now, which whoever asks does at once."""
        yield from self._step_well(now)
        while self._waiting_doubtful and self._room_for_doubtful():
            key = self._waiting_doubtful.popleft()
            self._running_doubtful.add(key)
            yield Start(key)

    def _step_well(self, now: float) -> Iterator[Start[Key] | Evict[Key]]:
        while self._waiting:
            if self.running >= self._limit:
                slowest = next(iter(self._running), None)
                if slowest is None or now - self._running[slowest] < GRACE:
                    return
                del self._running[slowest]
                self._waiting_doubtful.append(slowest)
                yield Evict(slowest)
            key = self._waiting.popleft()
            self._running[key] = now
            yield Start(key)

    def _room_for_doubtful(self) -> bool:
        return len(self._running_doubtful) < self._doubtful_limit and self.running < self._limit

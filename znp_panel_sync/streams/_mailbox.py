"""Between the task that reads a stream and whoever takes its items."""

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Mailbox(Generic[T]):
    """Holds one item: who puts another waits until it is taken, which is the backpressure on the kernel.

    An item for which `replaceable` says so does not wait for its like: the newer one takes the place of the older.
    """

    def __init__(self, replaceable: Callable[[T], bool]) -> None:
        self._replaceable = replaceable
        self._items: deque[T] = deque()
        self._error: Exception | None = None
        self._is_closed = False
        self._filled = asyncio.Event()
        self._emptied = asyncio.Event()

    async def put(self, item: T) -> None:
        """Add an item, as soon as there is room for it."""
        while self._items and not self._replaces_last(item):
            self._emptied.clear()
            await self._emptied.wait()
        if self._items:
            self._items.pop()
        self._items.append(item)
        self._filled.set()

    def close(self, error: Exception | None = None) -> None:
        """End it: what is held can still be taken, unless `discard()` is called; then `error` is raised once."""
        self._is_closed = True
        self._error = error
        self._filled.set()

    def discard(self) -> None:
        """Throw away what is held."""
        self._items.clear()

    async def take(self) -> T:
        """Return the next item; raise `StopAsyncIteration` at the end."""
        while not self._items:
            if self._is_closed:
                error, self._error = self._error, None
                raise error or StopAsyncIteration
            self._filled.clear()
            await self._filled.wait()
        self._emptied.set()
        return self._items.popleft()

    def _replaces_last(self, item: T) -> bool:
        return self._replaceable(item) and self._replaceable(self._items[-1])

"""Between the task that reads a stream and whoever takes its items."""

import asyncio
from collections import deque
from typing import Generic, TypeVar

from attrs import evolve

from znp_panel_sync.streams._items import Gap, RawItem, StatusItem

T = TypeVar("T")


class Mailbox(Generic[T]):
    """Holds one item: who puts another waits until it is taken, which is the backpressure on the kernel."""

    def __init__(self) -> None:
        self._items: deque[T] = deque()
        self._error: Exception | None = None
        self._is_closed = False
        self._filled = asyncio.Event()
        self._emptied = asyncio.Event()

    async def put(self, item: T) -> None:
        """Add an item, as soon as there is room for it."""
        while self._items:
            self._emptied.clear()
            await self._emptied.wait()
        self._add(item)

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

    def _add(self, item: T) -> None:
        self._items.append(item)
        self._filled.set()


class NewestMailbox(Mailbox[StatusItem]):
    """Holds the newest snapshot, after one gap that spans all that have been; nobody who puts has to wait.

    What is neither is left out while anything else is held.
    """

    async def put(self, item: StatusItem) -> None:
        """Add an item, in place of what is older."""
        await asyncio.sleep(0)  # a kernel that sends without a pause must not keep the consumer from running
        if self._items and isinstance(item, RawItem):
            return
        gaps = [held for held in self._items if isinstance(held, Gap)]
        self.discard()
        if isinstance(item, Gap):
            self._add(evolve(item, since=gaps[0].since) if gaps else item)
        else:
            self._items.extend(gaps)
            self._add(item)

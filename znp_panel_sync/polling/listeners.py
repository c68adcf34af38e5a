"""Whoever wants to hear of changes: as an async iterator, or as a callback. None of them can slow the polling."""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Collection, Sequence
from concurrent.futures import Executor
from inspect import isawaitable, iscoroutinefunction
from typing import Final, Self, TypeVar
from weakref import ref

from znp_panel_sync.polling.model import StatusChange

logger: Final = logging.getLogger("znp_panel_sync.polling")

T = TypeVar("T")
Listener = Callable[[StatusChange], Awaitable[object] | object]


class Subscription:
    """Changes that wait to be taken: `backlog` at most, then the oldest are dropped, and counted in `dropped`."""

    def __init__(self, backlog: int) -> None:
        self._waiting: deque[StatusChange] = deque()
        self._backlog = backlog
        self.closed = False
        self.dropped = 0

    def put(self, change: StatusChange) -> None:
        """Hand over a change."""
        if len(self._waiting) == self._backlog:
            self._waiting.popleft()
            self.dropped += 1
            if self.dropped == 1:
                logger.warning("A listener is %d changes behind and loses the oldest", self._backlog)
        self._waiting.append(change)

    def close(self) -> None:
        """End the iteration after what is waiting; may be called again."""
        self.closed = True


class Changes(Subscription):
    """An async iterator over the changes from its making on, in order, until it is closed or the poller stops.

    At most `backlog` changes wait to be taken; then the oldest are dropped, and counted in `dropped`. An iterator
    that nobody holds any more is forgotten.
    """

    def __init__(self, backlog: int) -> None:
        super().__init__(backlog)
        self._arrived = asyncio.Event()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> StatusChange:
        while not self._waiting:
            if self.closed:
                raise StopAsyncIteration
            self._arrived.clear()
            await self._arrived.wait()
        return self._waiting.popleft()

    def put(self, change: StatusChange) -> None:
        """Hand over a change."""
        super().put(change)
        self._arrived.set()

    def close(self) -> None:
        """End the iteration after what is waiting; may be called again."""
        super().close()
        self._arrived.set()


S = TypeVar("S", bound=Subscription)


class Announcer:
    """Hands each change to every listener. Plain functions run in a thread, one call at a time for each listener."""

    def __init__(self, backlog: int, threads: Executor) -> None:
        self._backlog = backlog
        self._threads = threads
        self._iterators: list[ref[Subscription]] = []
        self._served: dict[Changes, asyncio.Task[None]] = {}

    def subscribe(self, iterator: S) -> S:
        """Hand changes to an iterator from now on, while it is open and somebody holds it; returns it."""
        self._iterators = [*map(ref, self._iterating()), ref(iterator)]
        return iterator

    def add(self, listener: Listener) -> Callable[[], None]:
        """Call `listener` with each change from now on; returns what takes it away again."""
        changes = Changes(self._backlog)
        self._served[changes] = asyncio.get_running_loop().create_task(self._serve(listener, changes))

        def remove() -> None:
            task = self._served.pop(changes, None)
            if task is not None:
                task.cancel()

        return remove

    def announce(self, changes: Sequence[StatusChange]) -> None:
        """Hand over changes."""
        for subscription in (*self._served, *self._iterating()):
            for change in changes:
                subscription.put(change)

    async def end(self, timeout: float) -> Collection[asyncio.Task[None]]:
        """End all iterations, and give callbacks `timeout` seconds for what they have not heard yet.

        Returns the tasks of those that are not through with it by then.
        """
        served, self._served = self._served, {}
        for subscription in (*served, *self._iterating()):
            subscription.close()
        if not served:
            return ()
        _, late = await asyncio.wait(served.values(), timeout=timeout)
        return late

    def _iterating(self) -> list[Subscription]:
        """Return the iterators that are open, and that somebody holds."""
        return [iterator for known in self._iterators if (iterator := known()) is not None and not iterator.closed]

    async def _serve(self, listener: Listener, changes: Changes) -> None:
        async for change in changes:
            try:
                await call(listener, change, threads=self._threads)
            except Exception:
                logger.exception("A listener of status changes failed")


async def call(function: Callable[[T], Awaitable[object] | object], argument: T, *, threads: Executor) -> None:
    """Call a function of the user's: awaited if it is a coroutine function, in a thread otherwise."""
    if iscoroutinefunction(function) or iscoroutinefunction(getattr(function, "__call__", None)):  # noqa: B004
        answer = function(argument)
    else:
        answer = await asyncio.get_running_loop().run_in_executor(threads, function, argument)
    if isawaitable(answer):  # a plain function may return one too, such as a lambda that calls a coroutine function
        await answer

"""Whoever wants to hear of changes: as an async iterator, or as a callback. None of them can slow the polling."""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import Executor
from inspect import isawaitable, iscoroutinefunction
from typing import Final, Self, TypeVar

from znp_panel_sync.polling.model import StatusChange

logger: Final = logging.getLogger("znp_panel_sync.polling")

T = TypeVar("T")
Listener = Callable[[StatusChange], Awaitable[object] | object]


class Changes:
    """An async iterator over the changes from its making on, in order, until the poller stops.

    At most `backlog` changes wait to be taken; then the oldest are dropped, and counted in `dropped`.
    """

    def __init__(self, backlog: int) -> None:
        self._waiting: deque[StatusChange] = deque()
        self._backlog = backlog
        self._arrived = asyncio.Event()
        self._ended = False
        self.dropped = 0

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> StatusChange:
        while not self._waiting:
            if self._ended:
                raise StopAsyncIteration
            self._arrived.clear()
            await self._arrived.wait()
        return self._waiting.popleft()

    def put(self, change: StatusChange) -> None:
        """Hand over a change."""
        if len(self._waiting) == self._backlog:
            self._waiting.popleft()
            self.dropped += 1
            if self.dropped == 1:
                logger.warning("A listener is %d changes behind and loses the oldest", self._backlog)
        self._waiting.append(change)
        self._arrived.set()

    def end(self) -> None:
        """End the iteration after what is waiting."""
        self._ended = True
        self._arrived.set()


class Announcer:
    """Hands each change to every listener. Plain functions run in a thread, one call at a time for each listener."""

    def __init__(self, backlog: int, threads: Executor) -> None:
        self._backlog = backlog
        self._threads = threads
        self._subscriptions: dict[Changes, asyncio.Task[None] | None] = {}

    def subscribe(self) -> Changes:
        """Return a new iterator over the changes from now on."""
        changes = Changes(self._backlog)
        self._subscriptions[changes] = None
        return changes

    def add(self, listener: Listener) -> Callable[[], None]:
        """Call `listener` with each change from now on; returns what takes it away again."""
        changes = self.subscribe()
        self._subscriptions[changes] = asyncio.get_running_loop().create_task(self._serve(listener, changes))

        def remove() -> None:
            task = self._subscriptions.pop(changes, None)
            if task is not None:
                task.cancel()

        return remove

    def announce(self, changes: Sequence[StatusChange]) -> None:
        """Hand over changes."""
        for subscription in self._subscriptions:
            for change in changes:
                subscription.put(change)

    async def end(self, timeout: float) -> None:
        """End all iterations, and give callbacks `timeout` seconds for what they have not heard yet."""
        subscriptions, self._subscriptions = self._subscriptions, {}
        for changes in subscriptions:
            changes.end()
        tasks = [task for task in subscriptions.values() if task is not None]
        if tasks:
            _, late = await asyncio.wait(tasks, timeout=timeout)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

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

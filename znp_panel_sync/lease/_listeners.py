"""Delivery of transitions to listeners: each in order, once, and where no heartbeat has to wait for it."""

import asyncio
import contextlib
import inspect
import logging
import threading
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Final

from znp_panel_sync.lease._machine import LeaseTransition

MOST_WAITING: Final = 1000
"""How many transitions wait for a listener that does not return, before newer ones are dropped."""

Listener = Callable[[LeaseTransition], object]
AsyncListener = Callable[[LeaseTransition], Awaitable[object]]

_FAILED: Final = "a listener failed with the transition from %s to %s"

logger: Final = logging.getLogger("znp_panel_sync.lease")


class Mailbox(ABC):
    """What waits for one listener. Whoever delivers is there only while something waits."""

    def __init__(self) -> None:
        self.dropped = 0
        self._waiting: deque[LeaseTransition] = deque()
        self._at_work = False
        self._on_idle: list[asyncio.Future[None]] = []
        self._lock = threading.Lock()
        """Guards the three above; no foreign code runs while it is held."""

    def put(self, transition: LeaseTransition) -> None:
        """Have a transition delivered. Called on the event loop."""
        with self._lock:
            if len(self._waiting) >= MOST_WAITING:
                self.dropped += 1
                return
            self._waiting.append(transition)
            begins, self._at_work = not self._at_work, True
        if begins:
            self._begin()

    def idle(self) -> "asyncio.Future[None]":
        """Return a future of the running loop, done when everything that waits now has been delivered."""
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        with self._lock:
            if self._at_work:
                self._on_idle.append(future)
            else:
                future.set_result(None)
        return future

    @abstractmethod
    def is_current(self) -> bool:
        """Tell whether the listener itself is asking."""

    @abstractmethod
    def _begin(self) -> None: ...

    def _next(self) -> LeaseTransition | None:
        with self._lock:
            if self._waiting:
                return self._waiting.popleft()
            self._at_work = False
            idle, self._on_idle = self._on_idle, []
        for future in idle:
            with contextlib.suppress(RuntimeError):  # the event loop is closed: nobody waits any more
                future.get_loop().call_soon_threadsafe(_settle, future)
        return None


class ThreadMailbox(Mailbox):
    """Calls its listener in a thread, so that it may block."""

    def __init__(self, listener: Listener) -> None:
        super().__init__()
        self._listener = listener
        self._thread: threading.Thread | None = None

    def is_current(self) -> bool:
        """Tell whether this is the listener's thread."""
        return self._thread is threading.current_thread()

    def _begin(self) -> None:
        self._thread = threading.Thread(target=self._deliver, name="lease-listener", daemon=True)
        try:
            self._thread.start()
        except RuntimeError:  # the interpreter is ending, when Python 3.12 lets no thread begin
            self._drop_all()

    def _drop_all(self) -> None:
        while self._next() is not None:
            self.dropped += 1

    def _deliver(self) -> None:
        while (transition := self._next()) is not None:
            try:
                self._listener(transition)
            except Exception:
                logger.exception(_FAILED, transition.previous, transition.state)


class TaskMailbox(Mailbox):
    """Awaits its listener in a task on the event loop."""

    def __init__(self, listener: AsyncListener) -> None:
        super().__init__()
        self._listener = listener
        self._task: asyncio.Task[None] | None = None

    def is_current(self) -> bool:
        """Tell whether this is the listener's task."""
        return self._task is not None and self._task is asyncio.current_task()

    def _begin(self) -> None:
        self._task = asyncio.ensure_future(self._deliver())

    async def _deliver(self) -> None:
        while (transition := self._next()) is not None:
            try:
                await self._listener(transition)
            except Exception:
                logger.exception(_FAILED, transition.previous, transition.state)


def new_mailbox(listener: Listener | AsyncListener) -> Mailbox:
    """Return the mailbox that fits a listener: a coroutine function or any other one."""
    if inspect.iscoroutinefunction(listener):
        return TaskMailbox(listener)
    return ThreadMailbox(listener)


def _settle(future: "asyncio.Future[None]") -> None:
    if not future.done():
        future.set_result(None)

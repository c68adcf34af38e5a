"""Delivery of transitions and log lines: each in order, once, and where no heartbeat has to wait for it."""

import asyncio
import contextlib
import logging
import os
import threading
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Final, Generic, TypeVar, cast

from attrs import frozen

from znp_panel_sync.lease._callables import is_coroutine_function, require_plain_answer
from znp_panel_sync.lease._machine import LeaseTransition

T = TypeVar("T")

MOST_WAITING: Final = 1000
"""How many transitions wait for a listener that does not return, before newer ones are dropped."""

MOST_LINES_WAITING: Final = 10_000
"""How many log lines wait for handlers that do not return; several for each of a thousand agents."""

Listener = Callable[[LeaseTransition], object]
AsyncListener = Callable[[LeaseTransition], Awaitable[object]]

logger: Final = logging.getLogger("znp_panel_sync.lease")


class Mailbox(ABC, Generic[T]):
    """What waits for one receiver. Whoever delivers is there only while something waits."""

    def __init__(self, most_waiting: int) -> None:
        self._most_waiting = most_waiting
        self._begin_anew()

    def _begin_anew(self) -> None:
        """Forget what is from before a `fork()`: a thread that is not in the child, perhaps a lock that is held."""
        self._pid = os.getpid()
        self.dropped = 0
        self._waiting: deque[T] = deque()
        self._at_work = False
        self._on_idle: list[asyncio.Future[None]] = []
        self._lock = threading.Lock()
        """Guards the three above; no foreign code runs while it is held."""

    def put(self, item: T) -> None:
        """Have something delivered. Called on the event loop."""
        if os.getpid() != self._pid:
            self._begin_anew()
        with self._lock:
            if len(self._waiting) >= self._most_waiting:
                self.dropped += 1
                return
            self._waiting.append(item)
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
        """Tell whether the receiver itself is asking."""

    @abstractmethod
    def _begin(self) -> None: ...

    def _next(self) -> T | None:
        with self._lock:
            if self._waiting:
                return self._waiting.popleft()
            self._at_work = False
            idle, self._on_idle = self._on_idle, []
        for future in idle:
            with contextlib.suppress(RuntimeError):  # the event loop is closed: nobody waits any more
                future.get_loop().call_soon_threadsafe(_settle, future)
        return None

    def _drop_all(self) -> None:
        while self._next() is not None:
            self.dropped += 1


class _ThreadMailbox(Mailbox[T]):
    """Delivers in a thread, so that the receiver may block."""

    def __init__(self, most_waiting: int) -> None:
        super().__init__(most_waiting)
        self._thread: threading.Thread | None = None

    def is_current(self) -> bool:
        """Tell whether this is the receiver's thread."""
        return self._thread is threading.current_thread()

    def _deliver(self) -> None:
        self._thread = threading.current_thread()
        while (item := self._next()) is not None:
            self._hand_over(item)

    @abstractmethod
    def _hand_over(self, item: T) -> None:
        """Deliver one item; raise nothing."""


@frozen
class _Line:
    level: int
    text: str
    arguments: tuple[object, ...]
    error: BaseException | None


class Journal(_ThreadMailbox[_Line]):
    """Writes log lines. A handler may block, or wait for a lock that a signal handler has interrupted.

    Its thread is waited for when the interpreter ends, so that no line is lost; `logging.shutdown` waits for the same
    handlers then.
    """

    def __init__(self) -> None:
        super().__init__(MOST_LINES_WAITING)

    def write(self, level: int, text: str, *arguments: object, error: BaseException | None = None) -> None:
        """Have a line written, with the traceback of an error (None: without one)."""
        self.put(_Line(level, text, arguments, error))

    def _begin(self) -> None:
        try:
            threading.Thread(target=self._deliver, name="lease-log", daemon=False).start()
        except RuntimeError:  # no thread can begin, as at the interpreter's end in Python 3.12
            self._deliver()

    def _hand_over(self, item: _Line) -> None:
        with contextlib.suppress(Exception):  # a filter or handler that raises: there is nobody else to tell
            logger.log(item.level, item.text, *item.arguments, exc_info=item.error)


journal: Final = Journal()
"""One for the process, as the handlers that it waits for are."""


class ThreadMailbox(_ThreadMailbox[LeaseTransition]):
    """Calls its listener in a thread."""

    def __init__(self, listener: Listener) -> None:
        super().__init__(MOST_WAITING)
        self._listener = listener

    def _begin(self) -> None:
        try:
            threading.Thread(target=self._deliver, name="lease-listener", daemon=True).start()
        except RuntimeError:  # no thread can begin, as at the interpreter's end in Python 3.12
            self._drop_all()

    def _hand_over(self, item: LeaseTransition) -> None:
        try:
            require_plain_answer("listener", self._listener(item))
        except BaseException as error:
            _tell_of_failure(item, error)


class TaskMailbox(Mailbox[LeaseTransition]):
    """Awaits its listener in a task on the event loop."""

    def __init__(self, listener: AsyncListener) -> None:
        super().__init__(MOST_WAITING)
        self._listener = listener
        self._task: asyncio.Task[None] | None = None

    def is_current(self) -> bool:
        """Tell whether this is the listener's task."""
        return self._task is not None and self._task is asyncio.current_task()

    def _begin(self) -> None:
        self._task = asyncio.ensure_future(self._deliver())

    async def _deliver(self) -> None:
        try:
            while (transition := self._next()) is not None:
                await self._hand_over(transition)
        except BaseException:  # the program ends: nobody is to wait for what is not delivered
            self._drop_all()
            raise

    async def _hand_over(self, transition: LeaseTransition) -> None:
        try:
            await self._listener(transition)
        except asyncio.CancelledError as error:
            if self._task is None or self._task.cancelling():
                raise
            _tell_of_failure(transition, error)
        except Exception as error:
            _tell_of_failure(transition, error)


def new_mailbox(listener: Listener | AsyncListener) -> Mailbox[LeaseTransition]:
    """Return the mailbox that fits a listener: a coroutine function or any other one."""
    if is_coroutine_function(listener):
        return TaskMailbox(cast(AsyncListener, listener))
    return ThreadMailbox(listener)


def _tell_of_failure(transition: LeaseTransition, error: BaseException) -> None:
    journal.write(
        logging.ERROR,
        "a listener failed with the transition from %s to %s",
        transition.previous,
        transition.state,
        error=error,
    )


def _settle(future: "asyncio.Future[None]") -> None:
    if not future.done():
        future.set_result(None)

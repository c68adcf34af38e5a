"""The event loop that blocking agents share: one thread for all agents of one control.

No lock is taken, neither by those who call nor by the loop: a signal handler may interrupt any of this and call again,
and a child process after `fork()` finds nothing locked. What is counted is counted on the loop alone.
"""

import asyncio
import atexit
import os
import threading
from collections import deque
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from contextlib import suppress
from typing import Any, Final, TypeVar
from weakref import WeakValueDictionary

from znp_panel_sync.control import NodeControl
from znp_panel_sync.kernel import AsyncKernel
from znp_panel_sync.lease._errors import LeaseError

T = TypeVar("T")
Work = Callable[[], Coroutine[Any, Any, T]]

_JOIN_SECONDS: Final = 5.0

GRACE_SECONDS: Final = 5.0
"""How much longer than it may work the event loop of an agent is waited for: it is busy, or somebody keeps it."""

_threads: Final[WeakValueDictionary[tuple[int, NodeControl], "LeaseThread"]] = WeakValueDictionary()
"""The threads in use, by process. Two that begin at once for one control are no harm: each ends with its agents."""


class ThreadEndedError(Exception):
    """The thread has ended with the last of its agents, or belongs to the parent process: it takes no call."""


class LeaseThread:
    """A thread with an event loop and an `AsyncKernel`; it ends when no agent and no call is left."""

    def __init__(self, control: NodeControl) -> None:
        self.kernel = AsyncKernel(control)
        self._key = (os.getpid(), control)
        self._users = 0
        self._agents: dict[object, Work[object]] = {}
        self._calls: deque[tuple[Work[Any], Future[Any]]] = deque()
        self._is_closing = False
        self._has_ended = False
        self._closed = asyncio.Event()
        self._runner = asyncio.Runner(loop_factory=asyncio.SelectorEventLoop)
        self._loop = self._runner.get_loop()
        self._thread = threading.Thread(target=self._run, name="lease", daemon=True)

    @classmethod
    def of(cls, control: NodeControl) -> "LeaseThread":
        """Return the running thread for a control, or a new one."""
        known = _threads.get((os.getpid(), control))
        if known is not None and not known._is_closing:
            return known
        thread = cls(control)
        thread._start()
        _threads[thread._key] = thread
        atexit.register(thread._sign_off_at_exit)
        return thread

    def _start(self) -> None:
        try:
            self._thread.start()
        except RuntimeError as error:
            self._loop.close()
            raise LeaseError(f"no thread can begin for agents: {error}") from error

    def call(self, work: Work[T], limit: float | None = 0.0) -> T:
        """Run `work()`, which takes at most `limit` seconds (None: any time), on the loop; return what it returns.

        Raises `ThreadEndedError` where there is no loop: once the thread has ended, and in a child process. Raises
        `TimeoutError` where the loop is kept from working; what was asked of it is done later.
        """
        longest = None if limit is None else min(limit + GRACE_SECONDS, threading.TIMEOUT_MAX)
        return self._submit(work).result(longest)

    def _submit(self, work: Work[T]) -> Future[T]:
        if os.getpid() != self._key[0]:
            raise ThreadEndedError
        result: Future[T] = Future()
        self._calls.append((work, result))
        with suppress(RuntimeError):  # the loop is closed
            self._loop.call_soon_threadsafe(self._take_calls)
        if self._has_ended:
            self._refuse_calls()
        return result

    def join(self) -> None:
        """Wait for the end of the thread, if it is about to end."""
        if self._is_closing:
            self._thread.join(_JOIN_SECONDS)

    def enter(self, agent: object, sign_off: Work[object]) -> None:
        """Keep the thread for an agent; `sign_off` is called if the interpreter ends first. On the loop."""
        self._users += 1
        self._agents[agent] = sign_off

    def leave(self, agent: object) -> None:
        """Take an agent off. On the loop."""
        del self._agents[agent]
        self._lose_user()

    def _lose_user(self) -> None:
        self._users -= 1
        if self._users == 0:
            self._is_closing = True
            self._closed.set()

    def _run(self) -> None:
        try:
            with self._runner:
                self._runner.run(self._serve())
        finally:
            atexit.unregister(self._sign_off_at_exit)
            self._is_closing = self._has_ended = True
            self._refuse_calls()

    async def _serve(self) -> None:
        async with self.kernel:
            await self._closed.wait()

    def _take_calls(self) -> None:
        while self._calls and not self._is_closing:
            work, result = self._calls.popleft()
            self._users += 1
            task = self._loop.create_task(work())
            task.add_done_callback(lambda done, result=result: self._answer(done, result))  # type: ignore[misc]

    def _answer(self, done: "asyncio.Task[Any]", result: Future[Any]) -> None:
        self._lose_user()
        if done.cancelled():
            result.set_exception(ThreadEndedError())
        elif error := done.exception():
            result.set_exception(error)
        else:
            result.set_result(done.result())

    def _refuse_calls(self) -> None:
        with suppress(IndexError):
            while True:
                self._calls.popleft()[1].set_exception(ThreadEndedError())

    def _sign_off_at_exit(self) -> None:
        """Sign off the agents of all threads at once; then wait for this one, as each does in its turn."""
        for thread in list(_threads.values()):
            with suppress(ThreadEndedError):
                thread._submit(thread._sign_off_all)
        with suppress(ThreadEndedError):
            self.call(self._sign_off_all, limit=None)
            self.join()

    async def _sign_off_all(self) -> None:
        await asyncio.gather(*(sign_off() for sign_off in self._agents.values()))

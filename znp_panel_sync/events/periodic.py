"""Doing something again and again, in a thread or in a task, until told to stop."""

import asyncio
import logging
import threading
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import wait
from contextlib import suppress
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from znp_panel_sync.cluster.ownership import Ownership
    from znp_panel_sync.cluster.parts import LoopPart

STOP_SECONDS: Final = 10.0

_AT_ONCE: Final = float("-inf")
_TOLERANCE_SECONDS: Final = 1e-6
"""What is due so soon is due now: after a pause until a moment, a sum of floats may lie just before it."""

_logger: Final = logging.getLogger("znp_panel_sync.events")


class Periodic:
    """Calls `action` at once and then every `seconds`, in a thread; what it raises is logged, and it goes on.

    `name` is that of the thread, and of the action in logs. `start` and `stop` may be called again, in any order; after
    a fork, the child starts a thread of its own.

    With a `cluster`, this takes part in it while it is started. Where the whole action is one replica's at a time,
    `key` names it, the same in all of them: it is called where that is owned, and at once where that comes to be. With
    a `key` of None every replica calls it, and it asks the cluster itself what it may do.
    """

    def __init__(
        self,
        action: Callable[[], object],
        seconds: float,
        name: str,
        *,
        cluster: "Ownership | None" = None,
        key: str | None = None,
    ) -> None:
        self._action = action
        self._seconds = seconds
        self._name = name
        self._cluster = cluster
        self._key = key
        self._thread: _Thread | None = None

    @property
    def stopping(self) -> bool:
        """Whether the action, which asks this in its thread, should come to its end."""
        thread = threading.current_thread()
        return isinstance(thread, _Thread) and thread.stopping.is_set()

    def start(self) -> None:
        """Start the thread, which is a daemon; does nothing while it runs. Raises what a cluster's `start` raises.

        A thread that was told to stop, and did not end in time, does not count: it ends when it can.
        """
        if self._thread and self._thread.is_alive() and not self._thread.stopping.is_set():
            return
        thread = _Thread(self._action, _Turns(self._seconds, self._cluster, self._key), self._name)
        if self._cluster is not None:
            self._cluster.enter(thread.woken.set)
        self._thread = thread
        thread.start()

    def stop(self, timeout: float = STOP_SECONDS) -> None:
        """End the thread after what it is doing now; wait for that at most `timeout` seconds."""
        thread, deadline = self._thread, time.monotonic() + timeout
        if thread is None:
            return
        thread.stopping.set()
        thread.woken.set()
        if thread is not threading.current_thread():
            thread.join(timeout)
        if self._cluster is not None:
            wait([self._cluster.leave(thread.woken.set)], max(0.0, deadline - time.monotonic()))


class _Thread(threading.Thread):
    """One life of a `Periodic`, from a start to a stop."""

    def __init__(self, action: Callable[[], object], turns: "_Turns", name: str) -> None:
        super().__init__(name=name, daemon=True)
        self._action = action
        self._turns = turns
        self.stopping = threading.Event()
        self.woken = threading.Event()

    def run(self) -> None:
        """Call the action whenever it is due."""
        while not self.stopping.is_set():
            if self._turns.is_due(time.monotonic()):
                self._act()
                self._turns.done(time.monotonic())
            self.woken.wait(self._turns.pause(time.monotonic()))
            self.woken.clear()

    def _act(self) -> None:
        try:
            self._action()
        except Exception as error:  # whatever it is, the next time may do better
            _report(self.name, error)


class AsyncPeriodic:
    """`Periodic` as a task of the event loop that `start` is called in; `stop` cancels what it is doing."""

    def __init__(
        self,
        action: Callable[[], Awaitable[object]],
        seconds: float,
        name: str,
        *,
        cluster: "Ownership | None" = None,
        key: str | None = None,
    ) -> None:
        self._action = action
        self._name = name
        self._cluster = cluster
        self._turns = _Turns(seconds, cluster, key)
        self._woken = asyncio.Event()
        self._part: LoopPart | None = None
        self._task: asyncio.Task[None] | None = None

    @property
    def stopping(self) -> bool:
        """Whether the action, which asks this in its task, should come to its end."""
        return asyncio.current_task() is not self._task or was_cancelled()

    def start(self) -> None:
        """Start the task; does nothing while it runs. Raises what a cluster's `start` raises."""
        if self._task is None or self._task.done():
            self._turns.restart()
            self._woken = asyncio.Event()
            self._part = self._take_part()
            self._task = asyncio.get_running_loop().create_task(self._run(), name=self._name)

    async def stop(self) -> None:
        """Cancel the task and wait for its end."""
        task, self._task = self._task, None
        if task is not None and task is not asyncio.current_task():
            task.cancel()
            await asyncio.wait([task])
        part, self._part = self._part, None
        if part is not None:
            await part.leave(STOP_SECONDS)

    def _take_part(self) -> "LoopPart | None":
        if self._cluster is None:
            return None
        from znp_panel_sync.cluster.parts import LoopPart

        return LoopPart(self._cluster, self._woken.set)

    async def _run(self) -> None:
        time_of = asyncio.get_running_loop().time
        while not self.stopping:
            if self._turns.is_due(time_of()):
                await self._act()
                self._turns.done(time_of())
            with suppress(TimeoutError):
                await asyncio.wait_for(self._woken.wait(), self._turns.pause(time_of()))
            self._woken.clear()

    async def _act(self) -> None:
        try:
            await self._action()
        except asyncio.CancelledError as error:
            if was_cancelled():
                raise
            _report(self._name, error)
        except Exception as error:  # whatever it is, the next time may do better
            _report(self._name, error)


class _Turns:
    """When something is done that is done every `seconds`, by whoever owns its `key`. Pure."""

    def __init__(self, seconds: float, cluster: "Ownership | None", key: str | None) -> None:
        self._seconds = seconds
        self._cluster = cluster
        self._key = key
        self.restart()

    def restart(self) -> None:
        """Have it done at once."""
        self._due = _AT_ONCE

    def is_due(self, now: float) -> bool:
        """Tell whether it is to be done now."""
        if self._cluster is not None and self._key is not None and not self._cluster.owns(self._key):
            self.restart()
            return False
        return now >= self._due - _TOLERANCE_SECONDS

    def done(self, now: float) -> None:
        """Take that it was done."""
        self._due = now + self._seconds

    def pause(self, now: float) -> float:
        """Return for how long there is nothing to do, unless the cluster says otherwise."""
        return self._seconds if self._due == _AT_ONCE else max(0.0, self._due - now)


def was_cancelled() -> bool:
    """Tell whether the task was cancelled, and not only something that it waited for."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


def _report(name: str, error: BaseException) -> None:
    """Log the kind of an error, and not its text, which may show what it was about."""
    _logger.warning("%s failed and is tried again: %s", name, type(error).__name__)

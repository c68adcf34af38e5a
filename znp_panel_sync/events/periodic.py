"""Doing something again and again, in a thread or in a task, until told to stop."""

import asyncio
import logging
import threading
from collections.abc import Awaitable, Callable
from typing import Final

STOP_SECONDS: Final = 10.0

_logger: Final = logging.getLogger("znp_panel_sync.events")


class Periodic:
    """Calls `action` at once and then every `seconds`, in a thread; what it raises is logged, and it goes on.

    `name` is that of the thread, and of the action in logs. `start` and `stop` may be called again, in any order; after
    a fork, the child starts a thread of its own.
    """

    def __init__(self, action: Callable[[], object], seconds: float, name: str) -> None:
        self._action = action
        self._seconds = seconds
        self._name = name
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    @property
    def stopping(self) -> bool:
        """Whether an action that runs now should come to its end."""
        return self._stopping.is_set()

    def start(self) -> None:
        """Start the thread, which is a daemon; does nothing while it runs."""
        if self._thread and self._thread.is_alive():
            return
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name=self._name, daemon=True)
        self._thread.start()

    def stop(self, timeout: float = STOP_SECONDS) -> None:
        """End the thread after what it is doing now; wait for that at most `timeout` seconds."""
        self._stopping.set()
        if self._thread and self._thread is not threading.current_thread():
            self._thread.join(timeout)

    def _run(self) -> None:
        while not self.stopping:
            try:
                self._action()
            except Exception as error:  # whatever it is, the next time may do better
                _report(self._name, error)
            self._stopping.wait(self._seconds)


class AsyncPeriodic:
    """`Periodic` as a task of the event loop that `start` is called in; `stop` cancels what it is doing."""

    def __init__(self, action: Callable[[], Awaitable[object]], seconds: float, name: str) -> None:
        self._action = action
        self._seconds = seconds
        self._name = name
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Start the task; does nothing while it runs."""
        if self._task is None or self._task.done():
            self._task = asyncio.get_running_loop().create_task(self._run(), name=self._name)

    async def stop(self) -> None:
        """Cancel the task and wait for its end."""
        task, self._task = self._task, None
        if task is not None and task is not asyncio.current_task():
            task.cancel()
            await asyncio.wait([task])

    async def _run(self) -> None:
        while asyncio.current_task() is self._task:  # and not stopped by its own action
            try:
                await self._action()
            except Exception as error:  # whatever it is, the next time may do better
                _report(self._name, error)
            await asyncio.sleep(self._seconds)


def _report(name: str, error: Exception) -> None:
    """Log the kind of an error, and not its text, which may show what it was about."""
    _logger.warning("%s failed and is tried again: %s", name, type(error).__name__)

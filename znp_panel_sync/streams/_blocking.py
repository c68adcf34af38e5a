"""`StatusStream` and `EventStream`: the same streams for programs without an event loop."""

import asyncio
import os
import threading
from concurrent.futures import CancelledError, Future
from contextlib import ExitStack, suppress
from types import TracebackType
from typing import Final, Generic, Self, TypeVar

from znp_panel_sync.errors import ConfigurationError, KernelUsageError
from znp_panel_sync.kernel import AsyncKernel, Kernel, Timing
from znp_panel_sync.streams._async import AsyncEventStream, AsyncStatusStream, AsyncStream
from znp_panel_sync.streams._items import EventItem, Gap, StatusItem
from znp_panel_sync.streams._parameters import (
    DEFAULT_EVENT_SILENCE,
    DEFAULT_INTERVAL,
    MAX_EVENT_BYTES,
    Mode,
    Transport,
    Words,
)

T = TypeVar("T")

_JOIN_SECONDS: Final = 5.0


class BlockingStream(Generic[T]):
    """What both streams have in common: a thread with an event loop, started by the first item that is asked for.

    Iterate in one thread. `close()`, or the end of `with`, may come from any thread, and twice.
    """

    def __init__(self, kernel: AsyncKernel, stream: AsyncStream[T]) -> None:
        self._kernel = kernel
        self._stream = stream
        self._pid = os.getpid()
        self._lock = threading.Lock()  # protects the two below: one may close while another asks for the first item
        self._is_closed = False
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop
        self._has_ended = False
        self._waiting: Future[T | Gap | None] | None = None
        self._stopping = asyncio.Event()

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> T | Gap:
        if not self._start():
            raise StopIteration
        item = self._answer(self._waiting or self._ask())
        if item is None:
            raise StopIteration
        return item

    def _answer(self, waiting: "Future[T | Gap | None]") -> T | Gap | None:
        """Wait for an answer; when Ctrl-C interrupts that, the answer is kept for the next call."""
        try:
            return waiting.result()
        except CancelledError:
            return None
        finally:
            self._waiting = None if waiting.done() else waiting

    def close(self) -> None:
        """End the stream at once and its thread with it; whoever waits for an item sees the end."""
        if os.getpid() != self._pid:
            return
        with self._lock:
            self._is_closed = True
            thread, self._thread = self._thread, None
        if thread is not None:
            self._loop.call_soon_threadsafe(self._stopping.set)
            thread.join(_JOIN_SECONDS)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _start(self) -> bool:
        """Make sure that the thread runs; False when the stream is closed."""
        if os.getpid() != self._pid:
            problem = "the stream was made before fork(): make a new one in the child"
            raise KernelUsageError(problem, kernel=self._kernel.control.base_url)
        with self._lock:
            if self._thread is None and not self._is_closed:
                runner = asyncio.Runner(loop_factory=asyncio.new_event_loop)
                self._loop = runner.get_loop()  # made here, so that whoever asks sees what keeps it from being made
                self._thread = threading.Thread(target=self._run, args=(runner,), name="kernel-stream", daemon=True)
                self._thread.start()
            return not self._is_closed

    def _ask(self) -> "Future[T | Gap | None]":
        """Let the loop take an item; the future is cancelled when the loop ends before it could."""
        waiting: Future[T | Gap | None] = Future()
        self._waiting = waiting
        with suppress(RuntimeError):  # the loop is closed
            self._loop.call_soon_threadsafe(self._begin_taking, waiting)
        if self._has_ended:
            waiting.cancel()
        return waiting

    def _begin_taking(self, waiting: "Future[T | Gap | None]") -> None:
        self._taking = asyncio.create_task(self._take(waiting))

    async def _take(self, waiting: "Future[T | Gap | None]") -> None:
        try:
            waiting.set_result(await anext(self._stream, None))
        except Exception as error:
            waiting.set_exception(error)

    def _run(self, runner: asyncio.Runner) -> None:
        with ExitStack() as at_the_end:
            at_the_end.callback(self._refuse_waiting)
            at_the_end.enter_context(runner).run(self._serve())

    def _refuse_waiting(self) -> None:
        self._has_ended = True
        waiting = self._waiting
        if waiting is not None:
            waiting.cancel()

    async def _serve(self) -> None:
        async with self._kernel, self._stream:
            await self._stopping.wait()


class StatusStream(BlockingStream[StatusItem]):
    """The kernel's status as it changes: iterating gives a `StatusUpdate` for each frame, without end.

    Arguments, items and errors are those of `AsyncStatusStream`. It reads in a thread of its own, over a connection of
    its own to where `kernel` is.
    """

    def __init__(
        self,
        kernel: Kernel,
        *,
        interval: int = DEFAULT_INTERVAL,
        mode: Mode = "full",
        events: Words | None = None,
        include: Words | None = None,
        redact_users: bool | None = None,
        rate_limit_summary: bool | None = None,
        transport: Transport = "sse",
        newest_only: bool = False,
        retry_refused: bool = False,
        max_snapshot_bytes: int | None = None,
        timing: Timing | None = None,
    ) -> None:
        own = _awaited(kernel)
        stream = AsyncStatusStream(
            own,
            interval=interval,
            mode=mode,
            events=events,
            include=include,
            redact_users=redact_users,
            rate_limit_summary=rate_limit_summary,
            transport=transport,
            newest_only=newest_only,
            retry_refused=retry_refused,
            max_snapshot_bytes=max_snapshot_bytes,
            timing=timing,
        )
        super().__init__(own, stream)


class EventStream(BlockingStream[EventItem]):
    """The kernel's events as they happen: iterating gives a `StreamedEvent` for each, once, without end.

    Arguments, items and errors are those of `AsyncEventStream`. It reads in a thread of its own, over a connection of
    its own to where `kernel` is.
    """

    def __init__(
        self,
        kernel: Kernel,
        *,
        events: Words | None = None,
        transport: Transport = "sse",
        idle_timeout: float | None = DEFAULT_EVENT_SILENCE,
        retry_refused: bool = False,
        max_event_bytes: int = MAX_EVENT_BYTES,
        timing: Timing | None = None,
    ) -> None:
        own = _awaited(kernel)
        stream = AsyncEventStream(
            own,
            events=events,
            transport=transport,
            idle_timeout=idle_timeout,
            retry_refused=retry_refused,
            max_event_bytes=max_event_bytes,
            timing=timing,
        )
        super().__init__(own, stream)


def _awaited(kernel: Kernel) -> AsyncKernel:
    """Return the same kernel for an event loop, over connections of its own."""
    if not isinstance(kernel, Kernel):
        raise ConfigurationError("kernel", f"must be a Kernel, not {type(kernel).__name__}")
    if kernel.has_given_transport():
        raise ConfigurationError("kernel", "must use connections of its own, not a transport that was given")
    limits = kernel.options
    return AsyncKernel(kernel.control).with_options(timeout=limits.timeout, max_body_bytes=limits.max_body_bytes)

"""Handing recorded events to the panel's handlers: in order, again after a failure, and at last to the dead letters."""

import asyncio
import contextvars
import inspect
import logging
import random
import time
from collections import deque
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, Self, TypeVar

from znp_panel_sync.errors import ConfigurationError
from znp_panel_sync.events.handlers import EventHandlers
from znp_panel_sync.events.ledger import EventQueue, StoredEvent
from znp_panel_sync.events.periodic import STOP_SECONDS, AsyncPeriodic, Periodic, was_cancelled
from znp_panel_sync.polling.backoff import Backoff

if TYPE_CHECKING:
    from znp_panel_sync.cluster.ownership import Ownership

RETRY_BACKOFF: Final = Backoff(1.0, multiplier=3.0, jitter=0.2, maximum=3600.0)
"""How long after a failure a handler is called again: 3 s, 9 s, 27 s … 1 h."""

MAX_ATTEMPTS: Final = 10
"""Failures after which an event becomes a dead letter: with the default backoff, after some 3.5 hours."""

LEASE_SECONDS: Final = 60.0
"""How long a handler may take before its event is given to somebody else."""

POLL_SECONDS: Final = 1.0
"""How long an event waits at most until its handler is called."""

BATCH: Final = 100
"""Events that are claimed at once."""

_FAULTS: Final = (Exception, asyncio.CancelledError)
"""What is a handler's fault: whatever it raises, a cancellation of what it waited for as well."""

_logger: Final = logging.getLogger("znp_panel_sync.events")

T = TypeVar("T")


class _Batch:
    """Events in hand: each lane has its turn, so that a long one does not hold up the others. No I/O."""

    def __init__(self) -> None:
        self._waiting = deque[StoredEvent]()
        self._left: list[StoredEvent] = []
        self._begun = 0

    @property
    def rest(self) -> list[StoredEvent]:
        """The events for which no handler was called."""
        return [*self._left, *self._waiting]

    def add(self, *events: StoredEvent) -> None:
        """Take events in hand."""
        self._waiting.extend(events)

    def next(self, may_begin: Callable[[StoredEvent], bool]) -> StoredEvent | None:
        """Return the event whose turn it is; None where the batch is over, and it is time to look for other lanes."""
        while self._waiting and self._begun < BATCH:
            event = self._waiting.popleft()
            if may_begin(event):
                self._begun += 1
                return event
            self._left.append(event)
        return None


class _Dispatcher:
    """What the blocking and the async dispatcher share: options, and what follows from a handler's end."""

    def __init__(
        self,
        queue: EventQueue,
        handlers: EventHandlers,
        *,
        backoff: Backoff = RETRY_BACKOFF,
        max_attempts: int = MAX_ATTEMPTS,
        lease_seconds: float = LEASE_SECONDS,
        poll_seconds: float = POLL_SECONDS,
        cluster: "Ownership | None" = None,
        clock: Callable[[], float] = time.time,
        random_source: random.Random | None = None,
    ) -> None:
        if max_attempts < 1:
            raise ConfigurationError("max_attempts", f"must be at least 1, not {max_attempts}")
        if not lease_seconds > 0:
            raise ConfigurationError("lease_seconds", f"must be above 0, not {lease_seconds}")
        self._queue = queue
        self._handlers = handlers
        self._backoff = backoff
        self._max_attempts = max_attempts
        self._lease_ms = int(lease_seconds * 1000)
        self._poll_seconds = poll_seconds
        self._cluster = cluster
        self._clock = clock
        self._random = random_source or random.Random()  # noqa: S311 - it spreads retries, and guards nothing

    def _fill(self, batch: _Batch) -> bool:
        """Claim events that are due and ours, for so long that each handler may take a whole lease; tell of any."""
        wanted = None if self._cluster is None else self._owns
        claimed = self._queue.claim(self._now_ms(), lease_ms=2 * self._lease_ms, limit=BATCH, wanted=wanted)
        batch.add(*claimed)
        return bool(claimed)

    def _may_begin(self, event: StoredEvent) -> bool:
        """Tell whether an event's lane is still ours, and its claim long enough for a handler."""
        return self._owns(event.lane) and event.due_at_ms - self._now_ms() >= self._lease_ms

    def _owns(self, lane: str) -> bool:
        return self._cluster is None or self._cluster.owns(f"lane:{lane}")

    def _note(self, batch: _Batch, event: StoredEvent, error: BaseException | None) -> None:
        """Note in the queue how a handler ended; after a success, the next event of its lane joins the batch."""
        if error is None:
            following = self._queue.settle(event, self._now_ms(), lease_ms=2 * self._lease_ms)
            batch.add(*([following] if following else []))
            return
        failures, shown = event.attempts + 1, f"{type(error).__name__}: {error}"
        _logger.warning("the handler of event %d (%s) failed: %s", event.number, event.event, type(error).__name__)
        if failures >= self._max_attempts:
            self._queue.bury(event, error=shown)
            return
        delay = self._backoff.delay(failures, self._random.uniform(-1, 1))
        self._queue.postpone(event, error=shown, until_ms=self._now_ms() + int(delay * 1000))

    def _release(self, batch: _Batch) -> None:
        """Give back what is left of a batch."""
        if batch.rest:
            self._queue.release(batch.rest)

    def _now_ms(self) -> int:
        return int(self._clock() * 1000)


class EventDispatcher(_Dispatcher):
    """Calls the panel's handlers for the events in a ledger's queue, in a thread of its own or when asked.

    Events of one lane (a node, a subscription, a source of traffic) are handled one after the other in the order of
    their arrival. A handler that raises is called again after `backoff`, while later events of its lane wait; after
    `max_attempts` failures the event is a dead letter, and its lane goes on. A handler has to end within
    `lease_seconds`, or another process may handle its event too; events in the hands of a process that dies are handled
    by others after at most twice that time. `poll_seconds` is the time between looks into the queue. Any number of
    processes may dispatch from one ledger. `clock` returns epoch seconds.

    With a `cluster`, each lane is one replica's at a time: its first tries and its retries are made there. This takes
    part in it from `start` to `stop`; `run_due` by itself handles what the cluster, started elsewhere, says is ours.

    Handlers are plain functions here: `AsyncEventDispatcher` takes coroutine functions as well. Raises
    `ConfigurationError` for those, for `max_attempts` below 1 and for a lease without length.
    """

    def __init__(self, queue: EventQueue, handlers: EventHandlers, **options: Any) -> None:
        super().__init__(queue, handlers, **options)
        if handlers.any_coroutine():
            raise ConfigurationError("handlers", "must be plain functions: AsyncEventDispatcher awaits coroutines")
        self._periodic = Periodic(self._drain_until_stopped, self._poll_seconds, "znp-events", cluster=self._cluster)

    def run_due(self) -> int:
        """Handle all events that are due now; return how many handlers were called."""
        return self._drain(lambda: True)

    def start(self) -> None:
        """Handle events in a thread from now on; does nothing while it runs."""
        self._periodic.start()

    def stop(self, timeout: float = STOP_SECONDS) -> None:
        """End the thread after the handler that runs now; wait at most `timeout` seconds."""
        self._periodic.stop(timeout)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: TracebackType | None) -> None:
        self.stop()

    def _drain_until_stopped(self) -> None:
        self._drain(lambda: not self._periodic.stopping)

    def _drain(self, may_go_on: Callable[[], bool]) -> int:
        called = 0
        while may_go_on() and self._fill(batch := _Batch()):
            try:
                while may_go_on() and (event := batch.next(self._may_begin)):
                    self._note(batch, event, self._call(event))
                    called += 1
            finally:
                self._release(batch)
        return called

    def _call(self, event: StoredEvent) -> BaseException | None:
        try:
            if (result := self._handlers.call(event)) is not None:
                _close(result)
                return TypeError("the handler returned what has to be awaited: AsyncEventDispatcher does that")
        except _FAULTS as error:
            return error
        return None


class AsyncEventDispatcher(_Dispatcher):
    """`EventDispatcher` as a task of the event loop.

    Coroutine functions are awaited, plain ones run in a thread, as the ledger does. `stop` cancels the coroutine that
    runs now, whose event is handled again, and waits at most ten seconds for a plain function.
    """

    def __init__(self, queue: EventQueue, handlers: EventHandlers, **options: Any) -> None:
        super().__init__(queue, handlers, **options)
        self._periodic = AsyncPeriodic(
            self._drain_until_stopped, self._poll_seconds, "znp-events", cluster=self._cluster
        )

    async def run_due(self) -> int:
        """Handle all events that are due now; return how many handlers were called."""
        return await self._drain(lambda: True)

    async def start(self) -> None:
        """Handle events in a task from now on; does nothing while it runs."""
        self._periodic.start()

    async def stop(self) -> None:
        """Cancel the task and wait for its end."""
        await self._periodic.stop()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: object, trace: TracebackType | None) -> None:
        await self.stop()

    async def _drain_until_stopped(self) -> None:
        await self._drain(lambda: not self._periodic.stopping)

    async def _drain(self, may_go_on: Callable[[], bool]) -> int:
        called, found = 0, True
        while found and may_go_on():
            batch = _Batch()
            try:
                found = await _in_thread(self._fill, batch)
                while may_go_on() and (event := batch.next(self._may_begin)):
                    await self._handle(batch, event)
                    called += 1
            finally:
                await _in_thread(self._release, batch)
        return called

    async def _handle(self, batch: _Batch, event: StoredEvent) -> None:
        awaitable = await _in_thread(self._begin, batch, event)
        if awaitable is None:
            return
        error: BaseException | None = None
        try:
            await awaitable
        except _FAULTS as fault:
            if was_cancelled():
                batch.add(event)
                raise
            error = fault
        await _in_thread(self._note, batch, event, error)

    def _begin(self, batch: _Batch, event: StoredEvent) -> Awaitable[None] | None:
        """Call a handler; return what is to be awaited, or None after its end was noted."""
        error: BaseException | None = None
        try:
            if (awaitable := self._handlers.call(event)) is not None:
                return awaitable
        except _FAULTS as fault:
            error = fault
        self._note(batch, event, error)
        return None


async def _in_thread(function: Callable[..., T], *arguments: object) -> T:
    """Run a function in a thread, and wait for its end even if cancelled: it has events in its hands."""
    in_context = contextvars.copy_context().run
    work: asyncio.Future[T] = asyncio.get_running_loop().run_in_executor(None, in_context, function, *arguments)
    try:
        return await asyncio.shield(work)
    except asyncio.CancelledError:
        work.add_done_callback(_drop)
        await asyncio.wait([work], timeout=STOP_SECONDS)
        raise


def _drop(work: "asyncio.Future[T]") -> None:
    """Take the outcome that nobody waits for."""
    if work.exception() is None:
        _close(work.result())


def _close(result: object) -> None:
    """Close a coroutine that is never awaited."""
    if inspect.iscoroutine(result):
        result.close()

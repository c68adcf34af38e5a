"""Handing recorded events to the panel's handlers: in order, again after a failure, and at last to the dead letters."""

import asyncio
import logging
import random
import time
from collections.abc import Callable
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, Self

from znp_panel_sync.errors import ConfigurationError
from znp_panel_sync.events.handlers import EventHandlers
from znp_panel_sync.events.ledger import EventQueue, StoredEvent
from znp_panel_sync.events.periodic import STOP_SECONDS, AsyncPeriodic, Periodic
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

_logger: Final = logging.getLogger("znp_panel_sync.events")


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

    def _claim(self) -> tuple[list[StoredEvent], int]:
        """Return the events that are due and ours, and until when they are."""
        now_ms = self._now_ms()
        wanted = None if self._cluster is None else self._owns
        events = self._queue.claim(now_ms, lease_ms=self._lease_ms, limit=BATCH, wanted=wanted)
        return list(events), now_ms + self._lease_ms

    def _owns(self, lane: str) -> bool:
        return self._cluster is None or self._cluster.owns(f"lane:{lane}")

    def _note(self, event: StoredEvent, error: Exception | None) -> None:
        """Note in the queue how a handler ended."""
        if error is None:
            self._queue.settle(event)
            return
        failures, shown = event.attempts + 1, f"{type(error).__name__}: {error}"
        _logger.warning("the handler of event %d (%s) failed: %s", event.number, event.event, type(error).__name__)
        if failures >= self._max_attempts:
            self._queue.bury(event, error=shown)
            return
        delay = self._backoff.delay(failures, self._random.uniform(-1, 1))
        self._queue.postpone(event, error=shown, until_ms=self._now_ms() + int(delay * 1000))

    def _now_ms(self) -> int:
        return int(self._clock() * 1000)


class EventDispatcher(_Dispatcher):
    """Calls the panel's handlers for the events in a ledger's queue, in a thread of its own or when asked.

    Events of one lane (a node, a subscription, a source of traffic) are handled one after the other in the order of
    their arrival. A handler that raises is called again after `backoff`, while later events of its lane wait; after
    `max_attempts` failures the event is a dead letter, and its lane goes on. A handler has to end within
    `lease_seconds`, or another process may handle its event too. `poll_seconds` is the time between looks into the
    queue. Any number of processes may dispatch from one ledger. `clock` returns epoch seconds.

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
        while may_go_on():
            events, until_ms = self._claim()
            if not events:
                break
            for event in events:
                if not may_go_on() or self._now_ms() >= until_ms:
                    break
                if self._owns(event.lane):
                    self._note(event, self._call(event))
                    called += 1
        return called

    def _call(self, event: StoredEvent) -> Exception | None:
        try:
            self._handlers.call(event)
        except Exception as error:  # any fault of a handler is this event's alone
            return error
        return None


class AsyncEventDispatcher(_Dispatcher):
    """`EventDispatcher` as a task of the event loop.

    Coroutine functions are awaited, plain ones run in a thread, as the ledger does. `stop` cancels the handler that
    runs now; its event is handled again when its lease is over.
    """

    def __init__(self, queue: EventQueue, handlers: EventHandlers, **options: Any) -> None:
        super().__init__(queue, handlers, **options)
        self._periodic = AsyncPeriodic(self.run_due, self._poll_seconds, "znp-events", cluster=self._cluster)

    async def run_due(self) -> int:
        """Handle all events that are due now; return how many handlers were called."""
        called = 0
        while True:
            events, until_ms = await asyncio.to_thread(self._claim)
            if not events:
                return called
            for event in events:
                if self._now_ms() >= until_ms:
                    break
                if self._owns(event.lane):
                    await asyncio.to_thread(self._note, event, await self._call(event))
                    called += 1

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

    async def _call(self, event: StoredEvent) -> Exception | None:
        try:
            awaitable = await asyncio.to_thread(self._handlers.call, event)
            if awaitable is not None:
                await awaitable
        except Exception as error:  # any fault of a handler is this event's alone
            return error
        return None

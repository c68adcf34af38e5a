"""Delivery of callbacks, as a kernel does it: again and again until they are taken, and not always in order."""

import asyncio
import contextlib
import heapq
import json
import random
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from threading import Condition
from typing import Any, Final

from attrs import evolve, field, frozen

from znp_panel_sync.testing._kernel.clock import Clock
from znp_panel_sync.testing._kernel.events import CallbackRegistration, KernelEvent
from znp_panel_sync.testing._post import PostError, check_loopback, post

TOKEN_HEADER: Final = "X-ZNP-Webhook-Token"  # noqa: S105 - a header's name
KEPT_ATTEMPTS: Final = 10_000


@frozen
class Delivery:
    """A document on its way to a callback; `number` counts the attempts, from 1."""

    url: str
    document: Mapping[str, Any]
    secret: str | None = field(default=None, repr=False)
    number: int = 1


@frozen
class DeliveryAttempt:
    """What came of one attempt: the receiver's status, or the error where it did not answer."""

    delivery: Delivery
    status: int | None = None
    error: str | None = None

    @property
    def succeeded(self) -> bool:
        """Tell whether the receiver took the document."""
        return self.status is not None and 200 <= self.status < 300


@frozen(order=True)
class _Waiting:
    """A delivery that is not due before `due` (monotonic); `order` keeps those in order that are due together."""

    due: float
    order: int
    delivery: Delivery = field(order=False)


class CallbackDelivery:
    """Posts documents to callbacks while the simulator runs; what is under way when it stops is sent again later.

    A document is sent up to `attempts` times, until the answer is 2xx; the pause after the n-th failure is
    `first_delay` · 2^(n-1) seconds, at most `max_delay`. One attempt takes at most `timeout` seconds. Documents are
    sent in order, but one that failed is overtaken by those after it. `concurrency` is how many are sent at the same
    time; a change counts from the next start of the simulator. Only callbacks on this machine are called, so that no
    test reaches out to the world; `anywhere` lifts that.

    `lose`, `duplicate` and `reorder` are the shares (0 to 1) of documents that are never sent, sent twice, and held
    back for up to `spread` seconds.
    """

    def __init__(self, clock: Clock, randomness: random.Random) -> None:
        self.attempts = 8
        self.first_delay = 0.1
        self.max_delay = 5.0
        self.timeout = 5.0
        self.concurrency = 1
        self.anywhere = False
        self.lose = 0.0
        self.duplicate = 0.0
        self.reorder = 0.0
        self.spread = 0.2
        self._clock = clock
        self._random = randomness
        self._changed = Condition()  # protects all that follows
        self._waiting: list[_Waiting] = []
        self._queued = 0
        self._in_flight = 0
        self._log: deque[DeliveryAttempt] = deque(maxlen=KEPT_ATTEMPTS)
        self._abandoned: list[Delivery] = []
        self._wake_senders: Callable[[], object] = _nobody_to_wake

    @property
    def log(self) -> tuple[DeliveryAttempt, ...]:
        """The newest attempts, oldest first."""
        with self._changed:
            return tuple(self._log)

    @property
    def abandoned(self) -> tuple[Delivery, ...]:
        """What was not taken in any attempt."""
        with self._changed:
            return tuple(self._abandoned)

    def announce(self, event: KernelEvent, registrations: Iterable[CallbackRegistration]) -> None:
        """Send an event to every callback that is registered for it."""
        for registration in registrations:
            if registration.event == event.name:
                self.send(Delivery(registration.callback, event.callback_body(), registration.secret))

    def send(self, delivery: Delivery) -> None:
        """Send a document, unless it is to be lost."""
        if self._random.random() < self.lose:
            return
        copies = 2 if self._random.random() < self.duplicate else 1
        for _ in range(copies):
            held_back = self._random.random() < self.reorder
            self._enqueue(delivery, self._random.uniform(0, self.spread) if held_back else 0.0)

    def wait_until_idle(self, timeout: float = 10.0) -> None:
        """Wait until everything is sent or abandoned; raises `TimeoutError` after `timeout` seconds."""
        with self._changed:
            if not self._changed.wait_for(self._is_idle, timeout):
                raise TimeoutError(f"{len(self._waiting) + self._in_flight} callbacks are still to be delivered")

    def forget(self) -> None:
        """Drop what waits to be sent."""
        with self._changed:
            self._waiting.clear()
            self._changed.notify_all()

    def wake(self) -> None:
        """Look again at what is due, as after a change of the clock."""
        with self._changed:
            self._wake_senders()

    async def run(self) -> None:
        """Send what is due, until cancelled."""
        loop, changed = asyncio.get_running_loop(), asyncio.Event()
        with self._changed:
            self._wake_senders = lambda: loop.call_soon_threadsafe(changed.set)
        try:
            await asyncio.gather(*(self._send_due(changed) for _ in range(self.concurrency)))
        finally:
            with self._changed:
                self._wake_senders = _nobody_to_wake

    async def _send_due(self, changed: asyncio.Event) -> None:
        while True:
            changed.clear()
            delivery = self._take()
            if delivery is None:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(changed.wait(), self._pause())
            else:
                await self._attempt(delivery)

    async def _attempt(self, delivery: Delivery) -> None:
        attempt = None
        try:
            attempt = await self._post(delivery)
        finally:
            self._finish(delivery, attempt)

    async def _post(self, delivery: Delivery) -> DeliveryAttempt:
        headers = {"Content-Type": "application/json"}
        if delivery.secret is not None:
            headers[TOKEN_HEADER] = delivery.secret
        try:
            if not self.anywhere:
                check_loopback(delivery.url)
            status = await post(delivery.url, headers, json.dumps(delivery.document).encode(), self.timeout)
        except PostError as error:
            return DeliveryAttempt(delivery, error=str(error))
        return DeliveryAttempt(delivery, status)

    def _finish(self, delivery: Delivery, attempt: DeliveryAttempt | None) -> None:
        """Note what came of an attempt; None where it was broken off, which does not count."""
        with self._changed:
            self._in_flight -= 1
            if attempt is None:
                self._enqueue(delivery, 0.0)
            else:
                self._log.append(attempt)
                self._go_on(attempt)
            self._changed.notify_all()

    def _go_on(self, attempt: DeliveryAttempt) -> None:
        delivery = attempt.delivery
        if attempt.succeeded:
            return
        if delivery.number >= self.attempts:
            self._abandoned.append(delivery)
            return
        pause = min(self.first_delay * 2 ** min(delivery.number - 1, 30), self.max_delay)
        self._enqueue(evolve(delivery, number=delivery.number + 1), pause)

    def _enqueue(self, delivery: Delivery, pause: float) -> None:
        with self._changed:
            self._queued += 1
            heapq.heappush(self._waiting, _Waiting(self._clock.monotonic() + pause, self._queued, delivery))
            self._wake_senders()

    def _take(self) -> Delivery | None:
        with self._changed:
            if not self._waiting or self._waiting[0].due > self._clock.monotonic():
                return None
            self._in_flight += 1
            return heapq.heappop(self._waiting).delivery

    def _pause(self) -> float | None:
        with self._changed:
            return max(0.0, self._waiting[0].due - self._clock.monotonic()) if self._waiting else None

    def _is_idle(self) -> bool:
        return not self._waiting and not self._in_flight


def _nobody_to_wake() -> None:
    """Stand for the senders while there are none."""

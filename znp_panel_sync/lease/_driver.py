"""Carries out what a lease's state machine decides, on one event loop."""

import asyncio
import contextlib
import logging
import os
from collections.abc import Callable, Iterable, Sequence
from typing import Final

from znp_panel_sync.lease._health import Condition, FailureCount, HealthProbe
from znp_panel_sync.lease._listeners import Mailbox, journal
from znp_panel_sync.lease._machine import (
    Abandon,
    Action,
    Failure,
    LeaseMachine,
    LeaseTransition,
    Request,
    Send,
    Trouble,
)
from znp_panel_sync.lease._requests import LeaseRequests, failure_of
from znp_panel_sync.lease._states import LeaseState, Signal
from znp_panel_sync.lease._terms import LeaseTimings

_ALARMING: Final = frozenset({LeaseState.SUSPENDED, LeaseState.LOST, LeaseState.FAILED})
_CANCELLED: Final = Failure(Signal.UNREACHABLE, "the request was cancelled")
_SETTLED: Final = frozenset({LeaseState.REGISTERED, LeaseState.FAILED, LeaseState.STOPPED})


class LeaseDriver:
    """One life of a lease, from `start` to the end of its sign-off.

    Everything is called on the event loop on which the driver was made, but for `now`, `state` and `is_over`, which any
    thread may ask. `mailboxes` returns those of the moment, `ended` is called when nothing more will be sent. The
    machine may serve another life then, and is not touched any more.
    """

    def __init__(
        self,
        machine: LeaseMachine,
        requests: LeaseRequests,
        *,
        timings: LeaseTimings,
        probe: HealthProbe | None,
        count: FailureCount,
        mailboxes: Callable[[], Iterable[Mailbox[LeaseTransition]]],
        ended: Callable[[], None],
    ) -> None:
        self.loop = asyncio.get_running_loop()
        self._machine = machine
        self._requests = requests
        self._timings = timings
        self._probe = probe
        self._count = count
        self._mailboxes = mailboxes
        self._report_end = ended
        self._pid = os.getpid()
        self._timer: asyncio.TimerHandle | None = None
        self._tasks: dict[int, asyncio.Task[None]] = {}
        self._waiters: list[tuple[frozenset[LeaseState], asyncio.Future[None]]] = []
        self._over: asyncio.Future[bool] = self.loop.create_future()
        """Done when nothing is under way any more; tells whether the kernel has confirmed the sign-off."""
        self._last: LeaseTransition | None = None
        """The step to `stopped`, which is announced when the lease is over, so that whoever hears of it may start."""
        self._guardian = self.loop.create_task(self._sign_off_when_cancelled())

    def now(self) -> float:
        """Return the time by the loop's monotonic clock."""
        return self.loop.time()

    @property
    def state(self) -> LeaseState:
        """Where the lease stands: `stopped` when it is over, and not before."""
        if self.is_over:
            return LeaseState.STOPPED
        state = self._machine.snapshot.state_at(self.now())
        return LeaseState.STOPPING if state is LeaseState.STOPPED else state

    @property
    def is_over(self) -> bool:
        """Tell whether the lease has ended and nothing is under way."""
        return self._over.done()

    def start(self) -> None:
        """Begin to register."""
        self._carry_out(self._machine.start(self.now()))

    def request_stop(self, deadline: float) -> None:
        """Begin to sign off, and give up when the time is `deadline`. Ends a lease that has not been started, too."""
        if not self.is_over:
            now = self.now()
            self._carry_out(self._machine.stop(now, deadline - now))

    def report(self, condition: Condition) -> None:
        """Take the health that the user reports."""
        if not self.is_over:
            self._carry_out(self._machine.report(self.now(), condition.health, condition.message))

    async def ended(self, patience: float, skipped: Iterable[Mailbox[LeaseTransition]] = ()) -> bool:
        """Wait for the end; then, up to `patience` in all, for log lines and the listeners that are not `skipped`.

        Tell whether the kernel has confirmed the sign-off.
        """
        deadline = self.now() + patience
        await asyncio.wait({self._over})
        waiting = [mailbox.idle() for mailbox in self._mailboxes() if mailbox not in skipped]
        await asyncio.wait([*waiting, journal.idle()], timeout=max(0.0, deadline - self.now()))
        return self._over.result()

    async def sign_off(self) -> bool:
        """Stop within the agent's own limit; tell whether the kernel has confirmed the sign-off."""
        limit = self._timings.stop_timeout
        self.request_stop(self.now() + limit)
        return await self.ended(limit)

    async def settled(self, timeout: float) -> bool:
        """Wait until it is known how the first registration ended; tell whether it succeeded."""
        await self._wait_for(_SETTLED, timeout)
        return self._machine.state is LeaseState.REGISTERED

    async def over(self, timeout: float | None) -> bool:
        """Wait until the lease has ended (None: for ever); tell whether it has."""
        await asyncio.wait({self._over}, timeout=timeout)
        return self._over.done()

    async def _wait_for(self, states: frozenset[LeaseState], timeout: float) -> None:
        if self._machine.state in states:
            return
        waiter = states, self.loop.create_future()
        self._waiters.append(waiter)
        await asyncio.wait({waiter[1]}, timeout=timeout)
        with contextlib.suppress(ValueError):  # it was reached
            self._waiters.remove(waiter)

    def _carry_out(self, actions: Sequence[Action]) -> None:
        for action in actions:
            if isinstance(action, Send):
                self._begin(action)
            elif isinstance(action, Abandon):
                self._tasks[action.token].cancel()
            elif isinstance(action, Trouble):
                self._log(logging.WARNING, "%s: %s", action.state, action.reason)
            elif action.state is LeaseState.STOPPED:
                self._last = action
            else:
                self._announce(action)
        self._set_timer()
        if self._machine.state is LeaseState.STOPPED:
            self._end_when_quiet()

    # Time

    def _set_timer(self) -> None:
        wake_at = self._machine.wake_at
        if self._timer is not None and self._timer.when() == wake_at:
            return
        if self._timer is not None:
            self._timer.cancel()
        self._timer = None if wake_at is None else self.loop.call_at(wake_at, self._tick)

    def _tick(self) -> None:
        self._timer = None
        if os.getpid() == self._pid:  # a child that runs on with its parent's event loop must not beat
            self._carry_out(self._machine.tick(self.now()))

    # Requests

    def _begin(self, send: Send) -> None:
        task = self.loop.create_task(self._perform(send))
        self._tasks[send.token] = task
        task.add_done_callback(lambda _: self._forget(send.token))

    def _forget(self, token: int) -> None:
        """Drop a request that is over; one that was cancelled from outside, with the whole program, has failed."""
        del self._tasks[token]
        self._carry_out(self._machine.failed(self.now(), token, _CANCELLED))

    async def _perform(self, send: Send) -> None:
        try:
            grant = await self._requests.send(send, await self._condition(send))
        except Exception as error:
            self._carry_out(self._machine.failed(self.now(), send.token, failure_of(error, send.request)))
        else:
            self._carry_out(self._machine.answered(self.now(), send.token, grant))

    async def _condition(self, send: Send) -> Condition:
        if self._probe is None or send.request is not Request.BEAT:
            return Condition(send.health, send.message)
        return self._count.apply(await self._probe.read(min(self._timings.health_timeout, send.timeout)))

    # Telling others

    def _announce(self, transition: LeaseTransition) -> None:
        level = logging.WARNING if transition.state in _ALARMING else logging.INFO
        self._log(level, "%s -> %s: %s", transition.previous, transition.state, transition.reason)
        for mailbox in self._mailboxes():
            mailbox.put(transition)
        for states, future in self._waiters:
            if transition.state in states and not future.done():
                future.set_result(None)

    def _log(self, level: int, text: str, *arguments: object) -> None:
        journal.write(level, f"node %s: {text}", self._requests.registration.id, *arguments)

    def _end_when_quiet(self) -> None:
        if self._tasks or self._over.done():
            return
        if self._probe is not None:
            self._probe.cancel()
        self._over.set_result(self._machine.signed_off)
        self._report_end()
        if self._last is not None:
            self._announce(self._last)

    async def _sign_off_when_cancelled(self) -> None:
        """Sign off where the program ends without `stop()`: `asyncio.run` cancels what is left, and waits for it."""
        try:
            await asyncio.wait({self._over})
        except asyncio.CancelledError:
            await self.sign_off()
            raise

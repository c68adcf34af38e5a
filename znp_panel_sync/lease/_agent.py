"""`AsyncNodeAgent`, and what it shares with `NodeAgent`."""

import asyncio
import contextlib
import os
import random as random_module
import time
from collections.abc import Callable, Coroutine
from types import TracebackType
from typing import Any, Final, Literal, Self

from attrs import field, frozen

from znp_kernel_client.models.protocol_registration_request import ProtocolRegistrationRequest
from znp_panel_sync.errors import ConfigurationError
from znp_panel_sync.health import Health, HealthReport
from znp_panel_sync.kernel import AsyncKernel
from znp_panel_sync.lease._driver import LeaseDriver
from znp_panel_sync.lease._errors import ForkedAgentError, LeaseError
from znp_panel_sync.lease._health import (
    AsyncHealthCheck,
    Condition,
    FailureCount,
    HealthCheck,
    HealthProbe,
    read_condition,
)
from znp_panel_sync.lease._listeners import AsyncListener, Listener, Mailbox, new_mailbox
from znp_panel_sync.lease._machine import LeaseMachine, LeaseTransition
from znp_panel_sync.lease._requests import LeaseRequests
from znp_panel_sync.lease._states import LeaseState
from znp_panel_sync.lease._terms import LeaseTimings, Random, check_seconds
from znp_panel_sync.lease._thread import GRACE_SECONDS

OnFork = Literal["raise", "restart"]

_LOOK_AGAIN_SECONDS: Final = 0.5
"""How often whoever waits for another event loop looks whether that loop is still there."""


@frozen(kw_only=True)
class AgentCounters:
    """What an agent has done since it was made, and how its lease stands at this moment."""

    state: LeaseState
    beats_sent: int
    beats_failed: int
    registrations: int
    """Registrations that the kernel has acknowledged."""
    times_lost: int
    conflicts: int
    """How often somebody else seemed to hold the node's id: the kernel said so (409), or forgot the node repeatedly."""
    last_error: str | None
    """Why a request last failed; None: none has."""
    seconds_since_acknowledged: float | None
    """Age of the last registration or heartbeat that the kernel acknowledged; None: there was none."""
    seconds_left: float | None
    """Until the lease runs out unless a heartbeat is acknowledged; None: no lease is held, or it never ends."""
    transitions_dropped: int
    """Transitions that a listener did not get, because a thousand of them were waiting for it to return."""


@frozen(kw_only=True)
class AgentOptions:
    """What an agent was made with."""

    registration: ProtocolRegistrationRequest
    health_check: HealthCheck | AsyncHealthCheck | None
    timings: LeaseTimings
    on_fork: OnFork
    random: Random = field(repr=False)
    wall_clock: Callable[[], float] = field(repr=False)

    def __attrs_post_init__(self) -> None:
        if not self.registration.id.strip():
            raise ConfigurationError("registration.id", "must not be empty")
        if self.on_fork not in ("raise", "restart"):
            raise ConfigurationError("on_fork", f"must be 'raise' or 'restart', not {self.on_fork!r}")

    def new_machine(self) -> LeaseMachine:
        """Return a lease that has not begun."""
        ttl = self.registration.ttl_seconds
        requested = float(ttl) if isinstance(ttl, int) and ttl > 0 else None
        return LeaseMachine(self.timings, self.random, requested)


class AgentBase:
    """What both agents can do from any thread, without waiting.

    The machine is left to the event loop; other threads read its snapshot. No lock is needed for what they tell it:
    they write (`_reported`, `_stop_asked`) before they look whether there is a driver to be told, and the loop sets
    `_driver` before it reads what they have written.
    """

    def __init__(self, options: AgentOptions) -> None:
        self._options = options
        self._mailboxes: tuple[Mailbox[LeaseTransition], ...] = ()
        self._begin_anew()

    def _begin_anew(self) -> None:
        self._pid = os.getpid()
        self._machine = self._options.new_machine()
        self._count = FailureCount()
        self._reported: Condition | None = None
        self._driver: LeaseDriver | None = None
        self._stop_asked = False

    def _refuse_in_child(self) -> None:
        """Keep a child process from acting for its parent; where it was asked to, let it begin anew."""
        if os.getpid() == self._pid:
            return
        if self._options.on_fork == "raise":
            raise ForkedAgentError(
                f"the agent of node {self._options.registration.id} was made before fork(): make one in the child, "
                "or pass on_fork='restart'"
            )
        self._begin_anew()

    @property
    def state(self) -> LeaseState:
        """Where the lease stands. Never `registered` once its deadline has passed."""
        self._refuse_in_child()
        return LeaseState.STOPPED if self._driver is None else self._driver.state

    @property
    def counters(self) -> AgentCounters:
        """A snapshot of the counters. May be read at any time, from any thread."""
        state, now = self.state, self._driver.now() if self._driver else 0.0
        counters, deadline = self._machine.snapshot.counters, self._machine.snapshot.deadline
        acknowledged = counters.acknowledged_at
        return AgentCounters(
            state=state,
            beats_sent=counters.beats_sent,
            beats_failed=counters.beats_failed,
            registrations=counters.registrations,
            times_lost=counters.times_lost,
            conflicts=counters.conflicts,
            last_error=counters.last_error,
            seconds_since_acknowledged=None if acknowledged is None else now - acknowledged,
            seconds_left=None if deadline in (None, float("inf")) else deadline - now,
            transitions_dropped=sum(mailbox.dropped for mailbox in self._mailboxes),
        )

    def report(self, health: Health | HealthReport, message: str | None = None) -> None:
        """Tell the kernel this health from the next heartbeat on; at once where it is worse than what it knows.

        `message` is a remark for people (None: none). Where the report brings no number of consecutive failures,
        reports in a row that were not healthy are counted. May be called from any thread; a report before `start()`
        counts from then on.
        """
        self._refuse_in_child()
        if self._options.health_check is not None:
            raise ConfigurationError("health", "is asked of the health check that the agent was given")
        self._reported = condition = self._count.apply(read_condition((health, message)))
        if self._driver is not None:
            self._on_loop(self._driver, lambda driver: driver.report(condition))

    def add_listener(self, listener: Listener | AsyncListener) -> Callable[[], None]:
        """Call `listener` with each `LeaseTransition` from now on; return a function that ends this.

        Each listener gets the transitions in order, once, in a thread that is there while something is delivered (a
        coroutine function: in a task). It may block and may call the agent; what it raises is logged.
        """
        mailbox = new_mailbox(listener)
        self._mailboxes = (*self._mailboxes, mailbox)

        def remove() -> None:
            self._mailboxes = tuple(known for known in self._mailboxes if known is not mailbox)

        return remove

    def request_stop(self) -> None:
        """Begin to sign off and return at once. May be called from any thread and from signal handlers."""
        self._request_stop(None)

    def _request_stop(self, timeout: float | None) -> LeaseDriver | None:
        """Ask the driver to stop, if there is one, and return it; one that is just being made sees `_stop_asked`."""
        self._stop_asked = True
        driver = self._driver if os.getpid() == self._pid else None
        if driver is not None:
            deadline = driver.now() + self._stop_limit(timeout)
            self._on_loop(driver, lambda driver: driver.request_stop(deadline))
        return driver

    def _stop_limit(self, timeout: float | None) -> float:
        return self._options.timings.stop_timeout if timeout is None else timeout

    @staticmethod
    def _on_loop(driver: LeaseDriver, work: Callable[[LeaseDriver], None]) -> None:
        with contextlib.suppress(RuntimeError):  # the loop is closed, and so the lease has ended
            driver.loop.call_soon_threadsafe(work, driver)

    def _new_driver(self, kernel: AsyncKernel, ended: Callable[[], None]) -> LeaseDriver:
        """Make a driver, on the event loop."""
        options = self._options
        return LeaseDriver(
            self._machine,
            LeaseRequests(kernel, options.registration, options.wall_clock),
            timings=options.timings,
            probe=None if options.health_check is None else HealthProbe(options.health_check),
            count=self._count,
            mailboxes=lambda: self._mailboxes,
            ended=ended,
        )

    def _launch(self, driver: LeaseDriver) -> None:
        """Let a new driver be seen, and start it, on the event loop; end it where a stop came first."""
        self._driver = driver
        if self._stop_asked:
            driver.request_stop(driver.now())
            return
        driver.start()
        if self._reported is not None:
            driver.report(self._reported)

    def _is_running(self) -> bool:
        """Tell whether a lease is in use; raise while it is being given up."""
        if self._driver is None or self._driver.is_over:
            return False
        if self._driver.state is LeaseState.STOPPING:
            raise LeaseError(
                f"the agent of node {self._options.registration.id} is stopping: wait for stop() to return"
            )
        return True

    def _current_mailboxes(self) -> tuple[Mailbox[LeaseTransition], ...]:
        return tuple(mailbox for mailbox in self._mailboxes if mailbox.is_current())


class AsyncNodeAgent(AgentBase):
    """Keeps a node registered at a kernel: registers, beats, reports its health, and signs off.

    ``async with AsyncNodeAgent(kernel, registration) as agent: …`` starts and stops it. It works while the kernel is
    down, and recovers from its restarts. `kernel` may be shared by any number of agents; its retries are not used.

    - `registration` says who the node is; its `id` stays the same at each start of the node.
    - `health_check` is called before each heartbeat and returns the health, alone or with a message. If it raises or
      takes longer than `timings.health_timeout`, the heartbeat leaves as `Degraded` with the reason. A coroutine
      function runs on the event loop, any other one in a thread. None: `report()` is used.
    - `timings` are limits and delays (None: the defaults of `LeaseTimings`).
    - `on_fork` tells what happens when the agent is used in a child process: `raise` a `ForkedAgentError`, or
      `restart`, so that `start()` begins anew there. A child never beats for its parent.
    - `random` and `wall_clock` are replaced by tests. The wall clock is told to the kernel and used for nothing else.

    An agent that is still running when its event loop is shut down by `asyncio.run` signs off then.
    """

    def __init__(
        self,
        kernel: AsyncKernel,
        registration: ProtocolRegistrationRequest,
        *,
        health_check: HealthCheck | AsyncHealthCheck | None = None,
        timings: LeaseTimings | None = None,
        on_fork: OnFork = "raise",
        random: Random = random_module.random,
        wall_clock: Callable[[], float] = time.time,
    ) -> None:
        super().__init__(
            AgentOptions(
                registration=registration,
                health_check=health_check,
                timings=timings or LeaseTimings(),
                on_fork=on_fork,
                random=random,
                wall_clock=wall_clock,
            )
        )
        self._kernel = kernel

    async def start(self, wait: float | None = None) -> bool:
        """Begin to register, and return whether the node is registered.

        `wait` is how many seconds to wait until the first registration is answered (None: not at all). A kernel that
        cannot be reached is no error: the agent goes on trying. Nothing happens where it runs already. Raises
        `LeaseError` while it is stopping. A stop that is asked for in the meantime, as by a signal handler, counts.
        """
        self._refuse_in_child()
        check_seconds("wait", wait)
        self._stop_asked = False
        if not self._is_running():
            self._launch(self._new_driver(self._kernel, _nothing))
        return await self._ask(self._driver, lambda driver: driver.settled(wait or 0.0), wait or 0.0, otherwise=False)

    async def stop(self, timeout: float | None = None) -> bool:
        """Sign off within `timeout` seconds (None: `timings.stop_timeout`); tell whether the kernel has confirmed it.

        When this has returned, no further request leaves. Nothing is sent, nor confirmed, where the kernel has no
        registration of this agent. Waits for log lines and listeners too, while time is left, but for a listener that
        is calling. May be called again, before `start()`, and from another thread's event loop; a signal handler
        calls `request_stop()`.
        """
        check_seconds("timeout", timeout)
        limit, listeners = self._stop_limit(timeout), self._current_mailboxes()
        driver = self._request_stop(limit)
        if driver is None:
            return False
        signed_off = self._machine.snapshot.signed_off
        return await self._ask(driver, lambda driver: driver.ended(limit, listeners), limit, otherwise=signed_off)

    async def wait_stopped(self, timeout: float | None = None) -> bool:
        """Wait until the agent has stopped, at most `timeout` seconds (None: for ever); tell whether it has."""
        self._refuse_in_child()
        check_seconds("timeout", timeout)
        return await self._ask(self._driver, lambda driver: driver.over(timeout), timeout, otherwise=True)

    async def _ask(
        self,
        driver: LeaseDriver | None,
        work: Callable[[LeaseDriver], Coroutine[Any, Any, bool]],
        limit: float | None,
        *,
        otherwise: bool,
    ) -> bool:
        """Let the driver do what takes at most `limit` seconds (None: any time) on its own event loop.

        `otherwise` is the answer where there is no such loop any more, or one that does not run.
        """
        if driver is None:
            return otherwise
        if driver.loop is asyncio.get_running_loop():
            return await work(driver)
        asked = work(driver)
        try:
            answer = asyncio.wrap_future(asyncio.run_coroutine_threadsafe(asked, driver.loop))
        except RuntimeError:  # its loop is closed
            asked.close()
            return otherwise
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(None if limit is None else limit + GRACE_SECONDS):
                while not (answer.done() or driver.loop.is_closed()):
                    await asyncio.wait({answer}, timeout=_LOOK_AGAIN_SECONDS)
        return answer.result() if answer.done() and not answer.cancelled() else otherwise

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> None:
        await self.stop()


def _nothing() -> None:
    """End of a lease that holds nothing but itself."""

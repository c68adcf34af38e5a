"""`NodeAgent`: the agent for programs without an event loop."""

import random as random_module
import threading
import time
from collections.abc import Callable, Coroutine
from contextlib import suppress
from functools import partial
from types import TracebackType
from typing import Any, Self

from znp_kernel_client.models.protocol_registration_request import ProtocolRegistrationRequest
from znp_panel_sync.errors import ConfigurationError
from znp_panel_sync.kernel import Kernel
from znp_panel_sync.lease._agent import AgentBase, AgentOptions, OnFork
from znp_panel_sync.lease._callables import refuse_coroutine_function
from znp_panel_sync.lease._driver import LeaseDriver
from znp_panel_sync.lease._errors import LeaseError
from znp_panel_sync.lease._health import HealthCheck
from znp_panel_sync.lease._listeners import AsyncListener, Listener
from znp_panel_sync.lease._terms import LeaseTimings, Random, check_seconds
from znp_panel_sync.lease._thread import LeaseThread, ThreadEndedError


class NodeAgent(AgentBase):
    """Keeps a node registered at a kernel: registers, beats, reports its health, and signs off.

    ``with NodeAgent(kernel, registration) as agent: …`` starts and stops it. Heartbeats leave from a background
    thread, which all agents of the same `kernel.control` share; it has connections of its own to where `kernel.control`
    points, and ends with the last agent. A kernel that was given a transport is refused: those wait on the thread that
    calls them, and so would every heartbeat. `AsyncNodeAgent` takes a kernel with any transport.

    The arguments are those of `AsyncNodeAgent`, but `health_check` is no coroutine function: it is called in a thread.
    An agent that is still running when the interpreter ends signs off then.
    """

    def __init__(
        self,
        kernel: Kernel,
        registration: ProtocolRegistrationRequest,
        *,
        health_check: HealthCheck | None = None,
        timings: LeaseTimings | None = None,
        on_fork: OnFork = "raise",
        random: Random = random_module.random,
        wall_clock: Callable[[], float] = time.time,
    ) -> None:
        if kernel.has_given_transport():
            raise ConfigurationError("kernel", "must use connections of its own, not a transport that was given")
        refuse_coroutine_function("health_check", health_check)
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
        self._control = kernel.control

    def _begin_anew(self) -> None:
        super()._begin_anew()
        self._thread: LeaseThread | None = None
        self._starting = threading.Lock()
        """Keeps two threads from starting the agent at once. Nothing that a signal handler calls takes it."""

    def start(self, wait: float | None = None) -> bool:
        """Begin to register, and return whether the node is registered.

        `wait` is how many seconds to wait until the first registration is answered (None: not at all). A kernel that
        cannot be reached is no error: the agent goes on trying. Nothing happens where it runs already. Raises
        `LeaseError` while it is stopping, and where no thread can begin. A stop that is asked for in the meantime, from
        another thread or a signal handler, counts.
        """
        self._refuse_in_child()
        check_seconds("wait", wait)
        self._stop_asked = False
        with self._starting:
            self._begin()
        return self._call(lambda driver: driver.settled(wait or 0.0), wait or 0.0, otherwise=False)

    def stop(self, timeout: float | None = None) -> bool:
        """Sign off within `timeout` seconds (None: `timings.stop_timeout`); tell whether the kernel has confirmed it.

        When this has returned, no further request leaves. Nothing is sent, nor confirmed, where the kernel has no
        registration of this agent. Waits for log lines and listeners too, while time is left, but for a listener that
        is calling. May be called again, before `start()`, from any thread and from a signal handler.
        """
        check_seconds("timeout", timeout)
        limit, listeners = self._stop_limit(timeout), self._current_mailboxes()
        if self._request_stop(limit) is None:
            return False
        signed_off = self._machine.snapshot.signed_off
        return self._call(lambda driver: driver.ended(limit, listeners), limit, otherwise=signed_off)

    def wait_stopped(self, timeout: float | None = None) -> bool:
        """Wait until the agent has stopped, at most `timeout` seconds (None: for ever); tell whether it has."""
        self._refuse_in_child()
        check_seconds("timeout", timeout)
        return self._call(lambda driver: driver.over(timeout), timeout, otherwise=True)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> None:
        self.stop()

    def _begin(self) -> None:
        """Begin a life of the lease; once more where the thread was about to end with its last agent."""
        while True:
            thread = LeaseThread.of(self._control)
            with suppress(ThreadEndedError):
                return self._call_to_begin(thread)

    def _call_to_begin(self, thread: LeaseThread) -> None:
        try:
            thread.call(partial(self._drive, thread))
        except TimeoutError:
            self._stop_asked = True
            raise LeaseError("the thread of the agents is kept from working: the agent has not been started") from None

    async def _drive(self, thread: LeaseThread) -> None:
        """Begin on the loop, where nothing comes between: not a second start, nor whoever gave up waiting for this."""
        if self._is_running():
            return
        driver = self._new_driver(thread.kernel, lambda: thread.leave(self))
        thread.enter(self, driver.sign_off)
        self._thread = thread
        self._launch(driver)

    def _call(
        self, work: Callable[[LeaseDriver], Coroutine[Any, Any, bool]], limit: float | None, *, otherwise: bool
    ) -> bool:
        """Let the driver do what takes at most `limit` seconds (None: any time).

        `otherwise` is the answer where there is no driver any more, or its loop is kept from working.
        """
        driver, thread = self._driver, self._thread
        if driver is None or thread is None:
            return otherwise
        answer = otherwise
        with suppress(ThreadEndedError, TimeoutError):
            answer = thread.call(lambda: work(driver), limit)
        thread.join()
        return answer

    def add_listener(self, listener: Listener | AsyncListener) -> Callable[[], None]:
        """Call `listener`, which is no coroutine function, with each `LeaseTransition` from now on.

        Returns a function that ends this. Each listener gets the transitions in order, once, in a thread that is there
        while something is delivered. It may block and may call the agent; what it raises is logged.
        """
        refuse_coroutine_function("listener", listener)
        return super().add_listener(listener)

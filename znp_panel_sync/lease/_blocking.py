"""`NodeAgent`: the agent for programs without an event loop."""

import inspect
import os
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
from znp_panel_sync.lease._driver import LeaseDriver
from znp_panel_sync.lease._health import HealthCheck
from znp_panel_sync.lease._listeners import AsyncListener, Listener, Mailbox
from znp_panel_sync.lease._terms import LeaseTimings, Random
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
        if inspect.iscoroutinefunction(health_check):
            raise ConfigurationError("health_check", "must not be a coroutine function: AsyncNodeAgent takes those")
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
        `LeaseError` while it is stopping.
        """
        self._refuse_in_child()
        with self._starting:
            if not self._is_running():
                self._begin()
        if self._stop_asked:  # by a signal handler, in the meantime
            self.request_stop()
        return self._call(lambda driver: driver.settled(wait or 0.0), otherwise=False)

    def stop(self, timeout: float | None = None) -> bool:
        """Sign off within `timeout` seconds (None: `timings.stop_timeout`); tell whether the kernel has confirmed it.

        When this has returned, no further request leaves. Waits for listeners too, while time is left, unless one of
        them is calling. May be called again, before `start()`, from any thread and from a signal handler.
        """
        self._stop_asked = True
        if os.getpid() != self._pid:
            return False
        listeners = self._current_mailboxes()
        confirmed = self._call(lambda driver: driver.stop(timeout, listeners), otherwise=self._machine.signed_off)
        if self._thread is not None:
            self._thread.join()
        return confirmed

    def wait_stopped(self, timeout: float | None = None) -> bool:
        """Wait until the agent has stopped, at most `timeout` seconds (None: for ever); tell whether it has."""
        self._refuse_in_child()
        return self._call(lambda driver: driver.over(timeout), otherwise=True)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> None:
        self.stop()

    def _begin(self) -> None:
        """Begin a life of the lease; once more where the thread was about to end with its last agent."""
        self._stop_asked = False
        while self._driver is None or self._driver.is_over:
            self._thread = thread = LeaseThread.of(self._control)
            with suppress(ThreadEndedError):
                self._driver = thread.call(partial(self._drive, thread))

    async def _drive(self, thread: LeaseThread) -> LeaseDriver:
        driver = self._new_driver(thread.kernel, lambda: thread.leave(self))
        thread.enter(self, lambda: driver.stop(None, ()))
        return driver

    def _call(self, work: Callable[[LeaseDriver], Coroutine[Any, Any, bool]], *, otherwise: bool) -> bool:
        """Let the driver do something; `otherwise` is the answer where there is none any more."""
        driver, thread = self._driver, self._thread
        if driver is None or thread is None:
            return otherwise
        try:
            return thread.call(lambda: work(driver))
        except ThreadEndedError:
            return otherwise

    def _new_mailbox(self, listener: Listener | AsyncListener) -> Mailbox:
        if inspect.iscoroutinefunction(listener):
            raise ConfigurationError("listener", "must not be a coroutine function: AsyncNodeAgent takes those")
        return super()._new_mailbox(listener)

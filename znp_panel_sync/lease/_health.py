"""The health that heartbeats carry: reported by hand, or asked of a callback that may fail in any way."""

import asyncio
import contextlib
import threading
from collections.abc import Awaitable, Callable
from typing import Final, cast

from attrs import define, frozen

from znp_panel_sync.errors import ConfigurationError
from znp_panel_sync.health import Health, HealthReport, read_health
from znp_panel_sync.lease._callables import is_coroutine_function, require_plain_answer

HealthAnswer = Health | HealthReport | tuple[Health | HealthReport, str | None]
"""A health, alone or with a message for people. Degraded and unhealthy reports without a count are counted here."""

HealthCheck = Callable[[], HealthAnswer]
AsyncHealthCheck = Callable[[], Awaitable[HealthAnswer]]

_MESSAGE_CHARACTERS: Final = 500


@frozen
class Condition:
    """A health and a message for people (None: nothing to say)."""

    health: HealthReport
    message: str | None = None


def read_condition(answer: object) -> Condition:
    """Read what a user reports; raise `ConfigurationError` for what is no health that a kernel understands."""
    health, message = answer if isinstance(answer, tuple) and len(answer) == 2 else (answer, None)
    report = read_health(health)
    if report.state is Health.UNKNOWN:
        raise ConfigurationError("health", f"must be healthy, degraded or unhealthy, not {health!r}")
    if not (message is None or isinstance(message, str)):
        raise ConfigurationError("message", f"must be text or None, not {type(message).__name__}")
    return Condition(report, message)


@define(eq=False)
class FailureCount:
    """Counts reports in a row that were not healthy, for those that bring no count of their own."""

    _count: int = 0

    def apply(self, condition: Condition) -> Condition:
        """Return the condition with its count."""
        report = condition.health
        self._count = 0 if report.state is Health.HEALTHY else self._count + 1
        if not self._count or report.consecutive_failures is not None:
            return condition
        return Condition(HealthReport(report.state, self._count), condition.message)


@define(eq=False)
class HealthProbe:
    """Asks a callback for the health, and waits for it no longer than it may.

    A coroutine function runs on the event loop, any other one in a thread, so that it may block. While an answer is
    overdue the callback is not called again.
    """

    _check: HealthCheck | AsyncHealthCheck
    _asked: "asyncio.Future[Condition] | None" = None

    async def read(self, timeout: float) -> Condition:
        """Return the health; `Degraded` with the reason where the callback gives none, or too late."""
        if self._asked is None or self._asked.done():
            self._asked = self._ask()
        asked = self._asked
        await asyncio.wait({asked}, timeout=timeout)
        if not asked.done():
            return _degraded(f"the health check has not answered within {timeout:g} s")
        return _degraded("the health check was cancelled") if asked.cancelled() else asked.result()

    def cancel(self) -> None:
        """Do not wait for an overdue answer any more."""
        if self._asked is not None:
            self._asked.cancel()

    def _ask(self) -> "asyncio.Future[Condition]":
        if is_coroutine_function(self._check):
            return asyncio.ensure_future(_awaited(cast(AsyncHealthCheck, self._check)))
        answered: asyncio.Future[Condition] = asyncio.get_running_loop().create_future()
        work = threading.Thread(target=_answer, args=(self._check, answered), name="lease-health", daemon=True)
        try:
            work.start()
        except RuntimeError as error:  # the process has no room for one more
            answered.set_result(_degraded(_told(error)))
        return answered


async def _awaited(check: AsyncHealthCheck) -> Condition:
    try:
        return read_condition(await check())
    except Exception as error:
        return _degraded(_told(error))


def _answer(check: Callable[[], object], answered: "asyncio.Future[Condition]") -> None:
    try:
        answer = check()
        require_plain_answer("health_check", answer)
        condition = read_condition(answer)
    except BaseException as error:
        condition = _degraded(_told(error))
    with contextlib.suppress(RuntimeError):  # the event loop is closed: nobody waits for the answer
        answered.get_loop().call_soon_threadsafe(_settle, answered, condition)


def _settle(answered: "asyncio.Future[Condition]", condition: Condition) -> None:
    if not answered.done():
        answered.set_result(condition)


def _degraded(reason: str) -> Condition:
    return Condition(HealthReport(Health.DEGRADED), reason[:_MESSAGE_CHARACTERS])


def _told(error: BaseException) -> str:
    return f"the health check failed: {type(error).__name__}: {error}"

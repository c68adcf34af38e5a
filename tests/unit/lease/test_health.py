"""Health checks that answer, fail, hang and come late."""

import asyncio
import sys
import threading

import pytest

from znp_panel_sync.errors import ConfigurationError
from znp_panel_sync.health import Health, HealthReport
from znp_panel_sync.lease._health import (
    AsyncHealthCheck,
    Condition,
    FailureCount,
    HealthCheck,
    HealthProbe,
    read_condition,
)

LONG = 10.0


@pytest.mark.parametrize(
    ("answer", "condition"),
    [
        (Health.HEALTHY, Condition(HealthReport(Health.HEALTHY))),
        (HealthReport(Health.DEGRADED, 4), Condition(HealthReport(Health.DEGRADED, 4))),
        ((Health.UNHEALTHY, "disk full"), Condition(HealthReport(Health.UNHEALTHY), "disk full")),
    ],
)
def test_forms_of_an_answer(answer: object, condition: Condition) -> None:
    assert read_condition(answer) == condition


@pytest.mark.parametrize("answer", [None, True, "fine", Health.UNKNOWN, (Health.HEALTHY, 5)])
def test_what_is_no_health_is_refused(answer: object) -> None:
    with pytest.raises(ConfigurationError, match=r"^(health|message): "):
        read_condition(answer)


def test_failures_in_a_row_are_counted_where_the_report_does_not() -> None:
    count = FailureCount()
    reports = [
        HealthReport(Health.DEGRADED),
        HealthReport(Health.UNHEALTHY),
        HealthReport(Health.UNHEALTHY, 9),
        HealthReport(Health.HEALTHY),
        HealthReport(Health.DEGRADED),
    ]
    counted = [count.apply(Condition(report)).health.consecutive_failures for report in reports]
    assert counted == [1, 2, 9, None, 1]


async def awaited() -> Health:
    await asyncio.sleep(0)
    return Health.UNHEALTHY


class Monitor:
    async def __call__(self) -> Health:
        return Health.UNHEALTHY


@pytest.mark.parametrize("check", [awaited, Monitor(), lambda: Health.UNHEALTHY])
async def test_coroutine_functions_and_others_are_asked(check: HealthCheck | AsyncHealthCheck) -> None:
    assert await HealthProbe(check).read(LONG) == Condition(HealthReport(Health.UNHEALTHY))


async def test_a_function_is_asked_in_a_thread_of_its_own() -> None:
    threads = []

    def check() -> Health:
        threads.append(threading.current_thread())
        return Health.HEALTHY

    await HealthProbe(check).read(LONG)
    assert threads[0] is not threading.current_thread()
    assert threads[0].daemon


async def raises_later() -> Health:
    raise LookupError("no such disk")


def raises() -> Health:
    raise LookupError("no such disk")


@pytest.mark.parametrize("check", [raises, raises_later])
async def test_a_check_that_raises_is_a_degraded_health_with_the_reason(check: HealthCheck | AsyncHealthCheck) -> None:
    condition = await HealthProbe(check).read(LONG)
    assert condition.health == HealthReport(Health.DEGRADED)
    assert condition.message == "the health check failed: LookupError: no such disk"


def leaves() -> Health:
    sys.exit("no way on")


async def awaits_what_was_cancelled() -> Health:
    cancelled = asyncio.get_running_loop().create_future()
    cancelled.cancel()
    await cancelled
    raise AssertionError


@pytest.mark.parametrize(
    ("check", "reason"),
    [
        (leaves, "SystemExit: no way on"),
        (awaits_what_was_cancelled, "the health check was cancelled"),
        (lambda: awaited(), "health_check: must be a coroutine function (async def)"),  # noqa: PLW0108 - the mistake
    ],
)
async def test_a_check_that_leaves_without_an_answer_is_degraded_too(
    check: HealthCheck | AsyncHealthCheck, reason: str
) -> None:
    probe = HealthProbe(check)
    for _ in range(2):
        condition = await probe.read(LONG)
        assert condition.health == HealthReport(Health.DEGRADED)
        assert reason in (condition.message or "")


async def test_a_check_for_which_no_thread_can_begin_is_degraded_until_one_can(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    probe = HealthProbe(lambda: Health.HEALTHY)
    with monkeypatch.context() as exhausted:
        exhausted.setattr(threading.Thread, "start", refuse)
        condition = await probe.read(LONG)
    assert condition.health == HealthReport(Health.DEGRADED)
    assert "can't start new thread" in (condition.message or "")
    assert (await probe.read(LONG)).health.state is Health.HEALTHY


async def test_a_check_that_hangs_is_degraded_and_not_asked_twice() -> None:
    asked: list[None] = []
    released = threading.Event()

    def check() -> Health:
        asked.append(None)
        released.wait(LONG)
        return Health.HEALTHY

    probe = HealthProbe(check)
    late = await probe.read(0.01)
    later = await probe.read(0.01)
    assert late.health.state is Health.DEGRADED
    assert "not answered within 0.01 s" in (late.message or "")
    assert later.health.state is Health.DEGRADED
    assert len(asked) == 1
    released.set()
    assert (await probe.read(LONG)).health.state is Health.HEALTHY
    assert (await probe.read(LONG)).health.state is Health.HEALTHY
    assert len(asked) == 2


async def test_an_answer_that_nobody_waits_for_is_dropped() -> None:
    released, answered = threading.Event(), threading.Event()

    def check() -> Health:
        released.wait(LONG)
        answered.set()
        return Health.HEALTHY

    probe = HealthProbe(check)
    probe.cancel()
    await probe.read(0.01)
    probe.cancel()
    released.set()
    await asyncio.to_thread(answered.wait, LONG)
    await asyncio.sleep(0)


def test_an_answer_after_the_loop_is_closed_is_dropped() -> None:
    threads: list[threading.Thread] = []
    released = threading.Event()

    def check() -> Health:
        threads.append(threading.current_thread())
        released.wait(LONG)
        return Health.HEALTHY

    loop = asyncio.new_event_loop()
    loop.run_until_complete(HealthProbe(check).read(0.01))
    loop.close()
    released.set()
    threads[0].join(LONG)
    assert not threads[0].is_alive()

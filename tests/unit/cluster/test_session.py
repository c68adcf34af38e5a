"""One membership over an engine that hangs, fails and comes late, as the tests say."""

import logging
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from itertools import count

import pytest

from znp_panel_sync.cluster import ClusterCounters
from znp_panel_sync.cluster._engine import Answer
from znp_panel_sync.cluster._options import ClusterOptions
from znp_panel_sync.cluster._session import Session

HANG = 60.0
TTL = 15.0
KEEP = 100.0


class Clock:
    """Seconds that tests move."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class ScriptedEngine:
    """An engine whose exchanges end when and how a test says."""

    def __init__(self) -> None:
        self.asked: list[Future[Answer]] = []
        self.told = threading.Condition()
        self.closing: Exception | None = None
        self.closed = threading.Event()

    def exchange(self) -> Answer:
        future: Future[Answer] = Future()
        with self.told:
            self.asked.append(future)
            self.told.notify_all()
        return future.result(HANG)

    def close(self) -> None:
        self.closed.set()
        if self.closing is not None:
            raise self.closing

    def question(self, number: int) -> Future[Answer]:
        """Return an exchange once it is under way."""
        with self.told:
            assert self.told.wait_for(lambda: len(self.asked) >= number, HANG)
            return self.asked[number - 1]

    def answer(self, number: int, *members: str) -> None:
        self.question(number).set_result(Answer(frozenset(members), forgotten=number == 1))

    def fail(self, number: int) -> None:
        self.question(number).set_exception(ConnectionError("canary-secret"))


class World:
    """A session, its engine, its clock, and what it has told."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.engine = ScriptedEngine()
        self.changed: Callable[[], None] = lambda: None
        self.counters = ClusterCounters()
        self.told = threading.Condition()
        self.hangs_since: float | None = None
        options = ClusterOptions(name="panel", member="a", ttl=TTL, tick=0.01, partitions=8, keep_assignment=KEEP)
        self.session = Session(
            "a",
            options,
            self.engine,
            clock=self.clock,
            counters=self.counters,
            versions=count(1),
            ran_at=lambda now: now if self.hangs_since is None else self.hangs_since,
            changed=self._tell,
        )

    def _tell(self) -> None:
        self.changed()

    @property
    def members(self) -> tuple[str, ...]:
        return self.session.assignment.ring.members if self.session.holds else ()

    def fail_next(self) -> None:
        """Have the next exchange fail, after one that was answered and others that failed."""
        failures = self.counters.engine_failures
        self.engine.fail(failures + 2)
        until(lambda: self.counters.engine_failures > failures)


def until(condition: Callable[[], object]) -> None:
    """Wait until the session's threads have brought something about."""
    deadline = time.monotonic() + HANG
    while not condition():
        assert time.monotonic() < deadline, "this never happened"
        time.sleep(0.001)


@contextmanager
def running() -> Iterator[World]:
    world = World()
    world.session.start()
    try:
        yield world
    finally:
        world.session.end()
        for question in world.engine.asked:
            if not question.done():
                question.set_exception(ConnectionError())
        world.session.join(HANG)
        assert world.session.left.done()


def warnings(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]


def test_an_outage_is_warned_of_once_and_its_end_is_told(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "znp_panel_sync.cluster")
    with running() as world:
        world.engine.answer(1, "a", "b")
        for number in range(2, 6):
            world.engine.fail(number)
        until(lambda: world.counters.engine_failures == 4)
        assert world.members == ("a", "b")
        world.engine.answer(6, "a", "b")
        until(lambda: world.counters.answers == 2)
    (warning,) = warnings(caplog)
    assert "cluster 'panel' does not answer (ConnectionError)" in warning
    assert "kept for at most 100 s" in warning
    assert "is back" in caplog.text
    assert "canary-secret" not in caplog.text


def test_after_the_limit_nothing_is_owned_and_that_is_an_error(caplog: pytest.LogCaptureFixture) -> None:
    with running() as world:
        world.engine.answer(1, "a", "b")
        until(lambda: world.members)
        while world.clock.now <= 1000.0 + KEEP:
            world.fail_next()
            world.clock.now += TTL / 4
        until(lambda: world.session.assignment.ring.members == ())
        assert world.counters.members == 0
    assert warnings(caplog)[-1].endswith(
        "is away for too long: this replica does nothing until the engine has answered"
    )


def test_an_exchange_that_hangs_counts_as_failed_once_and_as_an_answer_if_it_comes_in_time_still(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with running() as world:
        world.engine.answer(1, "a", "b")
        until(lambda: world.counters.answers == 1)
        world.engine.question(2)
        world.clock.now += TTL / 3 + 0.1
        until(lambda: world.counters.engine_failures == 1)
        world.engine.answer(2, "a")
        until(lambda: world.counters.answers == 2)
        assert world.counters.engine_failures == 1
    assert "(no answer in time)" in warnings(caplog)[0]


def test_an_exchange_that_hangs_and_then_fails_is_one_failure() -> None:
    with running() as world:
        world.engine.answer(1, "a", "b")
        world.engine.question(2)
        world.clock.now += TTL / 3 + 0.1
        until(lambda: world.counters.engine_failures == 1)
        world.engine.fail(2)
        world.engine.answer(3, "a", "b")
        until(lambda: world.counters.answers == 2)
        assert world.counters.engine_failures == 1


def test_an_answer_that_is_older_than_a_ttl_is_not_believed() -> None:
    with running() as world:
        world.engine.answer(1, "a", "b")
        until(lambda: world.members)
        world.engine.question(2)
        world.clock.now += TTL / 2
        until(lambda: world.counters.engine_failures == 1)
        world.clock.now += TTL / 2
        until(lambda: world.session.assignment.until == world.clock.now + TTL)
        world.engine.answer(2, "a")
        world.engine.question(3)
        assert world.counters.answers == 1
        assert world.members == ("a", "b")


def test_a_process_that_was_paused_owns_nothing_from_its_first_moment_on(caplog: pytest.LogCaptureFixture) -> None:
    with running() as world:
        world.engine.answer(1, "a", "b")
        until(lambda: world.members)
        version = world.session.assignment.version
        world.clock.now += TTL + 0.1
        assert not world.session.holds  # no thread has to notice first
        until(lambda: world.session.assignment.version > version)
        world.engine.fail(2)
        world.engine.answer(3, "a", "b")
        until(lambda: world.members)
    assert "This process, or its event loop, has not run for too long" in warnings(caplog)[0]


def test_a_replica_that_hangs_for_a_ttl_leaves_and_joins_when_it_runs_again(caplog: pytest.LogCaptureFixture) -> None:
    with running() as world:
        world.engine.answer(1, "a", "b")
        until(lambda: world.members)
        world.hangs_since = world.clock.now
        world.clock.now += TTL - 0.1
        world.engine.answer(2, "a", "b")
        until(lambda: world.counters.answers == 2)
        assert world.members == ("a", "b")
        world.engine.question(3)
        world.clock.now += 0.2
        assert not world.session.holds
        until(lambda: world.counters.members == 0)
        assert not world.engine.closed.is_set()
        world.engine.answer(3, "a", "b")
        assert world.engine.closed.wait(HANG)
        assert (world.counters.answers, len(world.members), len(world.engine.asked)) == (2, 0, 3)
        world.hangs_since = None
        world.engine.answer(4, "a", "b")
        until(lambda: world.members)
    (error,) = warnings(caplog)
    assert error.startswith("This process, or its event loop, has not run for too long")


def test_leaving_ends_what_is_owned_at_once_even_if_the_engine_cannot_be_told(caplog: pytest.LogCaptureFixture) -> None:
    with running() as world:
        world.engine.closing = ConnectionError("canary-secret")
        world.engine.answer(1, "a")
        until(lambda: world.members)
        world.engine.question(2)
        world.session.end()
        assert not world.session.holds
        assert not world.session.left.done()
        world.session.join(0.0)  # bounded, however long the engine hangs
        assert not world.session.left.cancel()
        world.engine.answer(2, "a")
        assert world.session.left.result(HANG) is None
    assert "cannot be told that a replica leaves (ConnectionError)" in caplog.text
    assert "canary-secret" not in caplog.text


def test_a_listener_may_end_the_session_that_tells_it() -> None:
    ended = threading.Event()
    with running() as world:

        def end() -> None:
            world.session.end()
            world.session.join(0.0)
            ended.set()

        world.changed = end
        world.engine.answer(1, "a")
        assert ended.wait(HANG)
        assert world.members == ()

import asyncio
import contextlib
import gc
import inspect
import logging
import random
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest

from tests.functional.events.support import node_event, record, traffic, usage
from tests.unit.cluster.support import Member
from znp_panel_sync.errors import ConfigurationError
from znp_panel_sync.events.dispatcher import AsyncEventDispatcher, EventDispatcher
from znp_panel_sync.events.handlers import EventHandlers
from znp_panel_sync.events.ledger import EventState, LedgerUnavailableError, StoredEvent
from znp_panel_sync.events.payloads import CallbackKind, NodeEvent, ServiceEvent, TrafficReport
from znp_panel_sync.panel.health import AsyncBindingHealthUpdater
from znp_panel_sync.polling.backoff import Backoff
from znp_panel_sync.stores.ledger import SqlEventLedger
from znp_panel_sync.stores.memory_bindings import MemoryBindingStore


class Clock:
    """A clock that tests move."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class Recorder:
    """Handlers that note what they get, and fail as often as told."""

    def __init__(self, failures: int = 0) -> None:
        self.seen: list[tuple[Any, StoredEvent]] = []
        self.failures = failures

    def __call__(self, payload: Any, event: StoredEvent) -> None:
        self.seen.append((payload, event))
        if len(self.seen) <= self.failures:
            raise RuntimeError("not yet")

    async def later(self, payload: Any, event: StoredEvent) -> None:
        await asyncio.sleep(0)
        self(payload, event)


@pytest.fixture
def ledger() -> Iterator[SqlEventLedger]:
    opened = SqlEventLedger("sqlite://")
    yield opened
    opened.close()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def trouble() -> Iterator[threading.Event]:
    """Set as soon as trouble is logged."""
    logged = threading.Event()

    class Watch(logging.Handler):
        def emit(self, entry: logging.LogRecord) -> None:
            logged.set()

    watch, logger = Watch(), logging.getLogger("znp_panel_sync.events")
    logger.addHandler(watch)
    yield logged
    logger.removeHandler(watch)


def dispatcher(ledger: SqlEventLedger, handler: Any, clock: Clock, **options: Any) -> EventDispatcher:
    handlers = EventHandlers(node_event=handler, traffic=handler, service_event=handler)
    return EventDispatcher(ledger, handlers, clock=clock, backoff=Backoff(10.0), **options)


def test_each_handler_gets_its_typed_payload(ledger: SqlEventLedger, clock: Clock) -> None:
    recorder = Recorder()
    ledger.record(node_event())
    ledger.record(traffic(record(), handled=True))
    assert dispatcher(ledger, recorder, clock).run_due() == 2
    assert [type(payload) for payload, _ in recorder.seen] == [NodeEvent, TrafficReport]
    assert {event.state for event in ledger.events()} == {EventState.HANDLED}


def test_events_of_one_lane_are_handled_in_order(ledger: SqlEventLedger, clock: Clock) -> None:
    recorder = Recorder()
    for node in "aabab":
        ledger.record(node_event(node))
    assert dispatcher(ledger, recorder, clock).run_due() == 5
    for lane in ("node:a", "node:b"):
        numbers = [event.number for _, event in recorder.seen if event.lane == lane]
        assert numbers == sorted(numbers)


def test_a_failing_handler_is_called_again_after_its_backoff(ledger: SqlEventLedger, clock: Clock) -> None:
    recorder = Recorder(failures=2)
    ledger.record(node_event("a"))
    ledger.record(node_event("a"))
    ledger.record(node_event("b"))
    due = dispatcher(ledger, recorder, clock)
    assert due.run_due() == 2
    clock.now += 19.9
    assert due.run_due() == 0
    clock.now += 0.1
    assert due.run_due() == 3
    assert [event.number for _, event in recorder.seen] == [1, 3, 1, 3, 2]
    assert {event.state for event in ledger.events()} == {EventState.HANDLED}


def test_jitter_comes_from_the_given_source(ledger: SqlEventLedger, clock: Clock) -> None:
    ledger.record(node_event())
    handlers = EventHandlers(node_event=Recorder(failures=9))
    backoff = Backoff(1.0, multiplier=10.0, jitter=0.5, maximum=100.0)
    spread = random.Random(5).uniform(-1, 1)
    due = EventDispatcher(ledger, handlers, clock=clock, backoff=backoff, random_source=random.Random(5))
    due.run_due()
    clock.now += backoff.delay(1, spread) - 0.01
    assert due.run_due() == 0
    clock.now += 0.02
    assert due.run_due() == 1


def test_after_its_last_attempt_an_event_is_a_dead_letter_and_its_lane_goes_on(
    ledger: SqlEventLedger, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    recorder = Recorder(failures=2)
    ledger.record(node_event())
    ledger.record(node_event())
    due = dispatcher(ledger, recorder, clock, max_attempts=2)
    due.run_due()
    clock.now += 20
    assert due.run_due() == 2
    (dead,) = ledger.dead_letters()
    assert (dead.attempts, dead.last_error) == (2, "RuntimeError: not yet")
    assert "not yet" not in caplog.text
    assert ledger.replay([dead.number]) == 1
    assert due.run_due() == 1
    assert ledger.dead_letters() == []


def test_an_event_whose_handler_is_gone_is_done(ledger: SqlEventLedger, clock: Clock) -> None:
    ledger.record(node_event())
    assert EventDispatcher(ledger, EventHandlers(), clock=clock).run_due() == 1
    assert [event.state for event in ledger.events()] == [EventState.HANDLED]


def test_what_is_left_of_a_batch_after_its_lease_is_claimed_again(ledger: SqlEventLedger, clock: Clock) -> None:
    seen = []

    def slow(payload: object, event: StoredEvent) -> None:
        seen.append(event.number)
        clock.now += 30

    for node in "abc":
        ledger.record(node_event(node))
    assert dispatcher(ledger, slow, clock, lease_seconds=60.0).run_due() == 3
    assert seen == [1, 2, 3]


def test_a_handler_begins_with_its_whole_lease_before_it(ledger: SqlEventLedger, clock: Clock) -> None:
    seen, twice = [], Recorder()
    other = dispatcher(ledger, twice, clock)

    def slow(payload: object, event: StoredEvent) -> None:
        seen.append(event.number)
        clock.now += 59.5
        other.run_due()

    for node in "abcd":
        ledger.record(node_event(node))
    assert dispatcher(ledger, slow, clock, lease_seconds=60.0).run_due() == 4
    assert (seen, twice.seen) == ([1, 2, 3, 4], [])


class CountingLedger(SqlEventLedger):
    """A ledger that counts how often the queue is looked through."""

    claims = 0

    def claim(self, *arguments: Any, **options: Any) -> Sequence[StoredEvent]:
        self.claims += 1
        return super().claim(*arguments, **options)


def test_a_long_lane_is_handled_without_looking_through_the_queue_each_time(clock: Clock) -> None:
    ledger, recorder = CountingLedger("sqlite://"), Recorder()
    for node in ["a"] * 250 + ["b"]:
        ledger.record(node_event(node))
    assert dispatcher(ledger, recorder, clock).run_due() == 251
    assert [event.number for _, event in recorder.seen] == [1, 251, *range(2, 251)]
    assert ledger.claims == 4
    ledger.close()


def test_a_ledger_that_is_away_is_told(clock: Clock, tmp_path: Any) -> None:
    away = SqlEventLedger(f"sqlite:///{tmp_path}/no folder/ledger.db")
    with pytest.raises(LedgerUnavailableError):
        dispatcher(away, Recorder(), clock).run_due()


@pytest.mark.parametrize("options", [{"max_attempts": 0}, {"lease_seconds": 0.0}])
def test_options_that_make_no_sense_are_refused(ledger: SqlEventLedger, options: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError) as caught:
        EventDispatcher(ledger, EventHandlers(), **options)
    assert [caught.value.field] == list(options)


def test_the_blocking_dispatcher_refuses_coroutine_functions(ledger: SqlEventLedger) -> None:
    with pytest.raises(ConfigurationError) as caught:
        EventDispatcher(ledger, EventHandlers(service_event=Recorder().later))
    assert caught.value.field == "handlers"


def test_the_blocking_dispatcher_refuses_objects_that_are_called_like_coroutine_functions(
    ledger: SqlEventLedger,
) -> None:
    with pytest.raises(ConfigurationError):
        EventDispatcher(ledger, EventHandlers(node_event=AsyncBindingHealthUpdater(MemoryBindingStore())))


@pytest.mark.parametrize("awaitable", [asyncio.Future, None])
def test_what_the_blocking_dispatcher_cannot_await_is_a_failure_and_not_lost(
    ledger: SqlEventLedger, clock: Clock, awaitable: Callable[..., Any] | None
) -> None:
    recorder, loop = Recorder(), asyncio.new_event_loop()
    ledger.record(node_event())

    def handler(payload: object, event: StoredEvent) -> Any:
        return awaitable(loop=loop) if awaitable else recorder.later(payload, event)

    assert dispatcher(ledger, handler, clock).run_due() == 1
    (event,) = ledger.events()
    assert (event.state, event.attempts) == (EventState.PENDING, 1)
    assert event.last_error == "TypeError: the handler returned what has to be awaited: AsyncEventDispatcher does that"
    assert recorder.seen == []
    loop.close()


# In the background


def test_the_thread_handles_what_comes_and_ends_twice(ledger: SqlEventLedger, clock: Clock) -> None:
    handled = threading.Semaphore(0)
    due = dispatcher(ledger, lambda payload, event: handled.release(), clock, poll_seconds=0.001)
    with due:
        due.start()
        for _ in range(2):
            ledger.record(node_event())
            assert handled.acquire(timeout=30)
    due.stop()
    ledger.record(node_event())
    assert not handled.acquire(blocking=False)
    with due:
        assert handled.acquire(timeout=30)


def test_the_thread_ends_between_two_events(ledger: SqlEventLedger, clock: Clock) -> None:
    ended = threading.Event()

    def handler(payload: object, event: StoredEvent) -> None:
        due.stop()
        ended.set()

    for node in "abc":
        ledger.record(node_event(node))
    due = dispatcher(ledger, handler, clock)
    due.start()
    assert ended.wait(30)
    due.stop()
    assert [event.state for event in ledger.events()].count(EventState.PENDING) == 2
    rest = Recorder()
    assert dispatcher(ledger, rest, clock).run_due() == 2
    assert [event.number for _, event in rest.seen] == [2, 3]


def test_a_dispatcher_that_did_not_end_in_time_can_be_started_again(ledger: SqlEventLedger, clock: Clock) -> None:
    threads, gate = dict[str, threading.Thread](), threading.Event()
    ran = {f"node:{name}": threading.Event() for name in ("hangs", "a", "b")}

    def handler(payload: object, event: StoredEvent) -> None:
        threads[event.lane] = threading.current_thread()
        ran[event.lane].set()
        if event.lane == "node:hangs":
            assert gate.wait(30)

    for node in ("hangs", "a"):
        ledger.record(node_event(node))
    due = dispatcher(ledger, handler, clock, poll_seconds=0.001)
    due.start()
    assert ran["node:hangs"].wait(30)
    due.stop(timeout=0)
    due.start()
    ledger.record(node_event("b"))
    assert ran["node:b"].wait(30)
    gate.set()
    assert ran["node:a"].wait(30)
    threads["node:hangs"].join(30)
    due.stop()
    assert threads["node:hangs"] is not threads["node:b"] is threads["node:a"]
    assert {event.state for event in ledger.events()} == {EventState.HANDLED}


def test_the_thread_outlives_trouble(
    clock: Clock, tmp_path: Any, trouble: threading.Event, caplog: pytest.LogCaptureFixture
) -> None:
    folder = tmp_path / "mounted later"
    late = SqlEventLedger(f"sqlite:///{folder}/ledger.db")
    handled = threading.Event()
    with dispatcher(late, lambda payload, event: handled.set(), clock, poll_seconds=0.001):
        assert trouble.wait(30)
        folder.mkdir()
        late.record(node_event())
        assert handled.wait(30)
    late.close()
    assert "LedgerUnavailableError" in caplog.text


# In the event loop


async def test_coroutines_are_awaited_and_functions_called(ledger: SqlEventLedger, clock: Clock) -> None:
    recorder = Recorder(failures=1)
    handlers = EventHandlers(node_event=recorder.later, service_event=recorder)
    due = AsyncEventDispatcher(ledger, handlers, clock=clock, backoff=Backoff(10.0))
    ledger.record(node_event())
    ledger.record(usage(5, handled=True))
    assert await due.run_due() == 2
    clock.now += 20
    assert await due.run_due() == 1
    assert [type(payload) for payload, _ in recorder.seen] == [NodeEvent, ServiceEvent, NodeEvent]


async def test_the_async_batch_ends_with_its_lease_too(ledger: SqlEventLedger, clock: Clock) -> None:
    def slow(payload: object, event: StoredEvent) -> None:
        clock.now += 60

    for node in "ab":
        ledger.record(node_event(node))
    assert await AsyncEventDispatcher(ledger, EventHandlers(node_event=slow), clock=clock).run_due() == 2


async def test_the_task_handles_what_comes_and_ends_twice(ledger: SqlEventLedger, clock: Clock) -> None:
    handled = asyncio.Semaphore(0)

    async def handler(payload: NodeEvent, event: StoredEvent) -> None:
        handled.release()

    due = AsyncEventDispatcher(ledger, EventHandlers(node_event=handler), clock=clock, poll_seconds=0.001)
    async with due:
        await due.start()
        for _ in range(2):
            ledger.record(node_event())
            async with asyncio.timeout(30):
                await handled.acquire()
    await due.stop()
    async with due:
        pass


async def test_a_handler_may_stop_its_own_dispatcher(ledger: SqlEventLedger, clock: Clock) -> None:
    stopped = asyncio.Event()

    async def handler(payload: NodeEvent, event: StoredEvent) -> None:
        await due.stop()
        stopped.set()

    for node in "ab":
        ledger.record(node_event(node))
    due = AsyncEventDispatcher(ledger, EventHandlers(node_event=handler), clock=clock, poll_seconds=0.0)
    await due.start()
    async with asyncio.timeout(30):
        await stopped.wait()
        await asyncio.wait(asyncio.all_tasks() - {asyncio.current_task()})
    assert [event.state for event in ledger.events()] == [EventState.HANDLED, EventState.PENDING]


async def test_nothing_more_is_handled_after_a_stop_that_a_handler_ignored(
    ledger: SqlEventLedger, clock: Clock
) -> None:
    running = asyncio.Event()

    async def handler(payload: NodeEvent, event: StoredEvent) -> None:
        running.set()
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.Event().wait()

    for node in "ab":
        ledger.record(node_event(node))
    async with AsyncEventDispatcher(ledger, EventHandlers(node_event=handler), clock=clock), asyncio.timeout(30):
        await running.wait()
    assert [event.state for event in ledger.events()] == [EventState.HANDLED, EventState.PENDING]


@pytest.fixture
def held() -> Iterator["Held"]:
    held = Held()
    yield held
    held.released.set()


class Held:
    """A plain handler that ends when it is told to."""

    def __init__(self) -> None:
        self.entered = threading.Event()
        self.released = threading.Event()
        self.result: Any = None

    def __call__(self, payload: object, event: StoredEvent) -> Any:
        self.entered.set()
        assert self.released.wait(30)
        return self.result

    async def stop(self, due: AsyncEventDispatcher) -> None:
        """Stop a dispatcher while this runs, and only then let it end."""
        assert await asyncio.to_thread(self.entered.wait, 30)
        stopping = asyncio.create_task(due.stop())
        await asyncio.sleep(0)  # the task is cancelled now
        self.released.set()
        await stopping


async def test_a_plain_function_is_waited_for_and_its_end_noted(
    ledger: SqlEventLedger, clock: Clock, held: Held
) -> None:
    for node in "ab":
        ledger.record(node_event(node))
    due = AsyncEventDispatcher(ledger, EventHandlers(node_event=held), clock=clock)
    await due.start()
    await held.stop(due)
    assert [event.state for event in ledger.events()] == [EventState.HANDLED, EventState.PENDING]
    assert await AsyncEventDispatcher(ledger, EventHandlers(), clock=clock).run_due() == 1


async def test_a_coroutine_that_came_too_late_is_closed(ledger: SqlEventLedger, clock: Clock, held: Held) -> None:
    recorder = Recorder()
    ledger.record(node_event())
    held.result = recorder.later(None, ledger.events()[0])
    due = AsyncEventDispatcher(ledger, EventHandlers(node_event=held), clock=clock)
    await due.start()
    await held.stop(due)
    assert (recorder.seen, inspect.getcoroutinestate(held.result)) == ([], inspect.CORO_CLOSED)


class ForgetfulLedger(SqlEventLedger):
    """A ledger whose database goes away while a handler runs."""

    def settle(self, *_: Any, **__: Any) -> None:
        raise LedgerUnavailableError("away")


async def test_an_end_that_cannot_be_noted_is_no_trouble_at_the_stop(
    clock: Clock, held: Held, caplog: pytest.LogCaptureFixture
) -> None:
    ledger = ForgetfulLedger("sqlite://")
    ledger.record(node_event())
    due = AsyncEventDispatcher(ledger, EventHandlers(node_event=held), clock=clock)
    await due.start()
    await held.stop(due)
    ledger.close()
    gc.collect()
    assert caplog.text == ""


async def test_the_event_of_a_cancelled_coroutine_is_due_at_once(ledger: SqlEventLedger, clock: Clock) -> None:
    running, recorder = asyncio.Event(), Recorder()

    async def handler(payload: NodeEvent, event: StoredEvent) -> None:
        running.set()
        await asyncio.Event().wait()

    for node in "ab":
        ledger.record(node_event(node))
    async with AsyncEventDispatcher(ledger, EventHandlers(node_event=handler), clock=clock), asyncio.timeout(30):
        await running.wait()
    assert await AsyncEventDispatcher(ledger, EventHandlers(node_event=recorder), clock=clock).run_due() == 2
    assert {event.attempts for event in ledger.events()} == {0}


@pytest.mark.parametrize("form", ["coroutine", "function"])
async def test_a_cancellation_of_what_a_handler_waits_for_is_its_failure(
    ledger: SqlEventLedger, clock: Clock, form: str
) -> None:
    async def coroutine(payload: NodeEvent, event: StoredEvent) -> None:
        raise asyncio.CancelledError

    def function(payload: NodeEvent, event: StoredEvent) -> None:
        raise asyncio.CancelledError

    handlers = EventHandlers(node_event=coroutine if form == "coroutine" else function)
    for node in "ab":
        ledger.record(node_event(node))
    assert await AsyncEventDispatcher(ledger, handlers, clock=clock).run_due() == 2
    assert {event.last_error for event in ledger.events()} == {"CancelledError: "}


def test_a_cancellation_is_a_failure_for_the_blocking_dispatcher_too(ledger: SqlEventLedger, clock: Clock) -> None:
    def handler(payload: NodeEvent, event: StoredEvent) -> None:
        raise asyncio.CancelledError

    ledger.record(node_event())
    assert dispatcher(ledger, handler, clock).run_due() == 1
    assert [event.last_error for event in ledger.events()] == ["CancelledError: "]


async def test_the_task_outlives_trouble(clock: Clock, tmp_path: Any, trouble: threading.Event) -> None:
    folder = tmp_path / "mounted later"
    late = SqlEventLedger(f"sqlite:///{folder}/ledger.db")
    handled = asyncio.Event()

    async def handler(payload: NodeEvent, event: StoredEvent) -> None:
        handled.set()

    due = AsyncEventDispatcher(late, EventHandlers(node_event=handler), clock=clock, poll_seconds=0.001)
    async with due, asyncio.timeout(30):
        assert await asyncio.to_thread(trouble.wait, 30)
        folder.mkdir()
        await asyncio.to_thread(late.record, node_event())
        await handled.wait()
    late.close()


def test_kinds_are_those_with_a_handler() -> None:
    handler = Recorder()
    assert EventHandlers(traffic=handler).kinds == {CallbackKind.TRAFFIC}
    assert EventHandlers().kinds == frozenset()


# Several replicas


def test_each_replica_handles_the_lanes_that_it_owns(ledger: SqlEventLedger, clock: Clock) -> None:
    one, other = Recorder(), Recorder()
    for node in "abab":
        ledger.record(node_event(node))
    assert dispatcher(ledger, one, clock, cluster=Member("lane:node:a")).run_due() == 2
    assert dispatcher(ledger, other, clock, cluster=Member("lane:node:b")).run_due() == 2
    assert [event.lane for _, event in one.seen] == ["node:a"] * 2
    assert [event.lane for _, event in other.seen] == ["node:b"] * 2


class Loser(Recorder):
    """A handler during whose first call its replica loses everything."""

    def __init__(self, member: Member) -> None:
        super().__init__()
        self.member = member

    def __call__(self, payload: Any, event: StoredEvent) -> None:
        super().__call__(payload, event)
        if len(self.seen) == 1:
            self.member.own()


def test_what_was_lost_after_it_was_claimed_is_left_to_others(ledger: SqlEventLedger, clock: Clock) -> None:
    member = Member("lane:node:a", "lane:node:b")
    loser = Loser(member)
    for node in "ab":
        ledger.record(node_event(node))
    due = dispatcher(ledger, loser, clock, cluster=member, lease_seconds=5.0)
    assert due.run_due() == 1
    clock.now += 5.0
    member.own("lane:node:b")
    assert due.run_due() == 1
    assert [event.lane for _, event in loser.seen] == ["node:a", "node:b"]


async def test_what_was_lost_after_it_was_claimed_is_left_to_others_by_a_task_too(
    ledger: SqlEventLedger, clock: Clock
) -> None:
    member = Member("lane:node:a", "lane:node:b")
    loser = Loser(member)
    for node in "ab":
        ledger.record(node_event(node))
    handlers = EventHandlers(node_event=loser)
    due = AsyncEventDispatcher(ledger, handlers, clock=clock, cluster=member, lease_seconds=5.0)
    assert await due.run_due() == 1
    clock.now += 5.0
    member.own("lane:node:b")
    assert await due.run_due() == 1
    assert [event.lane for _, event in loser.seen] == ["node:a", "node:b"]

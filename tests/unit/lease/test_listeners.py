"""Delivery to listeners."""

import asyncio
import logging
import threading
from collections.abc import Callable, Iterator

import pytest

from znp_panel_sync.lease import LeaseState, LeaseTransition
from znp_panel_sync.lease._listeners import MOST_WAITING, AsyncListener, Journal, Listener, journal, new_mailbox

LONG = 10.0


def transition(number: int) -> LeaseTransition:
    return LeaseTransition(number, LeaseState.STOPPED, LeaseState.REGISTERING, "test")


async def delivered(listener: Listener | AsyncListener) -> None:
    """Have two transitions delivered, and what there is to be logged written."""
    mailbox = new_mailbox(listener)
    mailbox.put(transition(1))
    mailbox.put(transition(2))
    await asyncio.wait_for(mailbox.idle(), LONG)
    await asyncio.wait_for(journal.idle(), LONG)


async def test_functions_get_everything_in_order_and_once() -> None:
    seen: list[LeaseTransition] = []
    mailbox = new_mailbox(seen.append)
    for number in range(200):
        mailbox.put(transition(number))
    await asyncio.wait_for(mailbox.idle(), LONG)
    assert [step.number for step in seen] == list(range(200))
    assert mailbox.dropped == 0


async def test_coroutine_functions_do_too() -> None:
    seen: list[int] = []

    async def listener(step: LeaseTransition) -> None:
        assert mailbox.is_current()
        await asyncio.sleep(0)
        seen.append(step.number)

    mailbox = new_mailbox(listener)
    assert not mailbox.is_current()
    for number in range(20):
        mailbox.put(transition(number))
    await asyncio.wait_for(mailbox.idle(), LONG)
    mailbox.put(transition(20))
    await asyncio.wait_for(mailbox.idle(), LONG)
    assert seen == list(range(21))


async def test_what_listeners_raise_is_logged_and_stops_nothing(caplog: pytest.LogCaptureFixture) -> None:
    seen: list[int] = []

    def fails(step: LeaseTransition) -> None:
        seen.append(step.number)
        raise LookupError("listener's own trouble")

    async def fails_too(step: LeaseTransition) -> None:
        fails(step)

    for listener in (fails, fails_too):
        mailbox = new_mailbox(listener)
        mailbox.put(transition(1))
        mailbox.put(transition(2))
        await asyncio.wait_for(mailbox.idle(), LONG)
    await asyncio.wait_for(journal.idle(), LONG)
    assert seen == [1, 2, 1, 2]
    assert caplog.text.count("LookupError: listener's own trouble") == 4


@pytest.mark.parametrize("error", [SystemExit(1), asyncio.CancelledError()])
async def test_a_function_that_leaves_its_thread_hears_the_next_transition_too(
    error: BaseException, caplog: pytest.LogCaptureFixture
) -> None:
    seen: list[int] = []

    def leaves(step: LeaseTransition) -> None:
        seen.append(step.number)
        raise error

    await delivered(leaves)
    assert seen == [1, 2]
    assert caplog.text.count(type(error).__name__) >= 2


async def test_a_coroutine_function_that_awaits_what_was_cancelled_hears_the_next_transition_too(
    caplog: pytest.LogCaptureFixture,
) -> None:
    seen: list[int] = []
    cancelled = asyncio.get_running_loop().create_future()
    cancelled.cancel()

    async def awaits(step: LeaseTransition) -> None:
        seen.append(step.number)
        await cancelled

    await delivered(awaits)
    assert seen == [1, 2]
    assert "CancelledError" in caplog.text


async def test_nobody_waits_for_a_coroutine_function_whose_task_is_cancelled_with_the_program() -> None:
    tasks: list[asyncio.Task[None]] = []

    async def hangs(_: LeaseTransition) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.append(task)
        await asyncio.Event().wait()

    mailbox = new_mailbox(hangs)
    mailbox.put(transition(1))
    mailbox.put(transition(2))
    await asyncio.sleep(0)
    tasks[0].cancel()
    await asyncio.wait_for(mailbox.idle(), LONG)
    assert mailbox.dropped == 1


class Monitor:
    """A listener with a state of its own, that is to be awaited."""

    def __init__(self) -> None:
        self.seen: list[int] = []

    async def __call__(self, step: LeaseTransition) -> None:
        self.seen.append(step.number)


async def test_an_object_whose_call_is_a_coroutine_function_is_awaited() -> None:
    monitor = Monitor()
    await delivered(monitor)
    assert monitor.seen == [1, 2]


class Later:
    """Something to await that is no coroutine."""

    def __await__(self) -> Iterator[None]:
        yield


@pytest.mark.parametrize("answer", [Monitor(), lambda _: Later()])
async def test_a_function_that_returns_something_to_await_is_told_what_it_should_be(
    answer: Callable[[LeaseTransition], object], caplog: pytest.LogCaptureFixture
) -> None:
    def plain(step: LeaseTransition) -> object:
        return answer(step)

    await delivered(plain)
    assert caplog.text.count("listener: must be a coroutine function (async def)") == 2


async def test_what_waits_for_a_listener_is_bounded_and_counted() -> None:
    released, began = threading.Event(), threading.Event()
    seen: list[int] = []

    def blocks(step: LeaseTransition) -> None:
        began.set()
        released.wait(LONG)
        seen.append(step.number)

    mailbox = new_mailbox(blocks)
    mailbox.put(transition(0))
    await asyncio.to_thread(began.wait, LONG)
    for number in range(1, MOST_WAITING + 6):
        mailbox.put(transition(number))
    assert mailbox.dropped == 5
    released.set()
    await asyncio.wait_for(mailbox.idle(), LONG)
    assert seen == list(range(MOST_WAITING + 1))


async def test_who_gave_up_waiting_is_not_told() -> None:
    released = threading.Event()
    mailbox = new_mailbox(lambda _: released.wait(LONG))
    mailbox.put(transition(1))
    mailbox.idle().cancel()
    released.set()
    await asyncio.wait_for(mailbox.idle(), LONG)


def test_a_listener_may_outlive_the_event_loop() -> None:
    threads: list[threading.Thread] = []
    released = threading.Event()

    def blocks(_: LeaseTransition) -> None:
        threads.append(threading.current_thread())
        released.wait(LONG)

    async def put() -> None:
        mailbox = new_mailbox(blocks)
        mailbox.put(transition(1))
        await asyncio.wait({mailbox.idle()}, timeout=0.01)

    loop = asyncio.new_event_loop()
    loop.run_until_complete(put())
    loop.close()
    released.set()
    threads[0].join(LONG)
    assert not threads[0].is_alive()


def refuse_to_start(_: threading.Thread) -> None:
    raise RuntimeError("can't create new thread at interpreter shutdown")


async def test_where_no_thread_can_begin_any_more_transitions_are_dropped_and_nobody_waits(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    mailbox = new_mailbox(lambda _: None)
    with monkeypatch.context() as ending:
        ending.setattr(threading.Thread, "start", refuse_to_start)
        mailbox.put(transition(1))
        mailbox.put(transition(2))
    await asyncio.wait_for(mailbox.idle(), LONG)
    assert mailbox.dropped == 2


class Told(logging.Handler):
    """Hears what the lease logs, and does with it what it is told."""

    def __init__(self, react: Callable[[str], object]) -> None:
        super().__init__()
        self._react = react

    def emit(self, record: logging.LogRecord) -> None:
        self._react(record.getMessage())


@pytest.fixture
def log() -> Iterator[Callable[[Callable[[str], object]], None]]:
    """Adds handlers for the length of a test."""
    logger, handlers = logging.getLogger("znp_panel_sync.lease"), list[logging.Handler]()

    def listen(react: Callable[[str], object]) -> None:
        handlers.append(Told(react))
        logger.addHandler(handlers[-1])

    yield listen
    for handler in handlers:
        logger.removeHandler(handler)


async def test_log_lines_keep_their_order_and_a_handler_that_blocks_keeps_nobody(
    log: Callable[[Callable[[str], object]], None],
) -> None:
    released = threading.Event()
    lines: list[str] = []

    def slow(line: str) -> None:
        released.wait(LONG)
        lines.append(line)

    log(slow)
    journal = Journal()
    for number in range(20):
        journal.write(logging.WARNING, "line %d", number)
    assert lines == []
    released.set()
    await asyncio.wait_for(journal.idle(), LONG)
    assert lines == [f"line {number}" for number in range(20)]


async def test_a_handler_that_raises_loses_its_own_line_alone(log: Callable[[Callable[[str], object]], None]) -> None:
    lines: list[str] = []

    def fails(line: str) -> None:
        lines.append(line)
        raise LookupError(line)

    log(fails)
    journal = Journal()
    journal.write(logging.WARNING, "one")
    journal.write(logging.WARNING, "two")
    await asyncio.wait_for(journal.idle(), LONG)
    assert lines == ["one", "two"]


async def test_log_lines_are_written_where_no_thread_can_begin_any_more(
    monkeypatch: pytest.MonkeyPatch, log: Callable[[Callable[[str], object]], None]
) -> None:
    lines: list[str] = []
    log(lines.append)
    monkeypatch.setattr(threading.Thread, "start", refuse_to_start)
    Journal().write(logging.WARNING, "the end of %s", "edge-1")
    assert lines == ["the end of edge-1"]

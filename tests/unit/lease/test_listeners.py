"""Delivery to listeners."""

import asyncio
import threading

import pytest

from znp_panel_sync.lease import LeaseState, LeaseTransition
from znp_panel_sync.lease._listeners import MOST_WAITING, new_mailbox

LONG = 10.0


def transition(number: int) -> LeaseTransition:
    return LeaseTransition(number, LeaseState.STOPPED, LeaseState.REGISTERING, "test")


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
    assert seen == [1, 2, 1, 2]
    assert caplog.text.count("LookupError: listener's own trouble") == 4


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


async def test_where_no_thread_can_begin_any_more_transitions_are_dropped_and_nobody_waits(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(_: threading.Thread) -> None:
        raise RuntimeError("can't create new thread at interpreter shutdown")

    mailbox = new_mailbox(lambda _: None)
    with monkeypatch.context() as ending:
        ending.setattr(threading.Thread, "start", refuse)
        mailbox.put(transition(1))
        mailbox.put(transition(2))
    await asyncio.wait_for(mailbox.idle(), LONG)
    assert mailbox.dropped == 2

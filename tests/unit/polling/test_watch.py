"""The poller that follows streams, in virtual time: when it polls, when it follows, and that it never does both."""

import asyncio
import logging
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from random import Random
from typing import Any

import pytest

from tests.unit.polling.streaming import StreamingKernels
from tests.unit.polling.support import World, host, node, refusing, well, world
from znp_panel_sync.errors import KernelTimeoutError
from znp_panel_sync.health import Health
from znp_panel_sync.polling import Node

pytestmark = pytest.mark.looptime

MINUTES = 300.0


@asynccontextmanager
async def watching(*nodes: Node, kernels: StreamingKernels, **given: Any) -> AsyncIterator[World]:
    """Run a poller that follows its kernels, until nothing of it is left."""
    async with world(*nodes, kernels=kernels, watch=kernels, **given) as it:
        yield it
    assert kernels.open.total() == 0
    assert kernels.polls_beside_streams == 0
    assert kernels.overlaps == 0


def is_watched(it: World, number: int) -> bool:
    return it.poller.states()[number].watched


def health(it: World, number: int) -> Health:
    return it.poller.states()[number].protocols[0].health


# While there is a stream


async def test_a_kernel_that_streams_is_polled_once_and_then_followed() -> None:
    kernels = StreamingKernels()
    async with watching(node(1, "offline"), kernels=kernels) as it:
        await asyncio.sleep(31)
        assert is_watched(it, 1)
        await asyncio.sleep(MINUTES)
        assert it.poller.states()[1].polled_at == pytest.approx(it.poller._wall_clock(), abs=31)
    assert it.transitions() == [(1, "online")]
    assert (len(it.polled(1)), len(kernels.opened[host(1)])) == (1, 1)
    assert it.counters.polls.total() == pytest.approx(12, abs=1), "the engine counts what the stream answers"


async def test_a_change_of_health_is_known_within_a_second_or_two_and_wakes_the_poller_once() -> None:
    kernels = StreamingKernels()
    async with watching(node(1), kernels=kernels) as it:
        await asyncio.sleep(35)
        polled = it.counters.polls.total()
        kernels.health[host(1)] = {"Degraded": {"consecutive_failures": 2}}
        await asyncio.sleep(1.2)
        assert health(it, 1) is Health.DEGRADED
        await asyncio.sleep(10)
        assert it.counters.polls.total() == polled + 1
    assert it.heard == []


async def test_nodes_of_one_kernel_share_its_stream() -> None:
    kernels = StreamingKernels()
    async with watching(node(1), Node(2, node(1).control), kernels=kernels) as it:
        await asyncio.sleep(35)
        assert is_watched(it, 1)
        assert is_watched(it, 2)
        it.store.remove(1)
        await it.poller.refresh()
        await asyncio.sleep(60)
        assert kernels.open[host(1)] == 1
    assert len(kernels.opened[host(1)]) == 1


async def test_a_node_that_goes_has_its_stream_closed_at_once() -> None:
    kernels = StreamingKernels()
    async with watching(node(1), node(2), node(3), kernels=kernels) as it:
        await asyncio.sleep(35)
        it.store.remove(1)
        it.store.put(node(2, "disabled"))
        it.store.put(node(3, status_sync_enabled=False))
        await it.poller.refresh()
        await asyncio.sleep(0.1)
        assert kernels.open.total() == 0
        await asyncio.sleep(MINUTES)
    assert all(len(it.polled(number)) == len(kernels.opened[host(number)]) == 1 for number in (1, 2, 3))


async def test_a_changed_interval_moves_nothing_but_the_polls_that_the_stream_answers() -> None:
    kernels = StreamingKernels()
    async with watching(node(1), kernels=kernels) as it:
        await asyncio.sleep(35)
        it.store.put(node(1, interval=2.0))
        await it.poller.refresh()
        await asyncio.sleep(20)
    assert it.counters.polls.total() > 10
    assert len(it.polled(1)) == 1


# When a stream fails


async def test_a_kernel_that_dies_is_offline_at_once_and_followed_again_when_it_is_back() -> None:
    kernels = StreamingKernels()
    async with watching(node(1), kernels=kernels) as it:
        await asyncio.sleep(35)
        kernels.let(refusing, host(1))
        kernels.cut(host(1))
        await asyncio.sleep(0.2)
        assert it.transitions() == [(1, "offline")]
        await asyncio.sleep(MINUTES)
        assert len(kernels.opened[host(1)]) == 1, "a dead kernel is asked for no stream"
        kernels.let(well, host(1))
        await asyncio.sleep(MINUTES)
        assert it.transitions() == [(1, "offline"), (1, "online")]
        assert is_watched(it, 1)
    assert len(kernels.opened[host(1)]) == 2


async def test_a_stream_that_is_cut_is_bridged_by_one_poll_and_changes_nothing() -> None:
    kernels = StreamingKernels()
    async with watching(node(1), kernels=kernels) as it:
        await asyncio.sleep(35)
        for times in (2, 3, 4):
            kernels.cut(host(1))
            await asyncio.sleep(0.2)
            assert len(it.polled(1)) == times, "asked at once"
            assert not is_watched(it, 1)
            await asyncio.sleep(1)
            assert len(kernels.opened[host(1)]) == times, "and followed again after the pause"
            assert is_watched(it, 1)
    assert it.heard == []


async def test_a_stream_that_falls_silent_is_given_up_after_three_intervals() -> None:
    kernels = StreamingKernels()
    async with watching(node(1), kernels=kernels) as it:
        await asyncio.sleep(35)
        kernels.silent.add(host(1))
        kernels.let(refusing, host(1))
        began = asyncio.get_running_loop().time()
        await asyncio.sleep(5)
        assert 2 <= it.heard_at[1] - began <= 3.5
    assert it.transitions() == [(1, "offline")]


async def test_a_poll_waits_for_a_stream_that_is_late_and_is_answered_by_it() -> None:
    kernels = StreamingKernels(interval=2.0)
    async with watching(node(1), kernels=kernels) as it:
        await begin_late_poll(it, kernels)
        kernels.silent.clear()
        await asyncio.sleep(2.1)
        assert it.transitions() == [(2, "online")]
        assert is_watched(it, 2)
    assert len(it.polled(1)) == 1


async def test_a_stream_that_ends_while_a_poll_waits_for_it_is_replaced_by_a_request() -> None:
    kernels = StreamingKernels(interval=2.0)
    async with watching(node(1), kernels=kernels) as it:
        await begin_late_poll(it, kernels)
        kernels.cut(host(1))
        await asyncio.sleep(0.1)
        assert it.transitions() == [(2, "online")]
        assert not is_watched(it, 2)
    assert len(it.polled(1)) == 2


async def begin_late_poll(it: World, kernels: StreamingKernels) -> None:
    """Follow the first kernel, let it fall silent, and poll it when its stream is late: for more than 3 s, of 6."""
    await asyncio.sleep(35)
    kernels.silent.add(host(1))
    await asyncio.sleep(1.6)
    it.store.put(Node(2, node(1).control))
    await it.poller.refresh()  # a new node's kernel is polled at once
    await asyncio.sleep(0.2)
    assert it.heard == []


async def test_a_poll_that_waits_in_vain_for_a_late_stream_has_time_to_ask() -> None:
    kernels = StreamingKernels(interval=30.0)
    async with watching(node(1, interval=9.0), kernels=kernels) as it:
        await asyncio.sleep(20)
        kernels.silent.add(host(1))
        await asyncio.sleep(60)
        assert not is_watched(it, 1)
    assert len(it.polled(1)) > 1
    assert it.heard == []


async def test_a_hung_kernel_behind_a_late_stream_is_offline_by_its_deadline() -> None:
    kernels = StreamingKernels(interval=30.0)
    async with watching(node(1, interval=9.0), kernels=kernels) as it:
        await asyncio.sleep(20)
        kernels.silent.add(host(1))
        kernels.hung.add(host(1))
        await asyncio.sleep(70)
    assert it.transitions() == [(1, "offline")]
    assert it.heard[0].latency == pytest.approx(5, abs=0.2)


async def test_garbage_ends_a_stream_and_is_no_failure_of_the_kernel(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "znp_panel_sync.polling")
    kernels = StreamingKernels()
    kernels.pause_seconds = 60.0
    async with watching(node(1), kernels=kernels) as it:
        await asyncio.sleep(35)
        kernels.garbage[host(1)] = "garbage"
        await asyncio.sleep(2)
        assert len(it.polled(1)) == 2
        assert "not a status document" in caplog.text
        kernels.garbage.clear()
        await asyncio.sleep(65)
        assert is_watched(it, 1)
    assert it.heard == []


# Kernels without streams, and bad ones


async def test_a_kernel_that_refuses_to_stream_is_polled_at_its_interval_and_asked_again_after_the_pause() -> None:
    kernels = StreamingKernels()
    kernels.pause_seconds = 600.0
    kernels.refusals[host(1)] = KernelTimeoutError("no stream", kernel="http://kernel-1")
    async with watching(node(1), kernels=kernels) as it:
        await asyncio.sleep(1300)
        assert len(it.polled(1)) == pytest.approx(43, abs=1)
        assert len(kernels.opened[host(1)]) == 3
        kernels.refusals.clear()
        await asyncio.sleep(630)
        assert is_watched(it, 1)
    assert it.heard == []


async def test_a_kernel_that_accepts_and_closes_is_polled_no_more_than_without_streams() -> None:
    kernels = StreamingKernels()
    kernels.pause_seconds = 45.0
    kernels.life[host(1)] = 0.0
    async with watching(node(1), kernels=kernels) as it:
        await asyncio.sleep(1800)
    assert len(it.polled(1)) == pytest.approx(60, abs=1)
    assert len(kernels.opened[host(1)]) == pytest.approx(40, abs=1)
    assert it.heard == []


async def test_a_kernel_that_ends_each_stream_soon_costs_one_poll_more_for_each() -> None:
    kernels = StreamingKernels()
    kernels.pause_seconds = 45.0
    kernels.life[host(1)] = 5.0
    async with watching(node(1), kernels=kernels) as it:
        await asyncio.sleep(1000)
    assert len(kernels.opened[host(1)]) == pytest.approx(20, abs=1)
    assert len(it.polled(1)) <= 34 + 20
    assert it.heard == []


async def test_a_stream_that_is_slow_to_open_delays_no_poll() -> None:
    kernels = StreamingKernels()
    kernels.connect_seconds = 4.0
    async with watching(node(1, interval=3.0), kernels=kernels) as it:
        await asyncio.sleep(60)
        assert len(it.polled(1)) >= 15
        kernels.connect_seconds = 100.0
        it.store.put(node(1))
        await it.poller.refresh()
        await asyncio.sleep(60)
        kernels.connect_seconds = 0.01
        await asyncio.sleep(31)
        assert is_watched(it, 1)
    assert it.heard == []


async def test_what_a_watch_does_wrong_is_logged_and_polled_over(caplog: pytest.LogCaptureFixture) -> None:
    kernels = StreamingKernels()
    kernels.refusals[host(1)] = ArithmeticError("a bug of the watch")
    async with watching(node(1), kernels=kernels) as it:
        await asyncio.sleep(32)
        kernels.refusals.clear()
        await asyncio.sleep(2)
        assert is_watched(it, 1)
    assert "a bug of the watch" in caplog.text
    assert it.heard == []


TROUBLES: list[Callable[[StreamingKernels, str], object]] = [
    lambda kernels, name: kernels.cut(name),
    lambda kernels, name: kernels.silent.symmetric_difference_update({name}),
    lambda kernels, name: kernels.garbage.update({name: "garbage"}),
    lambda kernels, name: kernels.garbage.clear(),
    lambda kernels, name: kernels.refusals.update({name: KernelTimeoutError("no", kernel="http://k")}),
    lambda kernels, name: kernels.refusals.clear(),
    lambda kernels, name: kernels.life.update({name: 0.5}),
    lambda kernels, name: kernels.life.clear(),
    lambda kernels, name: kernels.health.update({name: {"Unhealthy": {"consecutive_failures": 3}}}),
]


@pytest.mark.parametrize("seed", range(6))
async def test_whatever_streams_do_a_kernel_that_answers_polls_stays_online(seed: int) -> None:
    chance = Random(seed)
    kernels = StreamingKernels(interval=2.0)
    numbers = range(4)
    async with watching(*map(node, numbers), kernels=kernels, interval=7.0) as it:
        for _ in range(60):
            kernels.connect_seconds = chance.choice([0.01, 1.0, 6.0])
            chance.choice(TROUBLES)(kernels, host(chance.choice(numbers)))
            await asyncio.sleep(chance.uniform(0.0, 6.0))
        for trouble in (kernels.silent, kernels.garbage, kernels.refusals, kernels.life):
            trouble.clear()
        kernels.connect_seconds = 0.01
        await asyncio.sleep(20)
        assert all(is_watched(it, number) for number in numbers)
    assert it.heard == []


# Thresholds, guard, and many kernels


async def test_failures_behind_an_ended_stream_count_against_the_threshold() -> None:
    kernels = StreamingKernels()
    async with watching(node(1), kernels=kernels, failure_threshold=2) as it:
        await asyncio.sleep(35)
        kernels.let(refusing, host(1))
        kernels.cut(host(1))
        await asyncio.sleep(0.5)
        assert (it.heard, it.poller.states()[1].failures) == ([], 1)
        await asyncio.sleep(46)
        assert it.transitions() == [(1, "offline")]


async def test_successes_are_counted_over_the_stream_too() -> None:
    kernels = StreamingKernels()
    async with watching(node(1, "offline"), kernels=kernels, success_threshold=3) as it:
        await asyncio.sleep(60)
        assert it.transitions() == [(1, "online")]
        assert len(it.polled(1)) == 1


@pytest.mark.parametrize("interval", [2.0, 5.0])
async def test_a_panel_that_loses_its_network_marks_nobody_offline(interval: float) -> None:
    kernels = StreamingKernels(interval)
    numbers = range(30)
    async with watching(*map(node, numbers), kernels=kernels) as it:
        await asyncio.sleep(40)
        assert all(is_watched(it, number) for number in numbers)
        kernels.silent.update(map(host, numbers))
        kernels.let(refusing, *map(host, numbers))
        await asyncio.sleep(60)
        assert it.is_holding()
        kernels.silent.clear()
        kernels.let(well, *map(host, numbers))
        await asyncio.sleep(60)
        assert not it.is_holding()
        assert all(is_watched(it, number) for number in numbers)
    assert it.heard == []


async def test_many_streams_that_end_at_once_are_replaced_gently() -> None:
    kernels = StreamingKernels(interval=20.0)
    hosts = [host(number) for number in range(300)]
    async with watching(*map(node, range(300)), kernels=kernels, guard=None) as it:
        await asyncio.sleep(35)
        assert kernels.open.total() == 300
        began = asyncio.get_running_loop().time()
        kernels.cut(*hosts)
        await asyncio.sleep(10)
        assert kernels.open.total() == 300
    again = [moment for name in hosts for moment in kernels.polls[name] if moment > began]
    seconds = Counter(int(moment) for moment in again)
    assert max(seconds.values()) <= 80, "50 a second, beside the usual ones of each phase"
    assert it.heard == []


async def test_few_streams_are_opened_at_a_time() -> None:
    kernels = StreamingKernels(interval=20.0)
    kernels.connect_seconds = 4.0
    async with watching(*map(node, range(200)), kernels=kernels, interval=10.0) as it:
        await asyncio.sleep(45)
        assert kernels.open.total() == 200
    assert kernels.most_connecting == 64
    assert it.heard == []


async def test_no_more_streams_are_open_than_the_process_has_room_for(caplog: pytest.LogCaptureFixture) -> None:
    kernels = StreamingKernels()
    async with watching(*map(node, range(5)), kernels=kernels, kept_connections=4) as it:
        await asyncio.sleep(70)
        assert kernels.open.total() == 2
        assert sum(state.watched for state in it.poller.states().values()) == 2
    assert caplog.text.count("2 kernels are followed, and the others polled") == 1


# The end


@pytest.mark.parametrize("seconds", [1.0, 100.0])
async def test_stopping_waits_for_streams_to_be_closed_but_not_for_ever(seconds: float) -> None:
    kernels = StreamingKernels(interval=5.0)
    loop = asyncio.get_running_loop()
    async with world(node(1), kernels=kernels, watch=kernels) as it:
        await asyncio.sleep(35)
        kernels.close_seconds = seconds
        began = loop.time()
        await it.poller.stop()
        assert loop.time() - began == pytest.approx(min(seconds, 2.0), abs=0.1)
        assert kernels.open[host(1)] == (seconds > 2)
        await asyncio.sleep(100)
    assert kernels.open[host(1)] == 0
    assert len(it.polled(1)) == 1

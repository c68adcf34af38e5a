"""The poller and its store, listeners, recovery actions and end, in virtual time."""

import asyncio
import os
from collections.abc import Collection, Mapping, Sequence
from itertools import pairwise
from typing import Any

import pytest

from tests.unit.cluster.support import Member
from tests.unit.polling.support import VirtualKernels, host, new_poller, node, refusing, well, world
from tests.unit.polling.test_owned import FencedStore
from znp_panel_sync.polling import Counters, Node, NodeId, NodeStatus, PollerStateError, StatusChange
from znp_panel_sync.stores import MemoryNodeStore

pytestmark = pytest.mark.looptime


class TroubledStore(MemoryNodeStore):
    """A store that can fail and hang, and remembers what was written."""

    def __init__(self, *nodes: Node) -> None:
        super().__init__(nodes)
        self.listing_fails = self.writing_fails = False
        self.hangs = False
        self.written: list[list[tuple[NodeId, str]]] = []

    async def list_nodes(self) -> Sequence[Node]:
        if self.listing_fails:
            raise ConnectionError("the database is away")
        return await super().list_nodes()

    async def apply(self, changes: Sequence[StatusChange]) -> Collection[NodeId]:
        if self.hangs:
            await asyncio.Event().wait()
        if self.writing_fails:
            raise ConnectionError("the database is away")
        self.written.append([(change.node_id, change.status.value) for change in changes])
        return await super().apply(changes)


# The store


async def test_the_poller_starts_while_the_store_is_away(caplog: pytest.LogCaptureFixture) -> None:
    store = TroubledStore(node(1, "offline"))
    store.listing_fails = True
    async with world(store=store) as it:
        await asyncio.sleep(50)
        with pytest.raises(ConnectionError):
            await it.poller.refresh()
        store.listing_fails = False
        await asyncio.sleep(31)
        assert it.transitions() == [(1, "online")]
        store.listing_fails = True
        await asyncio.sleep(60)
        assert len(it.polled(1)) == 3  # those known are polled on
        assert it.counters.listings_failed > 60
    assert caplog.text.count("The nodes cannot be read") == 2


async def test_changes_wait_for_a_store_that_fails_and_the_newest_wins(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    store = TroubledStore(*map(node, range(4)))
    store.writing_fails = True
    kernels = VirtualKernels()
    async with world(store=store, kernels=kernels) as it:
        await asyncio.sleep(31)
        kernels.let(refusing, host(0), host(1))
        await asyncio.sleep(31)
        assert sorted(it.transitions()) == [(0, "offline"), (1, "offline")]  # told although nothing is written
        kernels.let(well, host(0))
        await asyncio.sleep(31)
        assert it.transitions()[2:] == [(0, "online")]
        assert it.poller.states()[1].status is NodeStatus.OFFLINE  # the store's old list does not undo it
        store.writing_fails = False
        await asyncio.sleep(60)
        assert sorted(change for batch in store.written for change in batch) == [(0, "online"), (1, "offline")]
        assert len(it.heard) == 3
        assert it.counters.writes_failed > 2
    assert caplog.text.count("takes no changes") == 1
    assert caplog.text.count("takes changes again") == 1


async def test_a_store_that_hangs_delays_polls_not_at_all_and_news_by_its_timeout() -> None:
    store = TroubledStore(*map(node, range(4)))
    store.hangs = True
    kernels = VirtualKernels()
    async with world(store=store, kernels=kernels, store_timeout=3, guard=None) as it:
        await asyncio.sleep(31)
        kernels.let(refusing, host(0))
        await asyncio.sleep(31)
        assert it.transitions() == [(0, "offline")]
        kernels.let(refusing, host(1))
        await asyncio.sleep(31)
        assert it.transitions() == [(0, "offline"), (1, "offline")]
        assert [len(it.polled(number)) for number in (2, 3)] == [3, 3]
        store.hangs = False
        await asyncio.sleep(40)
        assert sorted(change for batch in store.written for change in batch) == [(0, "offline"), (1, "offline")]


@pytest.mark.parametrize("call", ["list_nodes", "site_settings"])
async def test_a_store_that_never_answers_is_given_up_after_its_timeout(
    call: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    time_of = asyncio.get_running_loop().time
    async with world(node(1), store_timeout=3) as it:
        await asyncio.sleep(1)
        monkeypatch.setattr(it.store, call, asyncio.Event().wait)
        asked_at = time_of()
        with pytest.raises(TimeoutError):
            await it.poller.refresh()
        assert time_of() - asked_at == pytest.approx(3)


async def test_each_call_of_the_store_may_take_its_timeout_however_many_there_are() -> None:
    class Slow(FencedStore):
        async def list_nodes(self) -> Sequence[Node]:
            await asyncio.sleep(2.5)
            return await super().list_nodes()

        async def claim(self, node_ids: Collection[NodeId], owner: str) -> Mapping[NodeId, int]:
            await asyncio.sleep(2.5e-3 * len(node_ids))
            return await super().claim(node_ids, owner)

    member = Member(*(f"node:{number}" for number in range(1500)))
    async with world(store=Slow(1500), cluster=member, store_timeout=3) as it:
        await asyncio.sleep(60)
        assert len(it.poller.states()) == 1500


async def test_a_node_that_was_disabled_just_then_is_neither_written_nor_announced() -> None:
    kernels = VirtualKernels()
    async with world(node(1), node(2), kernels=kernels, refresh_interval=600) as it:
        await asyncio.sleep(31)
        it.store.put(node(1, "disabled"))
        kernels.let(refusing, host(1))
        await asyncio.sleep(31)
        assert it.heard == []
        assert it.store[1].status is NodeStatus.DISABLED
        assert set(it.poller.states()) == {2}  # seen at once, long before the next refresh


async def test_many_changes_are_written_in_batches() -> None:
    store = TroubledStore(*(Node(number, node(1).control, "offline") for number in range(1200)))
    async with world(store=store) as it:
        await asyncio.sleep(31)
        assert len(it.heard) == 1200
    assert [len(batch) for batch in store.written] == [500, 500, 200]


async def test_a_change_that_comes_while_another_is_written_is_written_and_told_after_it() -> None:
    entered, leave = asyncio.Event(), asyncio.Event()

    class Slow(TroubledStore):
        async def apply(self, changes: Sequence[StatusChange]) -> Collection[NodeId]:
            entered.set()
            await leave.wait()
            return await super().apply(changes)

    kernels = VirtualKernels()
    store = Slow(node(1, "offline"), node(2))
    async with world(store=store, kernels=kernels, store_timeout=1000) as it:
        await entered.wait()
        kernels.let(refusing, host(1), host(2))
        await asyncio.sleep(40)
        assert it.heard == []
        leave.set()
        await asyncio.sleep(1)
        assert it.transitions()[0] == (1, "online")
        assert sorted(it.transitions()[1:]) == [(1, "offline"), (2, "offline")]
    assert store.written[0] == [(1, "online")]
    assert store.written[-1] != store.written[0]


# Start and end


async def test_after_stop_nothing_is_sent_written_or_announced() -> None:
    kernels = VirtualKernels()
    kernels.let(refusing, host(1))
    kernels.hung.add(host(2))
    store = TroubledStore(node(1), node(2), node(3))
    async with world(store=store, kernels=kernels, guard=None) as it:
        changes = it.poller.changes()
        await asyncio.sleep(33)
        await it.poller.stop()
        polls, heard, written = kernels.polls.copy(), list(it.heard), list(store.written)
        await asyncio.sleep(300)
        assert (kernels.polls, it.heard, store.written) == (polls, heard, written)
        assert [change.node_id async for change in changes] == [change.node_id for change in heard]
        assert kernels.closed == 1
        assert it.poller.states() == {}
        assert not it.poller.holding
        await it.poller.stop()
        assert kernels.closed == 1


async def test_stop_writes_what_is_waiting() -> None:
    kernels = VirtualKernels()
    store = TroubledStore(node(1), node(2))
    store.writing_fails = True
    async with world(store=store, kernels=kernels) as it:
        await asyncio.sleep(31)
        kernels.let(refusing, host(1))
        await asyncio.sleep(30)
        store.writing_fails = False
        await it.poller.stop(timeout=60)
    assert store.written == [[(1, "offline")]]


async def test_a_poller_runs_once() -> None:
    poller = new_poller(MemoryNodeStore(), VirtualKernels())
    with pytest.raises(PollerStateError, match="not running"):
        await poller.refresh()
    await poller.start()
    await poller.start()
    await poller.stop()
    with pytest.raises(PollerStateError, match="stopped"):
        await poller.start()
    with pytest.raises(PollerStateError, match="not running"):
        poller.changes()


async def test_stop_before_start_is_fine() -> None:
    poller = new_poller(MemoryNodeStore(), VirtualKernels())
    await poller.stop()
    with pytest.raises(PollerStateError):
        await poller.start()


async def test_nothing_made_before_a_fork_is_used_after_it(monkeypatch: pytest.MonkeyPatch) -> None:
    async with world(node(1)) as it:
        with monkeypatch.context() as child:
            child.setattr(os, "getpid", lambda: -1)
            with pytest.raises(PollerStateError, match="fork"):
                await it.poller.refresh()
            await it.poller.stop()
        assert it.poller.changes() is not None


# Recovery


async def test_recovery_actions_run_in_order_until_each_succeeds(caplog: pytest.LogCaptureFixture) -> None:
    calls: list[tuple[str, Any]] = []

    async def register(recovered: Node) -> None:
        calls.append(("register", recovered.id))
        if len(calls) < 3:
            raise ConnectionError("not yet")

    async def push(recovered: Node) -> None:
        calls.append(("push", recovered.id))

    nodes = [node(1, "offline"), node(2), node(3, "disabled")]
    async with world(*nodes, on_recovered=[register, push]) as it:
        await asyncio.sleep(60)
        assert calls == [("register", 1), ("register", 1), ("register", 1), ("push", 1)]
        assert it.counters.recoveries == 4
        assert it.counters.recoveries_failed == 2
    assert "not yet" in caplog.text


async def test_a_recovery_that_keeps_failing_is_given_up(caplog: pytest.LogCaptureFixture) -> None:
    calls: list[float] = []

    async def fail(_: Node) -> None:
        calls.append(asyncio.get_running_loop().time())
        await asyncio.sleep(100)

    async with world(node(1, "offline"), on_recovered=[fail], recovery_attempts=3, recovery_timeout=5) as it:
        await asyncio.sleep(200)
        assert len(calls) == 3
        assert len(it.polled(1)) >= 6
    assert all(later - earlier >= 6 for earlier, later in pairwise(calls))
    assert "failed 3 times" in caplog.text


async def test_recoveries_are_bounded_in_number_and_do_not_hold_up_polls() -> None:
    running = most = done = 0

    async def slow(_: Node) -> None:
        nonlocal running, most, done
        running += 1
        most = max(most, running)
        await asyncio.sleep(20)
        running -= 1
        done += 1

    nodes = [node(number, "offline") for number in range(20)]
    async with world(*nodes, on_recovered=[slow], recovery_concurrency=4) as it:
        await asyncio.sleep(150)
        assert all(len(it.polled(number)) == 5 for number in range(20))
        assert (most, done) == (4, 20)


async def test_a_recovery_is_given_up_when_its_node_goes_again() -> None:
    calls: list[Any] = []

    async def slow(recovered: Node) -> None:
        calls.append(recovered.id)
        await asyncio.sleep(70)
        calls.append("done")

    kernels = VirtualKernels()
    async with world(node(1, "offline"), node(2), kernels=kernels, on_recovered=[slow], recovery_timeout=100) as it:
        await asyncio.sleep(30.5)
        kernels.let(refusing, host(1))
        await asyncio.sleep(31)
        assert it.poller.states()[1].status is NodeStatus.OFFLINE
        await asyncio.sleep(100)
        assert calls == [1]


async def test_a_recovery_for_a_node_that_left_is_not_begun() -> None:
    calls: list[Any] = []

    async def note(recovered: Node) -> None:
        calls.append(recovered.id)

    leave = asyncio.Event()

    class Slow(TroubledStore):
        async def apply(self, changes: Sequence[StatusChange]) -> Collection[NodeId]:
            await leave.wait()
            return await super().apply(changes) or [1]

    async with world(store=Slow(node(1, "offline")), on_recovered=[note], store_timeout=1000) as it:
        await asyncio.sleep(31)
        it.store.remove(1)
        await it.poller.refresh()
        leave.set()
        await asyncio.sleep(31)
        assert it.transitions() == [(1, "online")]
    assert calls == []


# Listeners and metrics


async def test_listeners_hear_each_change_once_in_order_and_fail_alone(caplog: pytest.LogCaptureFixture) -> None:
    kernels = VirtualKernels()

    class Listener:
        def __init__(self) -> None:
            self.heard: list[str] = []

        async def __call__(self, change: StatusChange) -> None:
            await asyncio.sleep(500)
            self.heard.append(change.status.value)

    async def broken(_: StatusChange) -> None:
        raise ValueError("a listener with a bug")

    slow = Listener()
    async with world(node(1), node(2), kernels=kernels) as it:
        remove = it.poller.add_listener(broken)
        it.poller.add_listener(slow)
        changes = it.poller.changes()
        for behaviour in (refusing, well) * 3:
            kernels.let(behaviour, host(1))
            await asyncio.sleep(100)
            remove()
        await asyncio.sleep(3000)
        expected = ["offline", "online"] * 3
        assert slow.heard == [status for _, status in it.transitions()] == expected
        assert [(await anext(changes)).status.value for _ in expected] == expected
    assert caplog.text.count("A listener of status changes failed") == 1
    with pytest.raises(StopAsyncIteration):
        await anext(changes)


async def test_a_listener_far_behind_loses_the_oldest(caplog: pytest.LogCaptureFixture) -> None:
    kernels = VirtualKernels()
    async with world(node(1), kernels=kernels, listener_backlog=3, guard=None) as it:
        changes = it.poller.changes()
        for behaviour in (refusing, well) * 3:
            kernels.let(behaviour, host(1))
            await asyncio.sleep(200)
        assert changes.dropped == 3
    assert [change.status.value async for change in changes] == ["online", "offline", "online"]
    assert caplog.text.count("loses the oldest") == 1


async def test_counters_add_up() -> None:
    kernels = VirtualKernels()
    kernels.let(refusing, host(1))
    async with world(node(1), node(2), kernels=kernels, guard=None) as it:
        await asyncio.sleep(301)
        counters = it.counters
        assert counters.polls.total() == sum(map(len, kernels.polls.values()))
        assert counters.changes == {NodeStatus.OFFLINE: 1}
        assert (counters.nodes, counters.writes, counters.writes_failed) == (2, 1, 0)
        assert counters.latency_total == pytest.approx(0.01 * counters.polls.total(), rel=0.01)
        assert counters.lateness_worst < 0.2


async def test_metrics_that_fail_disturb_nothing(caplog: pytest.LogCaptureFixture) -> None:
    class Broken(Counters):
        def polled(self, *_: object) -> None:
            raise ZeroDivisionError

    async with world(node(1, "offline"), metrics=Broken()) as it:
        await asyncio.sleep(301)
        assert len(it.polled(1)) == 10
        assert it.transitions() == [(1, "online")]
    assert caplog.text.count("metrics failed") == 1


async def test_held_kernels_are_counted() -> None:
    kernels = VirtualKernels()
    async with world(*map(node, range(5)), kernels=kernels) as it:
        await asyncio.sleep(31)
        kernels.let(refusing, *map(host, range(5)))
        await asyncio.sleep(60)
        assert it.counters.kernels_held == 5
        kernels.let(well, *map(host, range(5)))
        await asyncio.sleep(60)
        assert it.counters.kernels_held == 0

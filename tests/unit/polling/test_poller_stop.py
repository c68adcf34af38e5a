"""How a poller ends, in virtual time: what is still done, what is not, and within which time."""

import asyncio
import gc
import weakref
from collections.abc import Collection, Sequence

import pytest

from tests.unit.cluster.support import Member
from tests.unit.polling.support import VirtualKernels, host, new_poller, node, refusing, well, world
from tests.unit.polling.test_poller_store import TroubledStore
from znp_panel_sync.errors import ConfigurationError
from znp_panel_sync.polling import Node, NodeId, NodeStatus, StatusChange
from znp_panel_sync.stores import MemoryNodeStore

pytestmark = pytest.mark.looptime


class GatedStore(TroubledStore):
    """A store that lists and writes at once, or when the test says so."""

    def __init__(self, *nodes: Node) -> None:
        super().__init__(*nodes)
        self.may_list, self.may_write = asyncio.Event(), asyncio.Event()
        self.may_list.set()
        self.may_write.set()
        self.listing, self.writing = asyncio.Event(), asyncio.Event()

    async def list_nodes(self) -> Sequence[Node]:
        self.listing.set()
        await self.may_list.wait()
        return await super().list_nodes()

    async def apply(self, changes: Sequence[StatusChange]) -> Collection[NodeId]:
        self.writing.set()
        await self.may_write.wait()
        return await super().apply(changes)


async def is_silent(kernels: VirtualKernels) -> bool:
    """Tell whether no kernel is polled any more."""
    before = sum(map(len, kernels.polls.values()))
    await asyncio.sleep(300)
    return sum(map(len, kernels.polls.values())) == before


async def test_readings_of_the_nodes_that_are_under_way_do_not_revive_the_polling() -> None:
    store, kernels = GatedStore(node(1)), VirtualKernels()
    async with world(store=store, kernels=kernels) as it:
        await asyncio.sleep(31)
        store.may_list.clear()
        store.listing.clear()
        refreshing = [asyncio.create_task(it.poller.refresh()) for _ in range(2)]
        await store.listing.wait()
        await it.poller.stop()
        assert await asyncio.gather(*refreshing) == [None, None]
        store.may_list.set()
        assert await is_silent(kernels)


async def test_a_reading_that_has_just_run_out_of_time_is_no_trouble() -> None:
    class Stubborn(GatedStore):
        async def list_nodes(self) -> Sequence[Node]:
            try:
                return await super().list_nodes()
            except asyncio.CancelledError:
                stopping.append(asyncio.create_task(it.poller.stop()))
                await asyncio.sleep(0.5)
                raise

    stopping: list[asyncio.Task[None]] = []
    store = Stubborn(node(1))
    async with world(store=store, store_timeout=3) as it:
        await asyncio.sleep(5)
        store.may_list.clear()
        await it.poller.refresh()
        await stopping[0]
        assert await is_silent(it.kernels)


async def test_a_change_that_is_refused_during_the_end_does_not_revive_the_polling() -> None:
    store, kernels = GatedStore(node(1, "offline"), node(2)), VirtualKernels()
    store.may_write.clear()
    async with world(store=store, kernels=kernels) as it:
        await store.writing.wait()
        store.remove(1)
        stopping = asyncio.create_task(it.poller.stop())
        await asyncio.sleep(1)
        store.may_write.set()
        await stopping
        assert await is_silent(kernels)
    assert it.heard == []


async def test_nodes_that_are_dealt_out_anew_during_the_end_do_not_revive_the_polling() -> None:
    store, kernels = GatedStore(node(1, "offline"), node(2)), VirtualKernels()
    store.may_write.clear()
    member = Member("node:1", "node:2")
    async with world(store=store, kernels=kernels, cluster=member) as it:
        await store.writing.wait()
        stopping = asyncio.create_task(it.poller.stop())
        await asyncio.sleep(1)
        member.own("node:2")
        store.may_write.set()
        await stopping
        assert await is_silent(kernels)
    assert member.parts == []


async def test_every_call_of_stop_waits_for_the_end_even_after_one_that_was_cancelled() -> None:
    store = GatedStore(node(1, "offline"))
    store.may_write.clear()
    async with world(store=store) as it:
        await store.writing.wait()
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.5):
                await it.poller.stop(timeout=10)
        others = [asyncio.create_task(it.poller.stop()) for _ in range(2)]
        await asyncio.sleep(1)
        assert not any(other.done() for other in others)
        store.may_write.set()
        await asyncio.gather(*others)
        assert store.written == [[(1, "online")]]
        await it.poller.stop()


async def test_a_pause_after_failed_writes_is_cut_short_once() -> None:
    store = TroubledStore(node(1))
    store.writing_fails = True
    kernels = VirtualKernels()
    async with world(store=store, kernels=kernels, guard=None) as it:
        kernels.let(refusing, host(1))
        await asyncio.sleep(300)
        failed = it.counters.writes_failed
        await it.poller.stop(timeout=1)
        assert it.counters.writes_failed == failed + 1
    store = TroubledStore(node(1))
    store.writing_fails = True
    async with world(store=store, kernels=kernels, guard=None) as it:
        await asyncio.sleep(300)
        store.writing_fails = False
        begun = asyncio.get_running_loop().time()
        await it.poller.stop()
        assert asyncio.get_running_loop().time() == begun
    assert store.written == [[(1, "offline")]]


async def test_recoveries_go_on_while_there_is_time() -> None:
    calls: list[object] = []

    async def push(recovered: Node) -> None:
        calls.append(recovered.id)
        await asyncio.sleep(2)
        calls.append(f"pushed {recovered.id}")

    store = GatedStore(node(1, "offline"))
    store.may_write.clear()
    async with world(store=store, on_recovered=[push]) as it:
        await store.writing.wait()
        stopping = asyncio.create_task(it.poller.stop())
        await asyncio.sleep(1)
        store.may_write.set()  # it is online for the store from here on: the next poller will not recover it
        await stopping
    assert calls == [1, "pushed 1"]


async def test_stop_is_bounded_whatever_hangs() -> None:
    loop = asyncio.get_running_loop()
    store = TroubledStore(node(1, "offline"), node(2, "offline"))
    store.hangs = True

    async def hang(_: object) -> None:
        await asyncio.Event().wait()

    poller = new_poller(store, VirtualKernels(), store_timeout=1, on_recovered=[hang])
    await poller.start()
    poller.add_listener(hang)
    await asyncio.sleep(40)
    begun = loop.time()
    await poller.stop(timeout=2)
    assert loop.time() - begun <= 2.01
    assert store.written == []
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_stop_is_bounded_whatever_resists_being_cancelled() -> None:
    loop = asyncio.get_running_loop()
    store = MemoryNodeStore([node(1, "offline")])
    resisted = asyncio.Semaphore(0)

    async def resist(_: object) -> None:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            await asyncio.sleep(60)
            resisted.release()

    poller = new_poller(store, VirtualKernels(), on_recovered=[resist], recovery_timeout=1000)
    await poller.start()
    poller.add_listener(resist)
    await asyncio.sleep(40)
    begun = loop.time()
    await poller.stop(timeout=2)
    assert loop.time() - begun <= 2.01
    for _ in range(2):  # both of them were asked to end
        await resisted.acquire()


async def test_a_poller_that_cannot_start_says_so_each_time() -> None:
    class Broken(Member):
        def enter(self, *_: object) -> None:
            raise ConfigurationError("url", "names an engine whose driver is not installed")

    poller = new_poller(MemoryNodeStore(), VirtualKernels(), cluster=Broken())
    for _ in range(2):
        with pytest.raises(ConfigurationError, match="driver"):
            await poller.start()
    assert poller.states() == {}
    await poller.stop()


# Iterators


async def test_an_iterator_can_be_closed_and_takes_nothing_after_that() -> None:
    kernels = VirtualKernels()
    async with world(node(1), kernels=kernels, guard=None) as it:
        changes = it.poller.changes()
        for behaviour in (refusing, well):
            kernels.let(behaviour, host(1))
            await asyncio.sleep(100)
            changes.close()
            changes.close()
        assert [change.status async for change in changes] == [NodeStatus.OFFLINE]
        assert len(it.heard) == 2


async def test_an_iterator_that_nobody_holds_is_forgotten() -> None:
    async with world(node(1)) as it:
        dropped = [weakref.ref(it.poller.changes()) for _ in range(3)]
        gc.collect()
        assert [iterator() for iterator in dropped] == [None] * 3
        it.kernels.let(refusing, host(1))
        await asyncio.sleep(100)
        assert it.transitions() == [(1, "offline")]

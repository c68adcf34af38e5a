"""A node whose write was refused, since another replica had claimed it, and that is this replica's all the same."""

import asyncio
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import Future

import pytest

from tests.unit.polling.support import VirtualKernels, host, node, refusing, world
from znp_panel_sync.cluster.ownership import Echo
from znp_panel_sync.polling import Node, NodeId, StatusChange
from znp_panel_sync.stores import MemoryNodeStore

pytestmark = pytest.mark.looptime


class Alone:
    """A cluster with one member, and an engine that confirms so whenever it is told to."""

    version = 1
    member = "a"

    def __init__(self) -> None:
        self.answers = 1

    def owns(self, _: str) -> bool:
        return True

    def enter(self, changed: Callable[[], None], _: Echo | None = None) -> None:
        changed()

    def leave(self, _: Callable[[], None]) -> "Future[None]":
        left: Future[None] = Future()
        left.set_result(None)
        return left

    def placed(self, owned: int, moved: int) -> None:
        pass


class ClaimedElsewhere(MemoryNodeStore):
    """A store whose nodes another replica claims behind this one's back."""

    def __init__(self, nodes: Sequence[Node]) -> None:
        super().__init__(nodes)
        self.epochs: dict[NodeId, int] = {}
        self.listings = 0

    async def list_nodes(self) -> Sequence[Node]:
        self.listings += 1
        return await super().list_nodes()

    async def claim(self, node_ids: Collection[NodeId], owner: str) -> Mapping[NodeId, int]:
        assert owner == "a"
        self.claimed_elsewhere(node_ids)
        return {node_id: self.epochs[node_id] for node_id in node_ids}

    async def apply_claimed(self, changes: Sequence[StatusChange], epochs: Mapping[NodeId, int]) -> Collection[NodeId]:
        return await self.apply([one for one in changes if epochs[one.node_id] == self.epochs[one.node_id]])

    def claimed_elsewhere(self, node_ids: Collection[NodeId]) -> None:
        self.epochs |= {node_id: self.epochs.get(node_id, 0) + 1 for node_id in node_ids}


async def test_it_is_polled_again_as_soon_as_the_engine_has_confirmed_that_it_is() -> None:
    cluster, store, kernels = Alone(), ClaimedElsewhere([node(1)]), VirtualKernels()
    async with world(kernels=kernels, store=store, cluster=cluster, interval=5.0, refresh_interval=1000.0) as running:
        await asyncio.sleep(5.5)
        store.claimed_elsewhere([1])
        kernels.let(refusing, host(1))
        await asyncio.sleep(60)
        refused_at = running.polled(1)[-1]
        assert refused_at < 12  # the node is left alone, since nobody has said yet whose it is
        cluster.answers += 2
        confirmed_at = asyncio.get_running_loop().time()
        await asyncio.sleep(8)
        assert running.polled(1)[-1] > confirmed_at
        assert [change.node_id for change in running.heard] == [1]
        listings = store.listings
        await asyncio.sleep(100)
        assert store.listings == listings  # nothing is waited for any more

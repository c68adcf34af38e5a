"""What one replica sees of a store that several replicas poll."""

import asyncio
from collections.abc import Collection, Mapping, Sequence

import pytest

from tests.unit.cluster.support import Member
from tests.unit.polling.support import node
from znp_panel_sync.polling import NodeId, NodeStatus, Reason, StatusChange
from znp_panel_sync.polling._owned import OwnedNodes
from znp_panel_sync.stores import MemoryNodeStore

KEYS = [f"node:{number}" for number in range(5)]


class FencedStore(MemoryNodeStore):
    """Memory, with an epoch for each node."""

    def __init__(self, count: int = 5) -> None:
        super().__init__([node(number) for number in range(count)])
        self.epochs: dict[NodeId, int] = {}
        self.claims: list[tuple[str, tuple[NodeId, ...]]] = []

    async def claim(self, node_ids: Collection[NodeId], owner: str) -> Mapping[NodeId, int]:
        self.claims.append((owner, tuple(node_ids)))
        self.epochs |= {node_id: self.epochs.get(node_id, 0) + 1 for node_id in node_ids}
        return {node_id: self.epochs[node_id] for node_id in node_ids}

    async def apply_claimed(self, changes: Sequence[StatusChange], epochs: Mapping[NodeId, int]) -> Collection[NodeId]:
        return await self.apply([one for one in changes if epochs[one.node_id] == self.epochs[one.node_id]])


def change(node_id: NodeId) -> StatusChange:
    return StatusChange(node_id, NodeStatus.ONLINE, NodeStatus.OFFLINE, Reason.REFUSED, at=1.0, latency=0.1)


async def ids(owned: OwnedNodes) -> list[NodeId]:
    return [each.id for each in await owned.list_nodes()]


def has_taken_over(owned: OwnedNodes) -> bool:
    return owned.taken_over


async def test_a_store_that_cannot_fence_shows_and_writes_what_is_owned() -> None:
    member, store = Member(*KEYS[:2]), MemoryNodeStore([node(number) for number in range(5)])
    owned = OwnedNodes(store, member)
    assert await ids(owned) == [0, 1]
    assert set(await owned.apply([change(1), change(2)])) == {1}
    assert await owned.apply([change(3)]) == ()
    assert await owned.site_settings() == await store.site_settings()
    assert member.placements == [(2, 0)]


async def test_nodes_are_claimed_before_they_are_shown_and_given_up_when_they_are_lost() -> None:
    member, store = Member(*KEYS[:2]), FencedStore()
    owned = OwnedNodes(store, member)
    assert await ids(owned) == [0, 1]
    assert not has_taken_over(owned)
    member.own(*KEYS[1:3])
    assert await owned.apply([change(0)]) == ()
    assert await ids(owned) == [1, 2]
    assert has_taken_over(owned)
    assert store.claims == [("a", (0, 1)), ("a", (2,))]
    member.own(*KEYS)
    assert await ids(owned) == [0, 1, 2, 3, 4]
    assert store.claims[-1] == ("a", (0, 3, 4))
    assert member.placements == [(2, 0), (2, 2), (5, 3)]


async def test_many_nodes_are_claimed_in_parts_and_those_that_were_claimed_stay_so() -> None:
    keys = [f"node:{number}" for number in range(2500)]
    member = Member(*keys)

    class FailingOnce(FencedStore):
        fails = True

        async def claim(self, node_ids: Collection[NodeId], owner: str) -> Mapping[NodeId, int]:
            if self.fails and 1000 in node_ids:
                self.fails = False
                raise TimeoutError
            return await super().claim(node_ids, owner)

    store = FailingOnce(2500)
    owned = OwnedNodes(store, member)
    with pytest.raises(TimeoutError):
        await owned.list_nodes()
    assert await ids(owned) == [*range(2500)]
    assert [len(claimed) for _, claimed in store.claims] == [1000, 1000, 500]
    assert set(store.epochs.values()) == {1}


async def test_what_is_lost_while_many_nodes_are_claimed_is_left_to_its_new_owner() -> None:
    keys = [f"node:{number}" for number in range(1500)]
    member = Member(*keys)

    class Losing(FencedStore):
        async def claim(self, node_ids: Collection[NodeId], owner: str) -> Mapping[NodeId, int]:
            member.own(*keys[:1200])
            return await super().claim(node_ids, owner)

    store = Losing(1500)
    assert await ids(OwnedNodes(store, member)) == [*range(1200)]
    assert store.epochs.keys() == {*range(1200)}


async def test_what_another_replica_has_claimed_is_not_overwritten_and_is_left_alone() -> None:
    member, store = Member(*KEYS), FencedStore()
    owned = OwnedNodes(store, member)
    await owned.list_nodes()
    await store.claim([1], "b")
    assert set(await owned.apply([change(1), change(2)])) == {2}
    assert (owned.owns(1), owned.waiting) == (False, True)
    assert await ids(owned) == [0, 2, 3, 4]
    member.answers += 2
    assert await ids(owned) == [0, 1, 2, 3, 4]
    assert not owned.waiting


async def test_a_node_that_was_claimed_again_during_a_refused_write_is_kept() -> None:
    member = Member(*KEYS)

    class Slow(FencedStore):
        async def apply_claimed(
            self, changes: Sequence[StatusChange], epochs: Mapping[NodeId, int]
        ) -> Collection[NodeId]:
            member.own()
            await owned.list_nodes()
            member.own(*KEYS)
            await owned.list_nodes()
            return await super().apply_claimed(changes, epochs)

    owned = OwnedNodes(Slow(), member)
    await owned.list_nodes()
    assert not await owned.apply([change(1)])
    assert (owned.owns(1), owned.waiting) == (True, False)


async def test_a_replica_that_never_took_part_can_leave() -> None:
    member = Member(*KEYS)
    await OwnedNodes(FencedStore(), member).leave(1.0)
    assert member.placements == [(0, 0)]


async def test_a_replica_takes_part_until_it_leaves() -> None:
    member = Member(*KEYS)
    owned, heard = OwnedNodes(FencedStore(), member), asyncio.Event()
    owned.enter(heard.set)
    await asyncio.wait_for(heard.wait(), 30)
    assert len(member.parts) == 1
    await owned.leave(1.0)
    assert member.parts == []

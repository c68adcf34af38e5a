"""A store of which no call takes longer than it may."""

import asyncio
from collections.abc import Collection, Mapping, Sequence

from znp_panel_sync.polling.model import Node, NodeId, StatusChange
from znp_panel_sync.polling.store import FencedNodeStore, NodeStore


def bounded(store: NodeStore, timeout: float) -> NodeStore:
    """Return the store with a bound of `timeout` seconds for each call of it; one that can fence still can."""
    return _BoundedFencedStore(store, timeout) if isinstance(store, FencedNodeStore) else _BoundedStore(store, timeout)


class _BoundedStore:
    """Raises `TimeoutError` for a call that takes too long, and has cancelled it then."""

    def __init__(self, store: NodeStore, timeout: float) -> None:
        self._store = store
        self._timeout = timeout

    async def list_nodes(self) -> Sequence[Node]:
        async with asyncio.timeout(self._timeout):
            return await self._store.list_nodes()

    async def site_settings(self) -> Mapping[str, object]:
        async with asyncio.timeout(self._timeout):
            return await self._store.site_settings()

    async def apply(self, changes: Sequence[StatusChange]) -> Collection[NodeId]:
        async with asyncio.timeout(self._timeout):
            return await self._store.apply(changes)


class _BoundedFencedStore(_BoundedStore):
    def __init__(self, store: FencedNodeStore, timeout: float) -> None:
        super().__init__(store, timeout)
        self._fenced = store

    async def claim(self, node_ids: Collection[NodeId], owner: str) -> Mapping[NodeId, int]:
        async with asyncio.timeout(self._timeout):
            return await self._fenced.claim(node_ids, owner)

    async def apply_claimed(self, changes: Sequence[StatusChange], epochs: Mapping[NodeId, int]) -> Collection[NodeId]:
        async with asyncio.timeout(self._timeout):
            return await self._fenced.apply_claimed(changes, epochs)

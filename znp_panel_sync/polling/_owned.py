"""The nodes that are this replica's, of a store that several replicas poll."""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Final

from znp_panel_sync.polling.model import Node, NodeId, StatusChange
from znp_panel_sync.polling.store import FencedNodeStore, NodeStore

if TYPE_CHECKING:
    from znp_panel_sync.cluster.ownership import Ownership
    from znp_panel_sync.cluster.parts import LoopPart

_CLAIMED_AT_ONCE: Final = 1000
"""Nodes in one call of the store: what is given up because it took too long is these, and not what came before."""

_ANSWERS_AFTER_REFUSAL: Final = 2
"""The first may answer a question that was put before the refusal."""


class OwnedNodes:
    """A `NodeStore` that shows and writes only the nodes that are this replica's now.

    Where the store can fence (`FencedNodeStore`), nodes are claimed before they are shown, and are shown as they were
    stored after that: what their former owner wrote is in it, and it can write no more. A node whose write is refused
    has another owner, or must not be written; it is left alone until the engine has confirmed twice who is there.
    """

    def __init__(self, store: NodeStore, cluster: "Ownership") -> None:
        self._store = store
        self._fenced = store if isinstance(store, FencedNodeStore) else None
        self._cluster = cluster
        self._part: LoopPart | None = None
        self._version = 0
        self._placed: dict[NodeId, bool] = {}
        self._epochs: dict[NodeId, int] = {}
        self._refused: dict[NodeId, int] = {}
        self._listed: frozenset[NodeId] = frozenset()
        self._mine: frozenset[NodeId] = frozenset()
        self.taken_over = False
        """Whether the last listing shows nodes that were listed before, and were not this replica's then."""

    def enter(self, changed: Callable[[], None]) -> None:
        """Take part in the cluster; `changed` is called in this event loop whenever there may be other nodes to poll.

        Raises what the cluster raises that cannot be started.
        """
        from znp_panel_sync.cluster.parts import LoopPart

        self._part = LoopPart(self._cluster, changed)

    async def leave(self, timeout: float) -> None:
        """Hand all nodes over, and return when that is known, after `timeout` seconds at the latest."""
        if self._part is not None:
            await self._part.leave(timeout)
        self._cluster.placed(0, 0)

    def owns(self, node_id: NodeId) -> bool:
        """Tell whether a node is this replica's now."""
        version = self._cluster.version
        if version != self._version:
            self._version = version
            self._placed.clear()
        placed = self._placed.get(node_id)
        if placed is None:
            placed = self._placed[node_id] = self._cluster.owns(f"node:{node_id}")
        return placed and self._cluster.answers >= self._refused.get(node_id, 0)

    @property
    def waiting(self) -> bool:
        """Whether nodes are left alone that may soon turn out to be this replica's."""
        return bool(self._refused)

    async def list_nodes(self) -> Sequence[Node]:
        """Return the nodes that are this replica's, claimed and as they are stored after that."""
        nodes = await self._store.list_nodes()
        mine = self._only_mine(nodes)
        if await self._claim(mine):
            nodes = await self._store.list_nodes()
            mine = [node for node in self._only_mine(nodes) if node.id in self._epochs]
        self._count(frozenset(node.id for node in nodes), frozenset(node.id for node in mine))
        return mine

    async def site_settings(self) -> Mapping[str, object]:
        """Return the site's settings."""
        return await self._store.site_settings()

    async def apply(self, changes: Sequence[StatusChange]) -> Collection[NodeId]:
        """Write the statuses of nodes that are this replica's; returns the ids that were written."""
        mine = [change for change in changes if self.owns(change.node_id)]
        if self._fenced is None:
            return await self._store.apply(mine) if mine else ()
        claimed = [change for change in mine if change.node_id in self._epochs]
        return await self._apply_claimed(self._fenced, claimed) if claimed else ()

    async def _apply_claimed(self, store: FencedNodeStore, changes: Sequence[StatusChange]) -> Collection[NodeId]:
        epochs = {change.node_id: self._epochs[change.node_id] for change in changes}
        written = frozenset(await store.apply_claimed(changes, epochs))
        for node_id in epochs.keys() - written:
            if self._epochs.get(node_id) == epochs[node_id]:  # and not claimed again in the meantime
                del self._epochs[node_id]
                self._refused[node_id] = self._cluster.answers + _ANSWERS_AFTER_REFUSAL
        return written

    async def _claim(self, mine: Sequence[Node]) -> bool:
        """Claim the nodes that are not claimed yet; returns whether there were any."""
        if self._fenced is None:
            return False
        ids = [node.id for node in mine]
        for node_id in self._epochs.keys() - ids:
            del self._epochs[node_id]
        self._refused = {node_id: known for node_id, known in self._refused.items() if known > self._cluster.answers}
        new = [node_id for node_id in ids if node_id not in self._epochs]
        for start in range(0, len(new), _CLAIMED_AT_ONCE):
            still_mine = [node_id for node_id in new[start : start + _CLAIMED_AT_ONCE] if self.owns(node_id)]
            self._epochs |= await self._fenced.claim(still_mine, self._cluster.member)
        return bool(new)

    def _only_mine(self, nodes: Sequence[Node]) -> list[Node]:
        return [node for node in nodes if self.owns(node.id)]

    def _count(self, listed: frozenset[NodeId], mine: frozenset[NodeId]) -> None:
        taken = (mine - self._mine) & self._listed
        lost = (self._mine - mine) & listed
        self.taken_over = bool(taken)
        self._cluster.placed(len(mine), len(taken) + len(lost) if self._mine else 0)
        self._listed, self._mine = listed, mine

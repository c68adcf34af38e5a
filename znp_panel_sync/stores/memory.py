"""Nodes in memory, for tests and small panels."""

from collections.abc import Collection, Iterable, Mapping, Sequence

from attrs import evolve

from znp_panel_sync.polling.model import Node, NodeId, StatusChange


class MemoryNodeStore:
    """A `NodeStore` whose nodes are a dictionary.

    It belongs to one thread: the event loop's, or that of the panel before the poller starts.
    """

    def __init__(self, nodes: Iterable[Node] = (), *, site_settings: Mapping[str, object] | None = None) -> None:
        self._nodes: dict[NodeId, Node] = {}
        self.settings: dict[str, object] = dict(site_settings or {})
        for node in nodes:
            self.put(node)

    def __getitem__(self, node_id: NodeId) -> Node:
        """Return a node as it is stored; raises `KeyError` for one that is not there."""
        return self._nodes[node_id]

    def put(self, node: Node) -> None:
        """Add a node, or replace the one with its id."""
        self._nodes[node.id] = node

    def remove(self, node_id: NodeId) -> None:
        """Remove a node, if it is there."""
        self._nodes.pop(node_id, None)

    async def list_nodes(self) -> Sequence[Node]:
        """Return all nodes."""
        return list(self._nodes.values())

    async def site_settings(self) -> Mapping[str, object]:
        """Return the site's settings, which are the attribute `settings`."""
        return dict(self.settings)

    async def apply(self, changes: Sequence[StatusChange]) -> Collection[NodeId]:
        """Write the statuses of the nodes that may still be written; returns their ids."""
        written = []
        for change in changes:
            node = self._nodes.get(change.node_id)
            if node is not None and node.watched_control is not None:
                self._nodes[node.id] = evolve(node, status=change.status)
                written.append(node.id)
        return written

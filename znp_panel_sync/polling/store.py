"""The seam between the poller and the panel's own records."""

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol, runtime_checkable

from znp_panel_sync.polling.model import Node, NodeId, StatusChange


class NodeStore(Protocol):
    """Where the panel's nodes are kept. A poller calls it from its event loop; nothing of it may block that.

    Errors are the store's own: the poller reports them, keeps what it could not write, and tries again.
    """

    async def list_nodes(self) -> Sequence[Node]:
        """Return all nodes, disabled ones included."""
        ...

    async def site_settings(self) -> Mapping[str, object]:
        """Return the site's settings that matter here, by name; none is a fine answer.

        `kernel_offline_probe_max_interval_seconds` (a number of seconds, 0: no cap) wins over the poller's setting.
        """
        ...

    async def apply(self, changes: Sequence[StatusChange]) -> Collection[NodeId]:
        """Write the changed statuses, at most one for each node, and return the ids that were written.

        A node that is disabled by now, or whose status must not be synced by now, is left as it is: that is decided
        where the records are, in the same step as the writing.
        """
        ...


@runtime_checkable
class FencedNodeStore(NodeStore, Protocol):
    """A store that several replicas can poll without one overwriting what another has written since.

    Who takes over a node claims it, and gets a number for it, its epoch, that is higher than all before. What is
    written carries the epoch, and an older one is refused where the records are, in the same step as the writing.
    """

    async def claim(self, node_ids: Collection[NodeId], owner: str) -> Mapping[NodeId, int]:
        """Make `owner` the only one that can write the statuses of these nodes; returns the epoch of each."""
        ...

    async def apply_claimed(self, changes: Sequence[StatusChange], epochs: Mapping[NodeId, int]) -> Collection[NodeId]:
        """Do what `apply` does, for those nodes only whose epoch is still the given one."""
        ...

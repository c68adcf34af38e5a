"""The seam between the panel's actions and its own records of bindings."""

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

from znp_panel_sync.panel.bindings import Binding
from znp_panel_sync.polling.model import NodeId


class BindingStore(Protocol):
    """Where the panel's protocol bindings are kept. It is called from an event loop; nothing of it may block that.

    Errors are the store's own, and end the action that met them.
    """

    async def get_bindings(self, ids: Sequence[int]) -> Sequence[Binding]:
        """Return the bindings with these ids, with their users; ids without a binding are left out."""
        ...

    async def bindings_of_nodes(self, node_ids: Sequence[NodeId]) -> Sequence[Binding]:
        """Return all bindings of these nodes, with their users."""
        ...

    async def bindings_of_kernel(self, kernel_id: str) -> Sequence[Binding]:
        """Return all bindings that a kernel knows by this id."""
        ...

    async def write_health(self, health: Mapping[int, str]) -> Collection[int]:
        """Write the health of active bindings, by their ids, and return the ids of those whose health has changed."""
        ...

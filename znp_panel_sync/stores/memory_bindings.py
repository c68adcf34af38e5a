"""Protocol bindings in memory, for tests and small panels."""

from collections.abc import Collection, Iterable, Mapping, Sequence

from attrs import evolve

from znp_panel_sync.panel.bindings import Binding
from znp_panel_sync.polling.model import NodeId


class MemoryBindingStore:
    """A `BindingStore` whose bindings are a dictionary. It belongs to one thread."""

    def __init__(self, bindings: Iterable[Binding] = ()) -> None:
        self._bindings = {one.id: one for one in bindings}

    def __getitem__(self, binding_id: int) -> Binding:
        """Return a binding as it is stored; raises `KeyError` for one that is not there."""
        return self._bindings[binding_id]

    def put(self, binding: Binding) -> None:
        """Add a binding, or replace the one with its id."""
        self._bindings[binding.id] = binding

    async def get_bindings(self, ids: Sequence[int]) -> Sequence[Binding]:
        """Return the bindings with these ids."""
        return [self._bindings[one] for one in ids if one in self._bindings]

    async def bindings_of_nodes(self, node_ids: Sequence[NodeId]) -> Sequence[Binding]:
        """Return all bindings of these nodes."""
        return [one for one in self._bindings.values() if one.node_id in node_ids]

    async def bindings_of_kernel(self, kernel_id: str) -> Sequence[Binding]:
        """Return all bindings that a kernel knows by this id."""
        return [one for one in self._bindings.values() if one.kernel_id == kernel_id]

    async def write_health(self, health: Mapping[int, str]) -> Collection[int]:
        """Write the health of active bindings; return the ids of those whose health has changed."""
        known = ((self._bindings[id_], state) for id_, state in health.items() if id_ in self._bindings)
        changed = [evolve(one, health=state) for one, state in known if one.active and one.health != state]
        self._bindings.update({one.id: one for one in changed})
        return [one.id for one in changed]

"""The panel's actions, for panels without an event loop."""

import asyncio
import time
from collections.abc import Callable, Coroutine, Iterable
from typing import TYPE_CHECKING, Any, TypeVar

from znp_panel_sync.events.subscriptions import AsyncEventSubscriptions, EventSubscriptions
from znp_panel_sync.kernel import AsyncKernel
from znp_panel_sync.panel._visit import OpenKernel
from znp_panel_sync.panel.actions import CONCURRENCY, AsyncPanelActions
from znp_panel_sync.panel.results import (
    BindingPushResult,
    CallbackResult,
    HealthSyncResult,
    NodeConfigurationResult,
    NodeStatusResult,
    PanelUsageError,
)
from znp_panel_sync.panel.store import BindingStore
from znp_panel_sync.polling.model import Node, NodeId
from znp_panel_sync.polling.store import NodeStore

if TYPE_CHECKING:
    from znp_panel_sync.cluster.ownership import Ownership

T = TypeVar("T")


class PanelActions:
    """`AsyncPanelActions` with the same methods and arguments, blocking; it takes `subscriptions` of either form.

    Each call runs in an event loop of its own, in the calling thread, and opens and closes its connections. It cannot
    be called where an event loop runs already (`PanelUsageError`): `AsyncPanelActions` belongs there.
    """

    def __init__(
        self,
        nodes: NodeStore,
        bindings: BindingStore,
        *,
        subscriptions: EventSubscriptions | AsyncEventSubscriptions | None = None,
        concurrency: int = CONCURRENCY,
        cluster: "Ownership | None" = None,
        open_kernel: OpenKernel = AsyncKernel,
        clock: Callable[[], float] = time.time,
    ) -> None:
        if isinstance(subscriptions, EventSubscriptions):
            subscriptions = AsyncEventSubscriptions.of(subscriptions)
        self._actions = AsyncPanelActions(
            nodes,
            bindings,
            subscriptions=subscriptions,
            concurrency=concurrency,
            cluster=cluster,
            open_kernel=open_kernel,
            clock=clock,
        )

    def sync_node_statuses(self, node_ids: Iterable[NodeId]) -> list[NodeStatusResult]:
        """Ask the kernels of nodes whether they are there, and write what has changed."""
        return _run(self._actions.sync_node_statuses(node_ids))

    def sync_binding_health(self, node_ids: Iterable[NodeId]) -> list[HealthSyncResult]:
        """Write the health that the kernels of nodes tell of their active bindings."""
        return _run(self._actions.sync_binding_health(node_ids))

    def push_binding(self, binding_id: int) -> BindingPushResult:
        """Push one binding to its kernel."""
        return _run(self._actions.push_binding(binding_id))

    def push_bindings(
        self, *, binding_ids: Iterable[int] = (), node_ids: Iterable[NodeId] = ()
    ) -> list[BindingPushResult]:
        """Push bindings, and all active bindings of nodes, to their kernels."""
        return _run(self._actions.push_bindings(binding_ids=binding_ids, node_ids=node_ids))

    def sync_node_configuration(self, node_id: NodeId, *, protocol: str | None = None) -> NodeConfigurationResult:
        """Find a node's configuration at its kernel."""
        return _run(self._actions.sync_node_configuration(node_id, protocol=protocol))

    def register_callbacks(self) -> list[CallbackResult]:
        """Register the callbacks at the kernels of all nodes that are not disabled."""
        return _run(self._actions.register_callbacks())

    def recover(self, node: Node) -> None:
        """Bring callbacks and active bindings to the kernel of a node that came back."""
        _run(self._actions.recover(node))


def _run(action: Coroutine[Any, Any, T]) -> T:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(action)
    action.close()
    raise PanelUsageError("an event loop runs here already: use AsyncPanelActions")

"""A small panel: nodes and bindings in memory, and the actions over them."""

from typing import Any

from znp_panel_sync.control import NodeControl
from znp_panel_sync.events import AsyncEventSubscriptions
from znp_panel_sync.panel import AsyncPanelActions, Binding
from znp_panel_sync.polling import Node
from znp_panel_sync.stores import MemoryBindingStore, MemoryNodeStore
from znp_panel_sync.testing import KernelSimulator

BASE = "https://panel.example.com"
NOW = 1_734_000_000


class Panel:
    """What a panel has."""

    def __init__(self) -> None:
        self.nodes = MemoryNodeStore()
        self.bindings = MemoryBindingStore()
        self.subscriptions = AsyncEventSubscriptions(BASE, secret="canary-token")

    def add_node(self, node_id: int, simulator: KernelSimulator | None, status: str = "online", **changes: Any) -> None:
        """Add a node at a simulator (None: without an endpoint)."""
        control = simulator.control(timeout=2.0) if simulator else None
        self.nodes.put(Node(**{"id": node_id, "control": control, "status": status, **changes}))

    def add_dead_node(self, node_id: int, **changes: Any) -> None:
        """Add a node whose kernel does not listen."""
        self.nodes.put(Node(node_id, NodeControl("http://127.0.0.1:1", timeout=2.0), **changes))

    def add_binding(self, binding_id: int, node_id: int, kernel_id: str | None, **changes: Any) -> None:
        """Add a binding."""
        values = {"protocol": "vless", "listen": "443", "profile": {"flow": "x"}, **changes}
        self.bindings.put(Binding(binding_id, node_id, kernel_id, **values))

    def actions(self, **options: Any) -> AsyncPanelActions:
        """The actions over this panel's records."""
        options.setdefault("subscriptions", self.subscriptions)
        return AsyncPanelActions(self.nodes, self.bindings, clock=lambda: NOW, **options)

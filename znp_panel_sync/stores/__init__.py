"""Where nodes, bindings and received events live.

Stores of SQL need SQLAlchemy (the `sql` extra), so each store is loaded when it is first used.
"""

from typing import TYPE_CHECKING, Final

from znp_panel_sync._lazy import loader

if TYPE_CHECKING:
    from znp_panel_sync.stores.bindings import SqlBindingStore as SqlBindingStore
    from znp_panel_sync.stores.ledger import SqlEventLedger as SqlEventLedger
    from znp_panel_sync.stores.memory import MemoryNodeStore as MemoryNodeStore
    from znp_panel_sync.stores.memory_bindings import MemoryBindingStore as MemoryBindingStore
    from znp_panel_sync.stores.sql import NodeTable as NodeTable
    from znp_panel_sync.stores.sql import SiteSettingsTable as SiteSettingsTable
    from znp_panel_sync.stores.sql import SqlNodeStore as SqlNodeStore
    from znp_panel_sync.stores.threaded import BlockingNodeStore as BlockingNodeStore
    from znp_panel_sync.stores.threaded import ThreadedNodeStore as ThreadedNodeStore

_HOME: Final = {
    "BlockingNodeStore": "threaded",
    "MemoryBindingStore": "memory_bindings",
    "MemoryNodeStore": "memory",
    "NodeTable": "sql",
    "SiteSettingsTable": "sql",
    "SqlBindingStore": "bindings",
    "SqlEventLedger": "ledger",
    "SqlNodeStore": "sql",
    "ThreadedNodeStore": "threaded",
}

__all__ = sorted(_HOME)  # noqa: PLE0605 - a list, made from the table

__getattr__ = loader(__name__, _HOME, extra="sql")

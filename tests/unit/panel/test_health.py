from typing import Any

import pytest

from tests.functional.events.support import node_event
from znp_panel_sync.events import EventDispatcher, EventHandlers
from znp_panel_sync.events.ledger import EventState, StoredEvent
from znp_panel_sync.events.payloads import CallbackKind, NodeEvent
from znp_panel_sync.panel import AsyncBindingHealthUpdater, Binding, BindingHealthUpdater
from znp_panel_sync.stores import MemoryBindingStore, SqlEventLedger

STORED = StoredEvent(1, CallbackKind.NODE_EVENT, "", "", "", 0, EventState.PENDING, 0, None, b"")


def bindings(*nodes: int, **changes: Any) -> MemoryBindingStore:
    return MemoryBindingStore(
        Binding(number, node, "edge-1", "vless", **changes) for number, node in enumerate(nodes, start=1)
    )


@pytest.mark.parametrize(
    ("event", "health"),
    [
        ("node_healthy", "healthy"),
        ("node.degraded", "degraded"),
        ("NODE-UNHEALTHY", "unhealthy"),
        ("node_removed", "offline"),
        ("node_added", "unknown"),
        ("node_moved", "unknown"),
    ],
)
async def test_events_of_health_are_written(event: str, health: str) -> None:
    store = bindings(10)
    await AsyncBindingHealthUpdater(store)(NodeEvent(event, "edge-1"), STORED)
    assert store[1].health == health


async def test_other_nodes_and_switched_off_bindings_stay() -> None:
    store = bindings(10, active=False)
    update = AsyncBindingHealthUpdater(store)
    for node in ("edge-1", "edge-2", None):
        await update(NodeEvent("node_healthy", node), STORED)
    assert store[1].health == "unknown"


async def test_an_id_of_several_nodes_is_not_guessed(caplog: pytest.LogCaptureFixture) -> None:
    store = bindings(10, 11)
    await AsyncBindingHealthUpdater(store)(NodeEvent("node_healthy", "edge-1"), STORED)
    assert [store[1].health, store[2].health] == ["unknown", "unknown"]
    assert "several nodes" in caplog.text


def test_the_blocking_dispatcher_can_update_health_too() -> None:
    store, ledger = bindings(10), SqlEventLedger("sqlite://")
    ledger.record(node_event("edge-1", "node_degraded"))
    handlers = EventHandlers(node_event=BindingHealthUpdater(store))
    assert EventDispatcher(ledger, handlers).run_due() == 1
    assert store[1].health == "degraded"
    ledger.close()

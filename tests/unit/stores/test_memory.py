"""Nodes in memory."""

from typing import Any

from znp_panel_sync.control import NodeControl
from znp_panel_sync.polling import Node, NodeStatus, Reason, StatusChange
from znp_panel_sync.stores import MemoryNodeStore


def node(number: int, status: str = "online", **fields: Any) -> Node:
    return Node(number, NodeControl(f"http://kernel-{number}"), status, **fields)


def offline(number: int) -> StatusChange:
    return StatusChange(number, NodeStatus.ONLINE, NodeStatus.OFFLINE, Reason.REFUSED, 0.0, 0.0)


async def test_nodes_are_put_replaced_and_removed() -> None:
    store = MemoryNodeStore([node(1), node(2)], site_settings={"a": 1})
    store.put(node(2, "offline"))
    store.remove(1)
    store.remove(1)
    assert await store.list_nodes() == [node(2, "offline")]
    assert await store.site_settings() == {"a": 1}


async def test_only_nodes_that_may_be_written_are_written() -> None:
    nodes = [node(1), node(2, "disabled"), node(3, status_sync_enabled=False), Node(4, None, "online")]
    store = MemoryNodeStore(nodes)
    assert list(await store.apply([offline(number) for number in (1, 2, 3, 4, 5)])) == [1]
    assert [known.status.value for known in await store.list_nodes()] == ["offline", "disabled", "online", "online"]

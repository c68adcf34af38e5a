"""The poller brings back what a kernel has forgotten, by the panel's actions."""

import asyncio

from tests.functional.panel.support import Panel
from znp_panel_sync.polling import Changes, NodeStatus, StatusPoller
from znp_panel_sync.settings import KernelSettings
from znp_panel_sync.testing import KernelSimulator


async def test_a_kernel_that_restarted_empty_gets_callbacks_and_bindings_again(
    panel: Panel, simulator: KernelSimulator
) -> None:
    panel.add_node(1, simulator, status="offline")
    poller = StatusPoller(panel.nodes, settings=KernelSettings(0.1), on_recovered=[panel.actions().recover])
    async with poller:
        changes = poller.changes()
        await _wait_for(changes, NodeStatus.ONLINE)
        await _wait_for_push(simulator, count=1)
        simulator.die()
        await _wait_for(changes, NodeStatus.OFFLINE)
        simulator.come_back(forget=True)
        await _wait_for(changes, NodeStatus.ONLINE)
        await _wait_for_push(simulator, count=2)
        await asyncio.to_thread(simulator.requests.wait_for, "POST", "*/registrations", count=14)
    assert simulator.node_ids == ["edge-1"]


async def _wait_for(changes: Changes, status: NodeStatus) -> None:
    async with asyncio.timeout(30):
        async for change in changes:
            if change.status is status:
                return


async def _wait_for_push(simulator: KernelSimulator, count: int) -> None:
    await asyncio.to_thread(simulator.requests.wait_for, "POST", "/v1/protocols", count=count)

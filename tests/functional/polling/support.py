"""What the tests of polling on real sockets have in common."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from znp_panel_sync.control import NodeControl
from znp_panel_sync.polling import StatusChange, StatusPoller
from znp_panel_sync.polling._channel import Channel
from znp_panel_sync.polling._connection import Connections
from znp_panel_sync.polling._result import PollResult

PATIENCE = 10.0
"""How long a test waits for what must come, in seconds."""


async def poll(channel: Channel) -> PollResult:
    """Poll once and return the result; the deadline is the test's."""
    future: asyncio.Future[PollResult] = asyncio.get_running_loop().create_future()
    channel.poll(future.set_result)
    try:
        async with asyncio.timeout(PATIENCE):
            return await future
    finally:
        if not future.done():
            channel.abort()


@asynccontextmanager
async def connection(
    control: NodeControl, *, limit: int = 1 << 20, kept: int = 100
) -> AsyncIterator[tuple[Channel, Connections]]:
    """Open a channel of the poller's own kind to a kernel."""
    connections = Connections(limit=limit, kept=kept)
    channel = connections.channel(control, lambda: None)
    try:
        yield channel, connections
    finally:
        channel.close()
        await connections.close()
        await asyncio.sleep(0)  # aborted connections are closed by the loop's next turn


async def until(condition: Callable[[], object]) -> None:
    """Wait until something holds, or fail."""
    async with asyncio.timeout(PATIENCE):
        while not condition():  # noqa: ASYNC110 - what is waited for happens in other threads and processes
            await asyncio.sleep(0.01)


class Heard:
    """Remembers what a poller announces."""

    def __init__(self, poller: StatusPoller) -> None:
        self.changes: list[StatusChange] = []
        poller.add_listener(self._hear)

    async def _hear(self, change: StatusChange) -> None:
        self.changes.append(change)

    def statuses(self, node_id: Any) -> list[str]:
        """Return what a node became, one after the other."""
        return [change.status.value for change in self.changes if change.node_id == node_id]

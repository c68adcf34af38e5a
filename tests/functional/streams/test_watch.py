"""The poller that follows streams, against simulated kernels and a proxy that spoils connections."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from tests.functional.polling.support import Heard, until
from tests.functional.streams.support import TRANSPORTS
from znp_panel_sync import BackgroundPoller, Health, KernelSettings, MemoryNodeStore, NodeControl, StatusPoller
from znp_panel_sync.errors import ConfigurationError
from znp_panel_sync.kernel import Timing
from znp_panel_sync.polling import Node, NodeState, PollerOptions
from znp_panel_sync.streams import StatusWatch
from znp_panel_sync.testing import FaultProxy, KernelSimulator
from znp_panel_sync.testing.connection_faults import Blackhole

PROMPT = Timing(random=lambda: 0.0)
"""Connects again as soon as streams may: after 1 s, 2 s, 4 s."""

SLOW = KernelSettings(30.0)
"""An interval that no test waits for."""

SOON = 20.0
"""Seconds: less than the interval, and enough for a busy machine."""

over_both = pytest.mark.parametrize("transport", TRANSPORTS)


@pytest.fixture
def kernel() -> Iterator[KernelSimulator]:
    with KernelSimulator(token="t") as kernel:
        kernel.add_node("edge-1", protocol="vless")
        yield kernel


@asynccontextmanager
async def watching(*nodes: Node, watch: StatusWatch | None = None, **given: Any) -> AsyncIterator["Panel"]:
    """A poller that gets its nodes when it runs already, and polls them at once."""
    given.setdefault("settings", SLOW)
    given.setdefault("options", PollerOptions(guard=None))
    store = MemoryNodeStore()
    async with StatusPoller(store, watch=watch or StatusWatch(timing=PROMPT), **given) as poller:
        await poller.refresh()  # nodes that come later are polled at once
        panel = Panel(poller, store)
        await panel.put(*nodes)
        yield panel


class Panel:
    def __init__(self, poller: StatusPoller, store: MemoryNodeStore) -> None:
        self.poller = poller
        self.store = store
        self.heard = Heard(poller)

    async def put(self, *nodes: Node) -> None:
        for node in nodes:
            self.store.put(node)
        await self.poller.refresh()

    @property
    def state(self) -> NodeState:
        return self.poller.states()[1]

    @property
    def healths(self) -> list[Health]:
        return [protocol.health for protocol in self.state.protocols]


def asked(kernel: KernelSimulator) -> list[str]:
    """Return what was asked of a kernel, in order."""
    return [request.path.removeprefix("/v1/status") or "poll" for request in kernel.requests.find()]


@over_both
async def test_changes_are_seen_long_before_the_interval_is_over(kernel: KernelSimulator, transport: Any) -> None:
    watch = StatusWatch(transport=transport, timing=PROMPT)
    stream = "/ws" if transport == "websocket" else "/stream"
    async with watching(Node(1, kernel.control()), watch=watch) as panel:
        await until(lambda: panel.state.watched)
        assert panel.healths == [Health.HEALTHY]
        began = time.monotonic()
        kernel.set_health("edge-1", Health.DEGRADED)
        await until(lambda: panel.healths == [Health.DEGRADED])
        kernel.die()
        await until(lambda: panel.heard.statuses(1) == ["online", "offline"])
        kernel.come_back()
        await until(lambda: panel.heard.statuses(1) == ["online", "offline", "online"])
        assert time.monotonic() - began < SOON
        await until(lambda: kernel.streams.open_count == 1)
    assert asked(kernel) == ["poll", stream, "poll", stream]


@over_both
async def test_a_cut_stream_is_polled_at_once_and_opened_again_and_never_both(
    kernel: KernelSimulator, transport: Any
) -> None:
    watch = StatusWatch(transport=transport, timing=PROMPT)
    stream = "/ws" if transport == "websocket" else "/stream"
    async with watching(Node(1, kernel.control()), watch=watch) as panel:
        for times in (1, 2, 3):
            await until(lambda: panel.state.watched and kernel.streams.open_count == 1)
            assert asked(kernel) == ["poll", stream] * times
            kernel.streams.cut()
            await until(lambda: len(asked(kernel)) > 2 * times)  # noqa: B023 - awaited within its turn
        assert panel.heard.statuses(1) == ["online"]

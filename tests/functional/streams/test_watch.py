"""The poller that follows streams, against simulated kernels and a proxy that spoils connections."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing, asynccontextmanager
from typing import Any

import httpx
import pytest

from tests.functional.polling.support import Heard, until
from tests.functional.streams.support import TRANSPORTS
from znp_panel_sync import BackgroundPoller, Health, KernelSettings, MemoryNodeStore, StatusPoller
from znp_panel_sync.errors import ConfigurationError, KernelError
from znp_panel_sync.kernel import Timing
from znp_panel_sync.polling import Node, NodeState, PollerOptions, Reason
from znp_panel_sync.streams import StatusWatch
from znp_panel_sync.streams._watch import KernelFollower
from znp_panel_sync.testing import FaultProxy, KernelSimulator
from znp_panel_sync.testing.connection_faults import Blackhole

PROMPT = Timing(random=lambda: 0.0)
"""Connects again as soon as streams may: after 1 s, 2 s, 4 s."""

SLOW = KernelSettings(30.0)
"""An interval that no test waits for."""

QUICK = KernelSettings(0.2, offline_probe_max_interval=0.3)

SOON = 20.0
"""Seconds: less than the interval, and enough for a busy machine."""

over_both = pytest.mark.parametrize("transport", TRANSPORTS)


@pytest.fixture
def kernel() -> Iterator[KernelSimulator]:
    with KernelSimulator(token="t") as kernel:
        kernel.add_node("edge-1", protocol="vless")
        yield kernel


@pytest.fixture
def proxy(kernel: KernelSimulator) -> Iterator[FaultProxy]:
    """A way to the kernel that can be spoilt."""
    with FaultProxy(kernel.url) as proxy:
        yield proxy


@asynccontextmanager
async def watching(*nodes: Node, watch: StatusWatch | None = None, **given: Any) -> AsyncIterator["Panel"]:
    """A poller that gets its nodes when it runs already, and polls them at once."""
    given.setdefault("settings", SLOW)
    given.setdefault("options", PollerOptions(guard=None))
    store = MemoryNodeStore()
    async with StatusPoller(store, watch=watch or StatusWatch(interval=5, timing=PROMPT), **given) as poller:
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
async def test_a_change_is_seen_long_before_the_interval_is_over(kernel: KernelSimulator, transport: Any) -> None:
    watch = StatusWatch(transport=transport, timing=PROMPT)
    async with watching(Node(1, kernel.control()), watch=watch) as panel:
        await until(lambda: panel.state.watched)
        assert panel.healths == [Health.HEALTHY]
        began = time.monotonic()
        kernel.set_health("edge-1", Health.DEGRADED)
        await until(lambda: panel.healths == [Health.DEGRADED])
        assert time.monotonic() - began < SOON


async def test_a_kernel_that_dies_and_returns_is_noticed_long_before_the_interval_is_over(
    kernel: KernelSimulator,
) -> None:
    greeted: list[object] = []
    async with watching(Node(1, kernel.control()), on_recovered=[lambda node: greeted.append(node.id)]) as panel:
        await until(lambda: panel.state.watched and greeted == [1])
        kernel.die()
        await until(lambda: panel.heard.statuses(1) == ["online", "offline"])
        kernel.come_back()
        await until(lambda: panel.heard.statuses(1) == ["online", "offline", "online"])
        await until(lambda: panel.state.watched and greeted == [1, 1])
    assert asked(kernel) == ["poll", "/stream"] * 2


@over_both
async def test_a_cut_stream_is_polled_at_once_and_opened_again_and_never_both(
    kernel: KernelSimulator, transport: Any
) -> None:
    watch = StatusWatch(interval=5, transport=transport, timing=PROMPT)
    stream = "/ws" if transport == "websocket" else "/stream"
    async with watching(Node(1, kernel.control()), watch=watch) as panel:
        for times in (1, 2):
            await until(lambda: panel.state.watched and kernel.streams.open_count == 1)
            assert asked(kernel) == ["poll", stream] * times
            kernel.streams.cut()
            await until(lambda: len(asked(kernel)) > 2 * times)  # noqa: B023 - awaited within its turn
        assert panel.heard.statuses(1) == ["online"]


@pytest.mark.parametrize("status", [404, 501])
async def test_a_kernel_without_streams_is_polled_and_asked_for_one_only_once(
    kernel: KernelSimulator, status: int
) -> None:
    kernel.faults.answer(status, path="/v1/status/stream")
    async with watching(Node(1, kernel.control()), settings=QUICK) as panel:
        await until(lambda: asked(kernel).count("poll") >= 3)
        assert panel.heard.statuses(1) == ["online"]
    assert asked(kernel).count("/stream") == 1


async def test_a_silent_network_is_noticed_by_the_poll_that_waits_for_the_stream(
    kernel: KernelSimulator, proxy: FaultProxy
) -> None:
    node, watch = Node(1, kernel.control(endpoint=proxy.url, timeout=0.6)), StatusWatch(timing=PROMPT)
    async with watching(node, watch=watch, settings=QUICK) as panel:
        await until(lambda: panel.state.watched)
        await until(lambda: proxy.open_connections == 1)  # that of the polls is closed, as the stream is there
        proxy.fault = Blackhole()
        await until(lambda: panel.heard.statuses(1) == ["online", "offline"])
        assert panel.heard.changes[-1].reason is Reason.TIMED_OUT
        proxy.fault = None
        await until(lambda: panel.heard.statuses(1) == ["online", "offline", "online"])
        await until(lambda: panel.state.watched)
    await until(lambda: proxy.open_connections == 0)


@over_both
async def test_garbage_is_followed_by_a_poll_and_unknown_frames_by_nothing(
    kernel: KernelSimulator, transport: Any
) -> None:
    watch = StatusWatch(interval=5, transport=transport, timing=PROMPT)
    async with watching(Node(1, kernel.control()), watch=watch) as panel:
        await until(lambda: panel.state.watched)
        hint, garbage = '{"type": "hint"}', '{"type": "full", "snapshot": 7}'
        kernel.streams.send(as_sent(hint, transport))
        kernel.streams.push_status()
        kernel.streams.send(as_sent(garbage, transport))
        await until(lambda: asked(kernel).count("poll") == 2)
        await until(lambda: panel.state.watched)
        assert panel.heard.statuses(1) == ["online"]


def as_sent(text: str, transport: str) -> bytes:
    return text.encode() if transport == "websocket" else f"data: {text}\n\n".encode()


async def test_nodes_that_change_or_go_have_their_stream_closed_at_once(kernel: KernelSimulator) -> None:
    async with watching(Node(1, kernel.control()), Node(2, kernel.control())) as panel:
        await until(lambda: panel.state.watched and kernel.streams.open_count == 1)
        await panel.put(Node(1, kernel.control(timeout=7.0)), Node(2, kernel.control(), "disabled"))
        await until(lambda: asked(kernel).count("/stream") == 2)
        await until(lambda: panel.state.watched and kernel.streams.open_count == 1)
        await panel.put(Node(1, kernel.control(timeout=7.0), status_sync_enabled=False))
        await until(lambda: kernel.streams.open_count == 0)


@over_both
async def test_stopping_is_quick_and_leaves_nothing(kernel: KernelSimulator, transport: Any) -> None:
    tasks = asyncio.all_tasks()
    watch = StatusWatch(transport=transport)
    async with watching(Node(1, kernel.control()), watch=watch) as panel:
        await until(lambda: panel.state.watched)
        began = time.monotonic()
        await panel.poller.stop()
        assert time.monotonic() - began < 5
        assert asyncio.all_tasks() <= tasks
        await until(lambda: kernel.streams.open_count == 0)
        seen = kernel.requests.total
    assert kernel.requests.total == seen


def test_a_poller_in_a_thread_follows_too(kernel: KernelSimulator) -> None:
    store = MemoryNodeStore()
    with BackgroundPoller(store, settings=SLOW, watch=StatusWatch()) as poller:
        poller.refresh()
        changes = poller.changes()
        store.put(Node(1, kernel.control()))
        poller.refresh()
        assert next(changes).status == "online"
        kernel.requests.wait_for(path="/v1/status/stream")
        kernel.die()
        assert next(changes).status == "offline"


# One kernel's follower


class Clock:
    now = 0.0

    def timing(self) -> Timing:
        return Timing(monotonic=lambda: self.now, random=lambda: 0.0)


async def documents(follower: KernelFollower, count: int) -> list[str]:
    """Take so many documents of one connection, or as many as come."""
    taken: list[str] = []
    async with aclosing(follower.documents()) as given:
        async for document in given:
            taken.append(document)
            if len(taken) == count:
                break
    return taken


@over_both
@pytest.mark.parametrize("status", [301, 400, 401, 403, 404, 501])
async def test_a_refusal_is_remembered_for_an_hour(kernel: KernelSimulator, transport: Any, status: int) -> None:
    follower = StatusWatch(transport=transport).follower(kernel.control())
    kernel.faults.answer(status)
    with pytest.raises(KernelError):
        await documents(follower, 1)
    assert follower.pause() == 3600
    kernel.faults.clear()
    (document,) = await documents(follower, 1)
    assert "edge-1" in document


@over_both
async def test_pauses_grow_until_a_connection_was_stable(kernel: KernelSimulator, transport: Any) -> None:
    clock = Clock()
    follower = StatusWatch(transport=transport, timing=clock.timing()).follower(kernel.control())
    pauses: list[float] = []
    kernel.faults.answer(503, retry_after=17, times=1)
    with pytest.raises(KernelError):
        await documents(follower, 1)
    pauses.append(follower.pause())
    for seconds in (1.0, 9.0, 10.0):
        await documents(follower, 1)
        clock.now += seconds
        pauses.append(follower.pause())
    assert pauses == [17, 2, 4, 1]


async def test_an_answer_that_is_no_stream_is_tried_again_after_a_pause(kernel: KernelSimulator) -> None:
    follower = StatusWatch(timing=PROMPT).follower(kernel.control())
    kernel.faults.answer(200, "<html>", headers={"Content-Type": "text/html"})
    assert await documents(follower, 1) == []
    assert follower.pause() == 1


async def test_what_retry_asks_for_is_heeded(kernel: KernelSimulator) -> None:
    kernel.streams.retry_ms = 20_000
    follower = StatusWatch(timing=PROMPT).follower(kernel.control())
    await documents(follower, 1)
    assert follower.pause() == 20


@pytest.mark.parametrize("kind", [StatusPoller, BackgroundPoller])
def test_a_given_transport_is_not_gone_around(kind: type[StatusPoller | BackgroundPoller]) -> None:
    with pytest.raises(ConfigurationError, match=r"^transport: must not be given with watch"):
        kind(MemoryNodeStore(), watch=StatusWatch(), transport=httpx.MockTransport(lambda _: httpx.Response(200)))


@pytest.mark.parametrize(
    ("name", "value"), [("interval", 0), ("interval", 61), ("transport", "carrier pigeon"), ("max_snapshot_bytes", 0)]
)
def test_a_wrong_argument_is_named(name: str, value: Any) -> None:
    with pytest.raises(ConfigurationError) as refused:
        StatusWatch(**{name: value})
    assert refused.value.field == name

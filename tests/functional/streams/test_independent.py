"""Against servers that are not ours: sse-starlette, and bare sockets and TLS."""

import asyncio
import contextlib
import json
import ssl
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import trustme
import uvicorn
from sse_starlette import EventSourceResponse, ServerSentEvent
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import RedirectResponse
from starlette.routing import Route
from websockets.asyncio.server import ServerConnection, serve

from tests.functional.streams.support import TRANSPORTS, Delays, following, until
from znp_panel_sync.control import NodeControl
from znp_panel_sync.errors import KernelResponseError, KernelUnreachableError
from znp_panel_sync.streams import AsyncEventStream, AsyncStatusStream, Gap, RawItem, StatusUpdate, StreamedEvent
from znp_panel_sync.testing import KernelSimulator

FULL = {"type": "full", "snapshot": {"generated_at": "2024-01-01T00:00:00Z", "nodes": []}}
DIFF = {"type": "diff", "snapshot": {"nodes": [{"id": "edge-1"}]}}
EVENT = {"event": "node.degraded", "event_id": "1", "occurred_at_ms": 1733965196123, "payload": {"node_id": "edge-1"}}


@contextlib.asynccontextmanager
async def served(*events: Any, sep: str = "\r\n") -> AsyncIterator[NodeControl]:
    """A server of sse-starlette that gives these events and then ends."""

    async def stream(request: Request) -> EventSourceResponse:
        del request

        async def give() -> AsyncIterator[Any]:
            for event in events:
                yield event

        return EventSourceResponse(give(), sep=sep)

    routes = [Route("/v1/status/stream", stream), Route("/v1/events/stream", stream)]
    config = uvicorn.Config(Starlette(routes=routes), port=0, lifespan="off", log_config=None)
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve())
    await until(lambda: server.started)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield NodeControl(f"http://127.0.0.1:{port}")
    finally:
        server.should_exit = True
        await serving


@pytest.mark.parametrize("sep", ["\n", "\r\n", "\r"])
async def test_status_of_another_server_is_read_whatever_ends_its_lines(sep: str) -> None:
    events = (
        ServerSentEvent(json.dumps(FULL), event="status.full", retry=3000),
        ServerSentEvent(comment="still there"),
        ServerSentEvent(json.dumps(DIFF, indent=1), event="status.diff"),
        ServerSentEvent("?", event="status.hint"),
    )
    delays = Delays()
    async with (
        served(*events, sep=sep) as control,
        following(AsyncStatusStream, control, timing=delays.timing) as stream,
    ):
        first, second, hint, gap = [await anext(stream) for _ in range(4)]
    assert isinstance(first, StatusUpdate)
    assert isinstance(second, StatusUpdate)
    assert [node.id for node in second.snapshot.nodes or []] == ["edge-1"]
    assert hint == RawItem("status.hint", "?")
    assert isinstance(gap, Gap)
    assert delays.seconds[0] == 3


async def test_events_of_another_server_are_given_once_over_reconnects() -> None:
    again = ServerSentEvent(json.dumps(EVENT), event="node.degraded", id="1")
    async with served(again, again) as control, following(AsyncEventStream, control) as stream:
        items = [await anext(stream) for _ in range(3)]
    assert [type(item) for item in items] == [StreamedEvent, Gap, Gap]


@pytest.mark.parametrize("transport", TRANSPORTS)
async def test_streams_go_over_tls_with_a_ca_of_ones_own(tmp_path: Path, transport: str) -> None:
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    file = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(str(file))
    with KernelSimulator(ssl_context=context) as simulator:
        control = simulator.control(verify=str(file))
        async with following(AsyncStatusStream, control, transport=transport) as stream:
            assert isinstance(await anext(stream), StatusUpdate)
        async with following(AsyncStatusStream, simulator.control(), transport=transport) as stream:
            with pytest.raises(KernelUnreachableError) as untrusted:
                await anext(stream)
        assert untrusted.value.reason == "tls"


@pytest.mark.parametrize("transport", TRANSPORTS)
async def test_redirects_are_not_followed(simulator: KernelSimulator, transport: str) -> None:
    simulator.faults.answer(307, headers={"Location": RedirectResponse("/elsewhere").headers["location"]})
    async with following(AsyncStatusStream, simulator, transport=transport) as stream:
        with pytest.raises(KernelResponseError) as refused:
            await anext(stream)
    assert refused.value.status == 307
    assert len(simulator.requests.find()) == 1


@pytest.mark.parametrize(
    ("fault", "reason"),
    [("hang", "no answer within 0.3 seconds"), ("garbage", "HTTP"), ("drop", "")],
)
@pytest.mark.parametrize("transport", TRANSPORTS)
async def test_trouble_with_the_network_passes(
    simulator: KernelSimulator, caplog: pytest.LogCaptureFixture, transport: str, fault: str, reason: str
) -> None:
    caplog.set_level("DEBUG", "znp_panel_sync.streams")
    getattr(simulator.faults, fault)(times=1)
    async with following(AsyncStatusStream, simulator.control(timeout=0.3), transport=transport) as stream:
        assert isinstance(await anext(stream), StatusUpdate)
    assert "was interrupted" in caplog.text
    assert reason in caplog.text or transport == "websocket"


async def test_a_websocket_server_that_accepts_and_closes_meets_the_backoff() -> None:
    accepted: list[object] = []

    async def close_at_once(connection: ServerConnection) -> None:
        accepted.append(connection)

    delays = Delays()
    async with serve(close_at_once, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        control = NodeControl(f"http://127.0.0.1:{port}")
        async with following(AsyncEventStream, control, transport="websocket", timing=delays.timing) as stream:
            for _ in range(7):
                item = await anext(stream)
                assert isinstance(item, Gap)
                assert item.reason == "the kernel ended the connection"
    assert delays.seconds[:7] == [1, 2, 4, 8, 16, 30, 30]
    assert len(accepted) <= len(delays.seconds) + 1


@pytest.mark.parametrize("transport", TRANSPORTS)
async def test_proxies_of_the_environment_are_not_used(
    simulator: KernelSimulator, monkeypatch: pytest.MonkeyPatch, transport: str
) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "ws_proxy", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    async with following(AsyncStatusStream, simulator, transport=transport) as stream:
        assert isinstance(await anext(stream), StatusUpdate)

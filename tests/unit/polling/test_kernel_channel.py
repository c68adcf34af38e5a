"""Polls through a transport of httpx's interface that the user brings."""

import asyncio

import httpx
import pytest
import respx

from znp_panel_sync.control import NodeControl
from znp_panel_sync.polling import Node, PollerOptions, ProtocolHealth, Reason, StatusPoller
from znp_panel_sync.polling._kernel_channel import KernelChannels
from znp_panel_sync.polling._result import PollResult
from znp_panel_sync.settings import KernelSettings
from znp_panel_sync.stores import MemoryNodeStore

URL = "http://kernel.example.com/v1/status"
STATUS = {"snapshot": {"nodes": [{"id": "a", "protocol": "ss", "health": {"status": "Healthy"}}]}}


@pytest.fixture
def router() -> respx.MockRouter:
    return respx.MockRouter(assert_all_called=False)


async def poll(router: respx.MockRouter, *, limit: int = 1000) -> PollResult:
    channels = KernelChannels(httpx.MockTransport(router.async_handler), limit=limit)
    channel = channels.channel(NodeControl("http://kernel.example.com", token="t"), lambda: None)
    future: asyncio.Future[PollResult] = asyncio.get_running_loop().create_future()
    channel.poll(future.set_result)
    result = await future
    channel.close()
    await channels.close()
    return result


async def test_an_answer_is_read_and_the_request_is_the_usual_one(router: respx.MockRouter) -> None:
    route = router.get(URL, params={"include": "nodes"}, headers={"Authorization": "Bearer t"}).respond(json=STATUS)
    result = await poll(router)
    assert route.called
    assert result.reason is Reason.REACHED
    assert [(protocol.id, protocol.protocol) for protocol in result.protocols] == [("a", "ss")]
    assert all(isinstance(protocol, ProtocolHealth) for protocol in result.protocols)


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (httpx.Response(401), Reason.UNAUTHORIZED),
        (httpx.Response(302, headers={"Location": "http://elsewhere/"}), Reason.REDIRECTED),
        (httpx.Response(503), Reason.HTTP_ERROR),
        (httpx.Response(200, text="<html>"), Reason.UNDECODABLE),
        (httpx.Response(200, content=b" " * 5000), Reason.TOO_LARGE),
    ],
)
async def test_other_answers(router: respx.MockRouter, answer: httpx.Response, reason: Reason) -> None:
    route = router.get(URL).mock(return_value=answer)
    assert (await poll(router)).reason is reason
    assert route.call_count == 1  # nothing is tried again: the next poll will be


@pytest.mark.parametrize(
    ("error", "reason"),
    [(httpx.ReadTimeout, Reason.TIMED_OUT), (httpx.ConnectError, Reason.NETWORK), (httpx.RemoteProtocolError, None)],
)
async def test_no_answer(router: respx.MockRouter, error: type[Exception], reason: Reason | None) -> None:
    router.get(URL).mock(side_effect=error)
    result = await poll(router)
    assert result.error is not None
    assert reason is None or result.reason is reason


async def test_a_transport_with_a_bug_says_nothing_about_the_kernel(
    router: respx.MockRouter, caplog: pytest.LogCaptureFixture
) -> None:
    router.get(URL).mock(side_effect=ZeroDivisionError)
    result = await poll(router)
    assert (result.reason, result.error) == (Reason.INTERNAL, None)
    assert "The transport that was given failed" in caplog.text


class Hanging(httpx.AsyncBaseTransport):
    """A transport that never answers, and knows when it is given up."""

    def __init__(self) -> None:
        self.begun = 0
        self.given_up = 0
        self.closed = False

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.begun += 1
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            self.given_up += 1
            raise
        raise AssertionError

    async def aclose(self) -> None:
        self.closed = True


@pytest.mark.looptime
async def test_the_poller_bounds_what_the_transport_does_not() -> None:
    transport = Hanging()
    store = MemoryNodeStore([Node(1, NodeControl("http://kernel.example.com", timeout=2), "online")])
    options = PollerOptions(guard=None)
    async with StatusPoller(store, settings=KernelSettings(30), options=options, transport=transport) as poller:
        changes = poller.changes()
        change = await asyncio.wait_for(anext(changes), 60)
        assert change.reason is Reason.TIMED_OUT
    await asyncio.sleep(1)
    assert transport.given_up >= 1
    assert not transport.closed


async def test_a_poll_that_is_given_up_ends_with_its_request() -> None:
    transport = Hanging()
    channel = KernelChannels(transport, limit=1000).channel(NodeControl("http://kernel.example.com"), lambda: None)
    results: list[PollResult] = []
    channel.poll(results.append)
    while transport.begun == 0:  # noqa: ASYNC110 - the loop's turns are what is waited for
        await asyncio.sleep(0)
    channel.abort()
    channel.abort()
    while transport.given_up == 0:  # noqa: ASYNC110
        await asyncio.sleep(0)
    assert results == []

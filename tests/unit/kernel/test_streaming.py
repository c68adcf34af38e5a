"""Answers that go on for long, over a network of the test's own."""

import asyncio
from typing import Any

import httpx
import pytest

from tests.unit.kernel.support import CONTROL, Chunks, Script, ScriptedTime, answer
from znp_kernel_client.types import Request
from znp_panel_sync.errors import KernelTimeoutError, KernelUnreachableError, UnauthorizedError
from znp_panel_sync.kernel import AsyncKernel, Kernel

WATCH = Request("stream_status", "GET", "/v1/status/stream", query=(("mode", "diff"),), accept="text/event-stream")


def streaming(*chunks: bytes | Exception, before: Any = lambda: None) -> tuple[Script, Chunks]:
    stream = Chunks(*chunks, before=before)
    return Script(httpx.Response(200, headers={"Content-Type": "text/event-stream"}, stream=stream)), stream


def test_chunks_come_as_they_are_and_the_end_closes() -> None:
    script, stream = streaming(b"a", b"b")
    with (
        Kernel(CONTROL, transport=script.transport) as kernel,
        kernel.open_stream(WATCH, idle_timeout=30, headers={"Last-Event-ID": "7"}) as opened,
    ):
        assert (opened.status, opened.headers["content-type"]) == (200, "text/event-stream")
        assert list(opened) == [b"a", b"b"]
        opened.abort()  # nothing to cut in a transport without sockets
    assert stream.closed == 1
    sent = script.requests[0]
    assert sent.url.query == b"mode=diff"
    assert {name: sent.headers[name] for name in ("accept", "accept-encoding", "cache-control", "last-event-id")} == {
        "accept": "text/event-stream",
        "accept-encoding": "identity",
        "cache-control": "no-store",
        "last-event-id": "7",
    }


async def test_awaited_chunks_come_as_they_are_and_the_end_closes() -> None:
    script, stream = streaming(b"a", b"b")
    async with (
        AsyncKernel(CONTROL, transport=script.transport) as kernel,
        kernel.open_stream(WATCH, idle_timeout=30) as opened,
    ):
        assert (opened.status, opened.headers["content-type"]) == (200, "text/event-stream")
        assert [chunk async for chunk in opened] == [b"a", b"b"]
    assert stream.closed == 1


def test_a_refused_stream_is_the_error_of_a_call() -> None:
    script = Script(answer(401, json={"message": "who?"}))
    with (
        Kernel(CONTROL, transport=script.transport) as kernel,
        pytest.raises(UnauthorizedError, match="who"),
        kernel.open_stream(WATCH, idle_timeout=30),
    ):
        pytest.fail("the stream was opened")


async def test_a_refused_awaited_stream_is_the_error_of_a_call() -> None:
    script = Script(answer(401, json={"message": "who?"}))
    async with AsyncKernel(CONTROL, transport=script.transport) as kernel:
        with pytest.raises(UnauthorizedError, match="who"):
            async with kernel.open_stream(WATCH, idle_timeout=30):
                pytest.fail("the stream was opened")


def test_trouble_in_the_middle_is_ours() -> None:
    script, stream = streaming(b"a", httpx.ReadError("cut"))
    with Kernel(CONTROL, transport=script.transport) as kernel, kernel.open_stream(WATCH, idle_timeout=30) as opened:
        chunks = iter(opened)
        assert next(chunks) == b"a"
        with pytest.raises(KernelUnreachableError, match="was cut"):
            next(chunks)
    assert stream.closed == 1


async def test_awaited_trouble_in_the_middle_is_ours() -> None:
    script, stream = streaming(b"a", httpx.ReadError("cut"))
    async with (
        AsyncKernel(CONTROL, transport=script.transport) as kernel,
        kernel.open_stream(WATCH, idle_timeout=30) as opened,
    ):
        chunks = aiter(opened)
        assert await anext(chunks) == b"a"
        with pytest.raises(KernelUnreachableError, match="was cut"):
            await anext(chunks)
    assert stream.closed == 1


def test_silence_is_bounded_and_a_slow_reader_is_not_silence() -> None:
    time = ScriptedTime()
    delays = iter([5, 29, 31])
    script, _ = streaming(b"a", b"b", b"c", before=lambda: time.sleep(next(delays)))
    with (
        Kernel(CONTROL, transport=script.transport, timing=time.timing) as kernel,
        kernel.open_stream(WATCH, idle_timeout=30) as opened,
    ):
        chunks = iter(opened)
        assert next(chunks) == b"a"
        time.sleep(1000)
        assert next(chunks) == b"b"
        with pytest.raises(KernelTimeoutError, match="no answer within 30 seconds"):
            next(chunks)


@pytest.mark.looptime
async def test_awaited_silence_is_bounded() -> None:
    class Silent(httpx.AsyncByteStream):
        async def __aiter__(self) -> Any:
            yield b"a"
            await asyncio.sleep(29)
            yield b"b"
            await asyncio.sleep(1000)

    script = Script(lambda _: httpx.Response(200, stream=Silent()))
    async with (
        AsyncKernel(CONTROL, transport=script.transport) as kernel,
        kernel.open_stream(WATCH, idle_timeout=30) as opened,
    ):
        chunks = aiter(opened)
        assert [await anext(chunks), await anext(chunks)] == [b"a", b"b"]
        with pytest.raises(KernelTimeoutError, match="no answer within 30 seconds"):
            await anext(chunks)


@pytest.mark.looptime
async def test_a_head_that_does_not_come_is_bounded_by_the_kernels_timeout() -> None:
    async def never(request: httpx.Request) -> httpx.Response:
        await asyncio.sleep(1000)
        return httpx.Response(200)

    started = asyncio.get_running_loop().time()
    async with AsyncKernel(CONTROL, transport=httpx.MockTransport(never)) as kernel:
        with pytest.raises(KernelTimeoutError, match="no answer within 5 seconds"):
            async with kernel.open_stream(WATCH, idle_timeout=30):
                pytest.fail("the stream was opened")
    assert asyncio.get_running_loop().time() - started == pytest.approx(5)

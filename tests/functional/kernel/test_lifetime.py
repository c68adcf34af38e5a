"""Threads, forks, event loops and closing, with real connections."""

import asyncio
import gc
import multiprocessing
import socket
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from typing import Any

import httpcore
import httpx
import pytest

from tests.functional.kernel.support import OK, Connection, RawServer, answering, get_status
from znp_kernel_client.types import Request
from znp_panel_sync.control import NodeControl
from znp_panel_sync.errors import KernelUnreachableError, KernelUsageError
from znp_panel_sync.kernel import AsyncKernel, Kernel

WATCH = Request("stream_status", "GET", "/v1/status/stream", accept="text/event-stream")
STREAM_HEAD = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


def test_sixteen_threads_share_a_kernel() -> None:
    def echo(connection: Connection) -> None:
        while request := connection.read_request():
            name = request.split(b" ")[1].rpartition(b"/")[2]
            body = b'{"id": "%s", "username": "n"}' % name
            connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body)

    with RawServer(echo) as server, Kernel(server.control(timeout=30)) as kernel, ThreadPoolExecutor(16) as threads:
        names = [f"user-{number}" for number in range(320)]
        assert [user.id for user in threads.map(kernel.users.get_user, names)] == names
        assert server.connections <= 16


def test_of_many_connections_twenty_are_kept() -> None:
    with RawServer(answering(STREAM_HEAD + b"5\r\nhello\r\n0\r\n\r\n")) as server, Kernel(server.control()) as kernel:
        for connections in (30, 40):
            with ExitStack() as together:
                for _ in range(30):
                    assert list(together.enter_context(kernel.open_stream(WATCH, idle_timeout=10))) == [b"hello"]
            assert server.connections == connections


def test_a_rested_connection_that_the_kernel_has_ended_is_closed_though_another_is_used() -> None:
    def end_the_first(connection: Connection) -> None:
        first = connection.server.connections == 1
        while connection.read_request():
            connection.send(STREAM_HEAD + b"10\r\n" + OK[-16:] + b"\r\n0\r\n\r\n")
            if first:
                connection.socket.shutdown(socket.SHUT_WR)

    with RawServer(end_the_first) as server, Kernel(server.control()) as kernel:
        with ExitStack() as newer, ExitStack() as older:
            for stack in (older, newer):
                assert list(stack.enter_context(kernel.open_stream(WATCH, idle_timeout=10))) == [OK[-16:]]
        get_status(kernel)
        server.join_connection()
        assert server.connections == 2


def test_a_connection_that_is_made_while_the_kernel_closes_carries_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    resolve = socket.getaddrinfo

    def close_meanwhile(*arguments: Any, **options: Any) -> Any:
        kernel.close()
        return resolve(*arguments, **options)

    with RawServer(answering(OK)) as server, Kernel(server.control()) as kernel:
        monkeypatch.setattr(socket, "getaddrinfo", close_meanwhile)
        with pytest.raises(KernelUsageError, match="closed"):
            get_status(kernel)
    assert server.requests == []


@pytest.mark.parametrize("moment", ["has_expired", "is_idle"])
def test_closing_while_a_connection_is_taken_or_put_back_closes_it(
    moment: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask = getattr(httpcore.HTTPConnection, moment)

    def close_first(connection: httpcore.HTTPConnection) -> Any:
        kernel.close()
        return ask(connection)

    with RawServer(answering(OK)) as server, Kernel(server.control()) as kernel:
        get_status(kernel)
        monkeypatch.setattr(httpcore.HTTPConnection, moment, close_first)
        with suppress(KernelUsageError):
            get_status(kernel)
        server.join_connection()
        assert len(server.requests) == (1 if moment == "has_expired" else 2)


def test_a_call_that_ends_after_the_kernel_was_closed_leaves_no_connection() -> None:
    with RawServer(pour_then_end) as server, Kernel(server.control()) as kernel:
        with kernel.open_stream(WATCH, idle_timeout=10) as stream:
            assert list(stream) == [b"hello"]
            kernel.close()
        server.join_connection()


def fork_and_wait(work: Callable[[], None]) -> None:
    """Run `work` in a forked child, and fail when it fails there."""
    child = multiprocessing.get_context("fork").Process(target=work)
    child.start()
    child.join(30)
    assert child.exitcode == 0


@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_forked_child_makes_its_own_connection_and_leaves_its_parents_alone() -> None:
    with RawServer(answering(OK)) as server, Kernel(server.control()) as kernel:
        get_status(kernel)

        def work() -> None:
            get_status(kernel)
            kernel.close()

        fork_and_wait(work)
        assert server.connections == 2
        get_status(kernel)
        assert server.connections == 2


@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_forked_child_may_use_an_async_kernel_on_its_own_loop() -> None:
    with RawServer(answering(OK)) as server:
        kernel = AsyncKernel(server.control())
        with asyncio.Runner() as runner:
            runner.run(_awaited_status(kernel))

            def work() -> None:
                with asyncio.Runner() as own:
                    own.run(_awaited_status(kernel))
                    own.run(kernel.aclose())

            fork_and_wait(work)
            assert server.connections == 2
            runner.run(_awaited_status(kernel))
            assert server.connections == 2
            runner.run(kernel.aclose())


async def _awaited_status(kernel: AsyncKernel) -> None:
    await get_status(kernel)


@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_transport_that_was_passed_in_is_not_used_after_a_fork() -> None:
    with RawServer(answering(OK)) as server, httpx.HTTPTransport(trust_env=False) as transport:
        kernel = Kernel(server.control(), transport=transport)
        get_status(kernel)

        def work() -> None:
            with pytest.raises(KernelUsageError, match=r"made before fork\(\)"):
                get_status(kernel)

        fork_and_wait(work)


@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_an_async_transport_that_was_passed_in_is_not_used_after_a_fork() -> None:
    transport = httpx.MockTransport(lambda _: httpx.Response(200, stream=httpx.ByteStream(b'{"snapshot": {}}')))
    kernel = AsyncKernel(NodeControl("http://kernel"), transport=transport)
    asyncio.run(_awaited_status(kernel))

    def work() -> None:
        with pytest.raises(KernelUsageError, match=r"made before fork\(\)"):
            asyncio.run(_awaited_status(kernel))

    fork_and_wait(work)


@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_forked_child_that_leaves_a_stream_does_not_cut_it_for_its_parent() -> None:
    def pour_when_told(connection: Connection) -> None:
        connection.read_request()
        connection.send(STREAM_HEAD + b"5\r\nhello\r\n")
        assert told.wait(10)
        connection.send(b"5\r\nagain\r\n0\r\n\r\n")

    told = threading.Event()
    with (
        RawServer(pour_when_told) as server,
        Kernel(server.control()) as kernel,
        kernel.open_stream(WATCH, idle_timeout=10) as stream,
    ):
        chunks = iter(stream)
        assert next(chunks) == b"hello"
        fork_and_wait(stream.close)
        told.set()
        assert list(chunks) == [b"again"]


def test_closing_wakes_a_call_that_waits_in_another_thread() -> None:
    asked = threading.Event()

    def hang(connection: Connection) -> None:
        connection.read_request()
        asked.set()
        connection.hang()

    with RawServer(hang) as server, ThreadPoolExecutor(1) as threads:
        kernel = Kernel(server.control(timeout=60))
        waiting = threads.submit(get_status, kernel)
        assert asked.wait(10)
        kernel.close()
        with pytest.raises(KernelUsageError, match="closed"):
            waiting.result(10)


async def test_closing_ends_an_awaited_call() -> None:
    asked = threading.Event()

    def hang(connection: Connection) -> None:
        connection.read_request()
        asked.set()
        connection.hang()

    with RawServer(hang) as server:
        kernel = AsyncKernel(server.control(timeout=60))
        waiting = asyncio.create_task(_awaited_status(kernel))
        await asyncio.to_thread(asked.wait, 10)
        await kernel.aclose()
        with pytest.raises(KernelUsageError, match="closed"):
            await asyncio.wait_for(waiting, 10)


async def test_a_cancelled_call_leaves_the_kernel_usable() -> None:
    asked = threading.Event()

    def hang_first(connection: Connection) -> None:
        if connection.server.connections == 1:
            connection.read_request()
            asked.set()
            connection.hang()
        else:
            answering(OK)(connection)

    with RawServer(hang_first) as server:
        async with AsyncKernel(server.control()) as kernel:
            waiting = asyncio.create_task(_awaited_status(kernel))
            await asyncio.to_thread(asked.wait, 10)
            waiting.cancel()
            with pytest.raises(asyncio.CancelledError):
                await waiting
            await get_status(kernel)


def test_an_async_kernel_is_closed_by_its_own_loop_or_after_it() -> None:
    with RawServer(answering(OK)) as server:
        kernel = AsyncKernel(server.control())
        with asyncio.Runner() as owner:
            owner.run(_awaited_status(kernel))
            with pytest.raises(KernelUsageError, match="another event loop"), asyncio.Runner() as other:
                other.run(kernel.aclose())
            owner.run(kernel.aclose())
        with asyncio.Runner() as other:
            other.run(kernel.aclose())


@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_after_the_end_of_its_loop_an_async_kernel_can_still_be_closed() -> None:
    with RawServer(answering(OK)) as server:
        kernel = AsyncKernel(server.control())
        asyncio.run(_awaited_status(kernel))
        asyncio.run(kernel.aclose())
        del kernel
        gc.collect()


def pour_then_hang(connection: Connection) -> None:
    connection.read_request()
    connection.send(STREAM_HEAD + b"5\r\nhello\r\n")
    connection.hang()


def pour_then_end(connection: Connection) -> None:
    """End the answer, and then wait for the client to end the connection."""
    connection.read_request()
    connection.send(STREAM_HEAD + b"5\r\nhello\r\n0\r\n\r\n")
    assert connection.read_request() == b""


def test_a_stream_is_cut_from_another_thread() -> None:
    with RawServer(pour_then_hang) as server, Kernel(server.control()) as kernel:
        with kernel.open_stream(WATCH, idle_timeout=60) as stream:
            chunks = iter(stream)
            assert next(chunks) == b"hello"
            cutter = threading.Timer(0.05, stream.abort)
            cutter.start()
            with pytest.raises(KernelUnreachableError, match="was cut"):
                next(chunks)
            cutter.join()
        stream.close()


async def test_an_awaited_stream_gives_chunks_and_leaves_no_task() -> None:
    with RawServer(pour_then_hang) as server:
        async with AsyncKernel(server.control()) as kernel:
            async with kernel.open_stream(WATCH, idle_timeout=60) as stream:
                assert await anext(aiter(stream)) == b"hello"
            assert asyncio.all_tasks() == {asyncio.current_task()}

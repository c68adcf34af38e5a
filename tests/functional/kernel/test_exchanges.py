"""The connections that an `AsyncKernel` makes: how many, which is used again, and what they bear."""

import asyncio
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack
from typing import Any

import pytest

from tests.functional.kernel.support import OK, Call, Connection, RawServer, answering, both_forms, get_status
from tests.functional.kernel.test_faults import USER
from tests.functional.kernel.test_lifetime import STREAM_HEAD, WATCH
from znp_panel_sync.control import NodeControl
from znp_panel_sync.errors import KernelTimeoutError, KernelUnreachableError, KernelUsageError
from znp_panel_sync.kernel import AsyncKernel, _addresses, _parser
from znp_panel_sync.testing import KernelSimulator

PATIENCE = 10.0


@pytest.fixture(params=["httptools", "h11"])
def parser(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Do the test with both parsers."""
    if request.param == "h11":
        monkeypatch.setattr(_parser, "httptools", None)


async def until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not condition():  # noqa: ASYNC110 - what is waited for happens in other threads
            await asyncio.sleep(0.01)


HELLO = STREAM_HEAD + b"5\r\nhello\r\n0\r\n\r\n"


@pytest.mark.usefixtures("parser")
async def test_of_many_connections_twenty_are_kept() -> None:
    with RawServer(answering(HELLO)) as server:
        async with AsyncKernel(server.control(timeout=30)) as kernel:
            for connections in (30, 40):
                async with AsyncExitStack() as together:
                    for _ in range(30):
                        stream = await together.enter_async_context(kernel.open_stream(WATCH, idle_timeout=10))
                        assert [chunk async for chunk in stream] == [b"hello"]
                assert server.connections == connections


async def test_a_hundred_exchanges_go_at_once_and_the_others_wait() -> None:
    with RawServer(answering(HELLO)) as server:
        async with AsyncKernel(server.control(timeout=30)) as kernel:
            async with AsyncExitStack() as together:
                for _ in range(100):
                    await together.enter_async_context(kernel.open_stream(WATCH, idle_timeout=10))
                waiting = asyncio.create_task(kernel.healthy())
                await asyncio.sleep(0)
                assert server.connections <= 100
                assert not waiting.done()
            assert await waiting is False
        assert server.connections == 100


async def test_a_connection_that_has_rested_for_long_is_not_used_again(monkeypatch: pytest.MonkeyPatch) -> None:
    loop = asyncio.get_running_loop()
    clock, later = loop.time, 0.0
    with RawServer(answering(HELLO)) as server:
        async with AsyncKernel(server.control(timeout=30)) as kernel:
            async with AsyncExitStack() as together:
                for _ in range(2):
                    stream = await together.enter_async_context(kernel.open_stream(WATCH, idle_timeout=10))
                    assert [chunk async for chunk in stream] == [b"hello"]
            exchanges: Any = kernel._connections.transport()
            monkeypatch.setattr(loop, "time", lambda: clock() + later)
            for later, kept, connections in ((55.0, 2, 2), (61.0, 1, 2), (200.0, 1, 3)):  # noqa: B007 - the clock's
                await kernel.healthy()  # on the one that was used last, if any
                assert (len(exchanges._idle), server.connections) == (kept, connections)


@pytest.mark.parametrize("end", [Connection.reset, lambda _: None], ids=["reset", "closed"])
async def test_a_request_on_a_kept_connection_that_ends_just_then_goes_out_once_more(
    end: Callable[[Connection], None],
) -> None:
    def handle(connection: Connection) -> None:
        connection.read_request()
        connection.send(OK)
        if connection.read_request() and connection.server.connections == 1:
            end(connection)
        else:
            answering(OK)(connection)

    with RawServer(handle) as server:
        async with AsyncKernel(server.control(), retries=0) as kernel:
            for _ in range(2):
                await get_status(kernel)
        assert (server.connections, len(server.requests)) == (2, 3)


async def test_a_post_that_the_kernel_may_have_taken_is_never_sent_twice() -> None:
    def handle(connection: Connection) -> None:
        connection.read_request()
        connection.send(OK)
        connection.read_request()  # and ends without a word

    with RawServer(handle) as server:
        async with AsyncKernel(server.control()) as kernel:
            await get_status(kernel)
            with pytest.raises(KernelUnreachableError, match="was cut"):
                await kernel.users.create_user(USER)
        assert (server.connections, len(server.requests)) == (1, 2)


async def test_a_connection_that_ends_within_the_answer_is_not_asked_again() -> None:
    def handle(connection: Connection) -> None:
        connection.read_request()
        connection.send(OK)
        connection.read_request()
        connection.send(b"HTTP/1.1 200 OK\r\nContent-")

    with RawServer(handle) as server:
        async with AsyncKernel(server.control(), retries=0) as kernel:
            await get_status(kernel)
            with pytest.raises(KernelUnreachableError, match="was cut"):
                await get_status(kernel)
        assert (server.connections, len(server.requests)) == (1, 2)


async def test_bytes_that_nobody_asked_for_are_no_answer_to_the_next_request() -> None:
    answered = threading.Event()

    def handle(connection: Connection) -> None:
        connection.read_request()
        connection.send(OK)
        if connection.server.connections == 1:
            answered.wait(PATIENCE)
            connection.send(b"HTTP/1.1 500 False\r\nContent-Length: 0\r\n\r\n")
        answering(OK)(connection)

    with RawServer(handle) as server:
        async with AsyncKernel(server.control(), retries=0) as kernel:
            await get_status(kernel)
            answered.set()
            exchanges: Any = kernel._connections.transport()
            await until(lambda: not exchanges._idle)
            await get_status(kernel)
        assert server.connections == 2


async def test_the_end_of_a_resting_connection_is_noticed_at_once() -> None:
    told = threading.Event()

    def handle(connection: Connection) -> None:
        connection.read_request()
        connection.send(OK)
        told.wait(PATIENCE)

    with RawServer(handle) as server:
        async with AsyncKernel(server.control()) as kernel:
            await get_status(kernel)
            exchanges: Any = kernel._connections.transport()
            assert len(exchanges._idle) == 1
            told.set()
            await until(lambda: not exchanges._idle)


async def test_a_connection_is_not_kept_while_a_part_of_the_request_is_unsent() -> None:
    told = threading.Event()

    def refuse_early(connection: Connection) -> None:
        connection.socket.recv(100)
        connection.send(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
        told.wait(PATIENCE)

    with RawServer(refuse_early) as server:
        async with AsyncKernel(server.control(timeout=20)) as kernel:
            request = WATCH.__class__("put", "PUT", "/v1/x", content=b"x" * 12_000_000, success=(400,))
            async with kernel.open_stream(request, idle_timeout=10) as stream:
                assert [chunk async for chunk in stream] == []
            exchanges: Any = kernel._connections.transport()
            assert exchanges._idle == []
            told.set()


@pytest.mark.usefixtures("parser")
async def test_a_reader_that_rests_lets_the_kernel_wait_and_loses_nothing() -> None:
    megabytes = 30
    sent = 0

    def pour(connection: Connection) -> None:
        nonlocal sent
        connection.read_request()
        connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % (megabytes << 20))
        for _ in range(megabytes):
            connection.send(bytes(1 << 20))
            sent += 1
        connection.hang()

    with RawServer(pour) as server:
        async with (
            AsyncKernel(server.control(timeout=30)) as kernel,
            kernel.open_stream(WATCH, idle_timeout=30) as stream,
        ):
            exchange: Any = stream._answer
            await until(lambda: exchange._paused)
            assert exchange._link.parser.held < 1 << 20
            assert sent < megabytes
            assert sum([len(chunk) async for chunk in stream]) == megabytes << 20
            await stream.aclose()
            assert [chunk async for chunk in exchange] == []


async def test_a_stream_that_was_cut_while_its_reader_rested_gives_what_had_come_and_says_so() -> None:
    def pour(connection: Connection) -> None:
        connection.read_request()
        connection.send(STREAM_HEAD + b"5\r\nhello\r\n")

    with RawServer(pour) as server:
        async with AsyncKernel(server.control()) as kernel, kernel.open_stream(WATCH, idle_timeout=30) as stream:
            exchange: Any = stream._answer
            await until(lambda: exchange._error)
            chunks = aiter(stream)
            assert await anext(chunks) == b"hello"
            with pytest.raises(KernelUnreachableError, match="was cut"):
                await anext(chunks)


async def test_a_stream_that_is_left_while_the_kernel_has_to_wait_is_cut() -> None:
    def pour(connection: Connection) -> None:
        connection.read_request()
        connection.send(STREAM_HEAD)
        while True:
            connection.send(b"10000\r\n" + bytes(65536) + b"\r\n")

    with RawServer(pour) as server:
        async with AsyncKernel(server.control()) as kernel:
            async with kernel.open_stream(WATCH, idle_timeout=30) as stream:
                exchange: Any = stream._answer
                await until(lambda: exchange._paused)
                link = exchange._link
            assert not link.alive
            link.pause()
            link.resume()  # of no effect any more
            await asyncio.to_thread(server.join_connection)


async def test_closing_while_connecting_leaves_no_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    looked_up = asyncio.Event()
    go_on = asyncio.Event()
    connect_to = _addresses._connect_to

    async def connect_later(address: str, port: int) -> socket.socket:
        connected = await connect_to(address, port)
        looked_up.set()
        await go_on.wait()
        return connected

    monkeypatch.setattr(_addresses, "_connect_to", connect_later)
    with RawServer(answering(OK)) as server:
        kernel = AsyncKernel(server.control())
        waiting = asyncio.ensure_future(get_status(kernel))
        await looked_up.wait()
        await kernel.aclose()
        go_on.set()
        with pytest.raises(KernelUsageError, match="closed"):
            await waiting
        await asyncio.sleep(0)
        await asyncio.to_thread(server.join_connection)
    assert server.requests == []


async def test_closing_under_a_request_on_a_kept_connection_makes_no_new_one() -> None:
    asked = threading.Event()

    def handle(connection: Connection) -> None:
        connection.read_request()
        connection.send(OK)
        connection.read_request()
        asked.set()
        connection.hang()

    with RawServer(handle) as server:
        kernel = AsyncKernel(server.control())
        await get_status(kernel)
        waiting = asyncio.ensure_future(get_status(kernel))
        await asyncio.to_thread(asked.wait, PATIENCE)
        await kernel.aclose()
        with pytest.raises(KernelUsageError, match="closed"):
            await waiting
        assert server.connections == 1


async def test_an_answer_that_is_closed_after_the_kernel_leaves_no_connection() -> None:
    with RawServer(answering(HELLO)) as server:
        kernel = AsyncKernel(server.control())
        async with kernel.open_stream(WATCH, idle_timeout=10) as stream:
            assert [chunk async for chunk in stream] == [b"hello"]
            await kernel.aclose()
        await asyncio.to_thread(server.join_connection)


# Names and addresses


async def resolved(*addresses: str) -> Callable[[str, int], Any]:
    async def look_up(host: str, port: int) -> list[str]:
        return list(addresses)

    return look_up


@pytest.fixture
def one_that_is_silent(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Let 192.0.2.1, which nobody has, be silent without asking a network; return the addresses that were tried."""
    connect_to = _addresses._connect_to
    tried: list[str] = []

    async def connect_unless_silent(address: str, port: int) -> socket.socket:
        tried.append(address)
        if address == "192.0.2.1":
            await asyncio.Event().wait()
        return await connect_to(address, port)

    monkeypatch.setattr(_addresses, "_connect_to", connect_unless_silent)
    return tried


async def test_a_silent_address_holds_up_the_next_one_for_a_moment_only(one_that_is_silent: list[str]) -> None:
    with RawServer(answering(OK)) as server:
        began = time.monotonic()
        connected = await _addresses.connect("kernel", server.port, await resolved("192.0.2.1", "127.0.0.1"))
        connected.close()
        assert time.monotonic() - began >= _addresses.HEAD_START * 0.9
        assert one_that_is_silent == ["192.0.2.1", "127.0.0.1"]
        await asyncio.sleep(0)  # what was not needed is given up


async def test_a_silent_address_is_waited_for_when_the_others_refuse(
    one_that_is_silent: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_addresses, "HEAD_START", 0.01)
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        look_up = await resolved("192.0.2.1", "127.0.0.1")
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.3):
                await _addresses.connect("kernel", unused.getsockname()[1], look_up)
    assert one_that_is_silent == ["192.0.2.1", "127.0.0.1"]


async def test_addresses_that_refuse_are_passed_over_and_the_last_failure_is_told() -> None:
    with socket.socket() as unused, RawServer(answering(OK)) as server:
        unused.bind(("127.0.0.1", 0))
        refusing = unused.getsockname()[1]
        (await _addresses.connect("kernel", server.port, await resolved("127.0.0.2", "127.0.0.1"))).close()
        with pytest.raises(ConnectionRefusedError):
            await _addresses.connect("kernel", refusing, await resolved("127.0.0.1", "127.0.0.2"))


async def test_a_name_without_addresses_is_told() -> None:
    with pytest.raises(OSError, match="no address"):
        await _addresses.connect("kernel", 1, await resolved())


async def test_of_two_connections_made_at_once_one_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    together = asyncio.Event()
    connect_to = _addresses._connect_to
    made: list[socket.socket] = []

    async def connect_together(address: str, port: int) -> socket.socket:
        connected = await connect_to("127.0.0.1", port)
        made.append(connected)
        if len(made) == 2:
            together.set()
        await together.wait()
        return connected

    monkeypatch.setattr(_addresses, "_connect_to", connect_together)
    with RawServer(answering(OK)) as server:
        connected = await _addresses.connect("kernel", server.port, await resolved("127.0.0.2", "127.0.0.3"))
        await asyncio.sleep(0)
        assert sorted(one.fileno() == -1 for one in made) == [False, True]
        connected.close()


@pytest.fixture
def unresolved(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Let names that end in `.example` hang in the resolver until the test is over; return those that hang there."""
    released = threading.Event()
    look_up = socket.getaddrinfo
    hanging: list[str] = []

    def hang(host: str, *arguments: Any, **options: Any) -> Any:
        if not host.endswith(".example"):
            return look_up(host, *arguments, **options)
        hanging.append(host)
        released.wait(60)
        hanging.remove(host)
        raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")

    monkeypatch.setattr(socket, "getaddrinfo", hang)
    yield hanging
    released.set()


def test_names_that_hang_in_the_resolver_hold_up_neither_another_name_nor_the_end_of_the_loop(
    unresolved: list[str],
) -> None:
    names = [f"k{number}.example" for number in range(40)]  # more than the threads of asyncio's own resolver

    async def main(port: int) -> None:
        async with AsyncExitStack() as kernels:
            hanging = [await kernels.enter_async_context(AsyncKernel(NodeControl(f"http://{name}"))) for name in names]
            calls = [asyncio.create_task(kernel.healthy()) for kernel in hanging]
            await until(lambda: len(unresolved) == len(names))
            async with AsyncKernel(NodeControl(f"http://localhost:{port}")) as kernel:
                assert await get_status(kernel) is not None
            for call in calls:
                call.cancel()
            await asyncio.wait(calls)

    with RawServer(answering(OK)) as server:
        asyncio.run(main(server.port))
    assert len(unresolved) == len(names)


async def test_calls_that_wait_for_one_name_share_the_look_up(unresolved: list[str]) -> None:
    async with AsyncKernel(NodeControl("http://k.example", timeout=0.1), retries=0) as kernel:
        for _ in range(2):
            outcomes = await asyncio.gather(*(get_status(kernel) for _ in range(5)), return_exceptions=True)
            assert {type(outcome) for outcome in outcomes} == {KernelTimeoutError}
    assert unresolved == ["k.example"]


@both_forms
def test_names_are_resolved_even_where_no_thread_can_begin_any_more(
    call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: threading.Thread) -> None:
        raise RuntimeError("can't create new thread at interpreter shutdown")

    with KernelSimulator() as simulator:
        monkeypatch.setattr(threading.Thread, "start", refuse)
        assert call(get_status, NodeControl(f"http://localhost:{simulator.port}")) is not None

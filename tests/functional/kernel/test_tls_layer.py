"""TLS below an `AsyncKernel`, beyond the handshake, against the standard library's server side."""

import asyncio
import socket
import ssl
import threading
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
import trustme

from tests.functional.kernel.support import OK, Connection, RawServer, answering, get_status
from tests.functional.kernel.test_exchanges import until
from tests.functional.kernel.test_faults import USER
from tests.functional.kernel.test_lifetime import STREAM_HEAD, WATCH
from znp_kernel_client.models import UserCreateRequest
from znp_panel_sync.control import NodeControl
from znp_panel_sync.errors import KernelTimeoutError, KernelUnreachableError
from znp_panel_sync.kernel import AsyncKernel

NewKernel = Callable[..., AsyncKernel]


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def ca_file(authority: trustme.CA, tmp_path: Path) -> str:
    file = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(file)
    return str(file)


@pytest.fixture(params=[ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3], ids=["1.2", "1.3"])
def context(authority: trustme.CA, request: pytest.FixtureRequest) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.maximum_version = request.param
    authority.issue_cert("127.0.0.1").configure_cert(context)
    return context


async def test_large_bodies_go_both_ways(context: ssl.SSLContext, ca_file: str) -> None:
    body = b'{"id": "' + b"n" * 3_000_000 + b'"}'
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body
    user = UserCreateRequest(id="u", username="n", password="p" * 3_000_000)
    with RawServer(answering(answer), tls=context) as server:
        async with AsyncKernel(server.control(verify=ca_file, timeout=30)) as kernel:
            for _ in range(2):
                assert (await kernel.users.create_user(user)).id == "n" * 3_000_000
        assert server.connections == 1
        assert [len(request) > 3_000_000 for request in server.requests] == [True, True]


async def test_a_reader_that_rests_lets_the_kernel_wait_and_loses_nothing(
    context: ssl.SSLContext, ca_file: str
) -> None:
    def pour(connection: Connection) -> None:
        connection.read_request()
        connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % (20 << 20))
        for _ in range(20):
            connection.send(bytes(1 << 20))
        connection.hang()

    with RawServer(pour, tls=context) as server:
        async with (
            AsyncKernel(server.control(verify=ca_file, timeout=30)) as kernel,
            kernel.open_stream(WATCH, idle_timeout=30) as stream,
        ):
            exchange: Any = stream._answer
            await until(lambda: exchange._paused)
            assert exchange._link.parser.held < 1 << 20
            assert sum([len(chunk) async for chunk in stream]) == 20 << 20


@pytest.mark.parametrize("in_order", [True, False])
async def test_a_body_without_length_ends_with_the_connection(
    context: ssl.SSLContext, ca_file: str, in_order: bool
) -> None:
    def pour(connection: Connection) -> None:
        connection.read_request()
        connection.send(b'HTTP/1.1 200 OK\r\n\r\n{"snapshot": {}}')
        if in_order:
            assert isinstance(connection.socket, ssl.SSLSocket)
            connection.socket.unwrap()

    with RawServer(pour, tls=context) as server:
        async with AsyncKernel(server.control(verify=ca_file)) as kernel:
            assert await get_status(kernel) is not None
            assert await get_status(kernel) is not None
        assert server.connections == 2


async def test_a_kept_connection_that_the_kernel_takes_leave_of_is_replaced_even_for_a_post(
    context: ssl.SSLContext, ca_file: str
) -> None:
    def handle(connection: Connection) -> None:
        connection.read_request()
        connection.send(b'HTTP/1.1 200 OK\r\nContent-Length: 29\r\n\r\n{"id": "u", "username": "nn"}')
        assert isinstance(connection.socket, ssl.SSLSocket)
        connection.socket.unwrap()

    with RawServer(handle, tls=context) as server:
        async with AsyncKernel(server.control(verify=ca_file)) as kernel:
            exchanges: Any = kernel._connections.transport()
            for _ in range(3):
                await until(lambda: not exchanges._idle)
                assert (await kernel.users.create_user(USER)).id == "u"
        assert server.connections == 3


async def test_a_connection_whose_answer_comes_with_the_kernels_leave_is_not_kept(
    context: ssl.SSLContext, ca_file: str
) -> None:
    asked, go_on, left = threading.Event(), threading.Event(), threading.Event()

    def handle(connection: Connection) -> None:
        connection.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.read_request()
        asked.set()
        go_on.wait(10)
        connection.send(b'HTTP/1.1 200 OK\r\nContent-Length: 29\r\n\r\n{"id": "u", "username": "nn"}')
        assert isinstance(connection.socket, ssl.SSLSocket)
        connection.socket.settimeout(0)
        with suppress(ssl.SSLWantReadError):
            connection.socket.unwrap()  # sends the leave, and does not wait for the other side's
        left.set()
        connection.hang()

    async def create_two() -> None:
        for _ in range(2):
            await kernel.users.create_user(USER)

    with RawServer(handle, tls=context) as server:
        async with AsyncKernel(server.control(verify=ca_file)) as kernel:
            creating = asyncio.create_task(create_two())
            await until(asked.is_set)
            go_on.set()
            assert left.wait(10)  # the loop stands still meanwhile, and reads both at once
            await creating
        assert server.connections == 2


@pytest.mark.parametrize("within", [True, False], ids=["in an answer", "at rest"])
async def test_bytes_that_were_not_encrypted_end_the_connection(
    context: ssl.SSLContext, ca_file: str, within: bool
) -> None:
    def forge(connection: Connection) -> None:
        connection.read_request()
        connection.send(STREAM_HEAD if within else OK)
        with socket.socket(fileno=connection.socket.detach()) as plain:
            plain.sendall(OK)
            assert plain.recv(1 << 16)  # an alert
            told.set()

    told = threading.Event()
    with RawServer(forge, tls=context) as server:
        async with AsyncKernel(server.control(verify=ca_file), retries=0) as kernel:
            if within:
                with pytest.raises(KernelUnreachableError) as caught:
                    await get_status(kernel)
                assert caught.value.reason == "tls"
            else:
                await get_status(kernel)
                exchanges: Any = kernel._connections.transport()
                await until(lambda: not exchanges._idle)
            await asyncio.to_thread(told.wait, 10)
        assert told.is_set()


@contextmanager
def silent_server() -> Iterator[tuple[NodeControl, threading.Event]]:
    """Accept a connection, read the first words of its handshake and say nothing."""
    greeted = threading.Event()

    def hang(connection: Connection) -> None:
        connection.socket.recv(1000)
        greeted.set()
        connection.socket.recv(1000)

    with RawServer(hang) as server:
        yield NodeControl(server.url.replace("http:", "https:"), timeout=0.5), greeted
        server.join_connection()  # the client has closed it


async def test_a_handshake_that_is_given_up_leaves_no_connection() -> None:
    with silent_server() as (control, greeted):
        async with AsyncKernel(control, retries=0) as kernel:
            with pytest.raises(KernelTimeoutError):
                await get_status(kernel)
        assert greeted.is_set()


async def test_a_call_that_is_cancelled_in_its_handshake_leaves_no_connection() -> None:
    with silent_server() as (control, greeted):
        async with AsyncKernel(control, retries=0) as kernel:
            calling = asyncio.ensure_future(get_status(kernel))
            await asyncio.to_thread(greeted.wait, 10)
            calling.cancel()
            with pytest.raises((asyncio.CancelledError, KernelTimeoutError)):
                await calling
        await asyncio.sleep(0)


async def test_an_idle_connection_costs_little(context: ssl.SSLContext, ca_file: str) -> None:
    count = 20
    with RawServer(answering(OK), tls=context) as server:
        control = server.control(verify=ca_file)
        kernels = [AsyncKernel(control) for _ in range(count + 1)]
        await get_status(kernels[0])
        tracemalloc.start()
        try:
            before = tracemalloc.take_snapshot()
            for kernel in kernels:
                await get_status(kernel)
            ours = [tracemalloc.Filter(True, "*/znp_panel_sync/*"), tracemalloc.Filter(True, "*/asyncio/*")]
            grown = tracemalloc.take_snapshot().filter_traces(ours).compare_to(before.filter_traces(ours), "filename")
        finally:
            tracemalloc.stop()
        assert sum(entry.size_diff for entry in grown) / count < 64 * 1024
        for kernel in kernels:
            await kernel.aclose()

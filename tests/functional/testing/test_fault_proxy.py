"""FaultProxy between real sockets: an echo server behind it, plain sockets before it."""

import asyncio
import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from znp_panel_sync.errors import ConfigurationError
from znp_panel_sync.testing.connection_faults import (
    Blackhole,
    ConnectionFault,
    Delay,
    Direction,
    Drip,
    Garble,
    Refuse,
    Reset,
    Slice,
    Truncate,
)
from znp_panel_sync.testing.fault_proxy import FaultProxy

BOUND = 10.0

Connect = Callable[[], socket.socket]


class EchoServer:
    """Sends back what it receives, and keeps what it has received."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self._listener.getsockname()[1]}"
        self.received = bytearray()
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        with contextlib.suppress(OSError):  # closed already
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._echo, args=(connection,), daemon=True).start()

    def _echo(self, connection: socket.socket) -> None:
        with connection:
            try:
                while data := connection.recv(65536):
                    self.received += data
                    connection.sendall(data)
            except OSError:
                return


@pytest.fixture
def echo() -> Iterator[EchoServer]:
    server = EchoServer()
    yield server
    server.close()


@pytest.fixture
def proxy(echo: EchoServer) -> Iterator[FaultProxy]:
    with FaultProxy(echo.address) as proxy:
        yield proxy


@pytest.fixture
def connect(proxy: FaultProxy) -> Iterator[Connect]:
    opened: list[socket.socket] = []

    def new_connection() -> socket.socket:
        opened.append(socket.create_connection(("127.0.0.1", proxy.port), BOUND))
        return opened[-1]

    yield new_connection
    for connection in opened:
        connection.close()


def read_exactly(connection: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size:
        piece = connection.recv(size - len(data))
        if not piece:
            break
        data += piece
    return data


def read_to_end(connection: socket.socket) -> bytes:
    return read_exactly(connection, 1 << 20)


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + BOUND
    while not condition():
        assert time.monotonic() < deadline, "the condition did not come true in time"
        time.sleep(0.005)


def test_passes_everything_on_while_all_is_well(connect: Connect, proxy: FaultProxy, echo: EchoServer) -> None:
    connection = connect()
    connection.sendall(b"hello")
    assert read_exactly(connection, 5) == b"hello"
    connection.shutdown(socket.SHUT_WR)
    assert read_to_end(connection) == b""
    assert echo.received == b"hello"
    until(lambda: proxy.open_connections == 0)
    assert proxy.accepted == 1


def test_large_data_arrives_whole(connect: Connect) -> None:
    connection = connect()
    data = bytes(range(256)) * 4096
    sender = threading.Thread(target=connection.sendall, args=(data,))
    sender.start()
    assert read_exactly(connection, len(data)) == data
    sender.join()


def test_refuse_keeps_the_port_and_ends_open_connections(connect: Connect, proxy: FaultProxy) -> None:
    open_before = connect()
    open_before.sendall(b"x")
    read_exactly(open_before, 1)
    port = proxy.port

    proxy.fault = Refuse()

    with pytest.raises(ConnectionRefusedError):
        connect()
    with pytest.raises(ConnectionResetError):
        open_before.recv(1)
    proxy.fault = Refuse()
    proxy.fault = None
    assert proxy.port == port
    connection = connect()
    connection.sendall(b"y")
    assert read_exactly(connection, 1) == b"y"


def test_may_begin_with_a_fault(echo: EchoServer) -> None:
    with FaultProxy(echo.address, fault=Refuse()) as proxy:
        assert proxy.fault == Refuse()
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", proxy.port), BOUND)


def test_reset_of_answers_lets_the_request_through(connect: Connect, proxy: FaultProxy, echo: EchoServer) -> None:
    proxy.fault = Reset(direction=Direction.ANSWERS)
    connection = connect()
    connection.sendall(b"request")
    with pytest.raises(ConnectionResetError):
        connection.recv(1)
    assert echo.received == b"request"


def test_reset_of_requests_keeps_them_from_the_server(connect: Connect, proxy: FaultProxy, echo: EchoServer) -> None:
    proxy.fault = Reset(direction=Direction.REQUESTS)
    connection = connect()
    connection.sendall(b"request")
    with pytest.raises(ConnectionResetError):
        connection.recv(1)
    assert echo.received == b""


def test_truncate_closes_in_good_order(connect: Connect, proxy: FaultProxy) -> None:
    proxy.fault = Truncate(after=3)
    connection = connect()
    connection.sendall(b"abcdef")
    assert read_to_end(connection) == b"abc"


def test_blackhole_leaves_an_open_connection_half_open(connect: Connect, proxy: FaultProxy, echo: EchoServer) -> None:
    connection = connect()
    connection.sendall(b"a")
    assert read_exactly(connection, 1) == b"a"

    proxy.fault = Blackhole()
    connection.sendall(b"bc")
    until(lambda: proxy.swallowed == 2)
    proxy.fault = None
    connection.sendall(b"d")

    until(lambda: proxy.swallowed == 3)
    assert echo.received == b"a"
    assert proxy.open_connections == 1
    connection.close()
    until(lambda: proxy.open_connections == 0)


def test_answers_alone_may_vanish_and_so_does_the_end_of_the_connection(
    connect: Connect, proxy: FaultProxy, echo: EchoServer
) -> None:
    proxy.fault = Blackhole(after=2, direction=Direction.ANSWERS)
    connection = connect()
    connection.sendall(b"abc")
    assert read_exactly(connection, 2) == b"ab"
    until(lambda: proxy.swallowed == 1)
    assert echo.received == b"abc"
    connection.shutdown(socket.SHUT_WR)
    until(lambda: proxy.open_connections == 0)


def test_delay_holds_answers_back(connect: Connect, proxy: FaultProxy) -> None:
    proxy.fault = Delay(0.2)
    connection = connect()
    began = time.monotonic()
    connection.sendall(b"a")
    assert read_exactly(connection, 1) == b"a"
    assert time.monotonic() - began >= 0.2


def test_drip_takes_its_time_over_the_whole(connect: Connect, proxy: FaultProxy) -> None:
    proxy.fault = Drip(0.05)
    connection = connect()
    began = time.monotonic()
    connection.sendall(b"abcde")
    assert connection.recv(100) == b"a"
    assert read_exactly(connection, 4) == b"bcde"
    assert time.monotonic() - began >= 0.2


@pytest.mark.parametrize("fault", [Delay(600.0), Drip(600.0)])
def test_what_a_fault_holds_back_goes_on_when_the_fault_is_over(
    connect: Connect, proxy: FaultProxy, echo: EchoServer, fault: ConnectionFault
) -> None:
    proxy.fault = fault
    connection = connect()
    connection.sendall(b"abcde")
    until(lambda: echo.received == b"abcde")
    proxy.fault = None
    assert read_exactly(connection, 5) == b"abcde"


def test_slice_keeps_the_data(connect: Connect, proxy: FaultProxy, echo: EchoServer) -> None:
    proxy.fault = Slice(size=2)
    connection = connect()
    connection.sendall(b"abcde")
    assert read_exactly(connection, 5) == b"abcde"
    assert echo.received == b"abcde"


def test_garble_spoils_answers_and_no_requests(connect: Connect, proxy: FaultProxy, echo: EchoServer) -> None:
    proxy.fault = Garble(after=1)
    connection = connect()
    connection.sendall(b"ab")
    assert read_exactly(connection, 2) == b"a" + bytes([ord("b") ^ 0xFF])
    assert echo.received == b"ab"


def test_a_fault_counts_bytes_from_when_it_took_effect(connect: Connect, proxy: FaultProxy) -> None:
    connection = connect()
    connection.sendall(b"abc")
    read_exactly(connection, 3)
    proxy.fault = Truncate(after=2)
    connection.sendall(b"def")
    assert read_to_end(connection) == b"de"


def test_a_script_gives_each_new_connection_its_own_fault(connect: Connect, proxy: FaultProxy) -> None:
    proxy.play([Truncate(after=1), None, Refuse()])
    first, second, third = connect(), connect(), connect()
    until(lambda: proxy.accepted == 3)
    for connection in (first, second, third):
        connection.sendall(b"ab")
    assert read_to_end(first) == b"a"
    assert read_exactly(second, 2) == b"ab"
    with pytest.raises(ConnectionResetError):
        third.recv(1)


def test_open_connections_can_be_reset_once(connect: Connect, proxy: FaultProxy) -> None:
    connection = connect()
    until(lambda: proxy.open_connections == 1)
    proxy.reset_connections()
    with pytest.raises(ConnectionResetError):
        connection.recv(1)
    again = connect()
    again.sendall(b"a")
    assert read_exactly(again, 1) == b"a"


def test_a_client_is_reset_where_the_server_is_gone(connect: Connect, echo: EchoServer) -> None:
    echo.close()
    with pytest.raises(ConnectionResetError):
        connect().recv(1)


def test_the_server_may_move(connect: Connect, proxy: FaultProxy) -> None:
    elsewhere = EchoServer()
    proxy.upstream = f"http://{elsewhere.address}/prefix"
    assert proxy.upstream == f"http://{elsewhere.address}/prefix"
    assert proxy.url == f"http://127.0.0.1:{proxy.port}/prefix"
    connection = connect()
    connection.sendall(b"a")
    assert read_exactly(connection, 1) == b"a"
    assert elsewhere.received == b"a"
    elsewhere.close()


async def test_serves_asyncio_tests(echo: EchoServer) -> None:
    async with FaultProxy(echo.address, script=[Truncate(after=1)]) as proxy:
        reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
        writer.write(b"ab")
        assert await reader.read() == b"a"
        writer.close()
        await writer.wait_closed()


def test_close_may_be_called_twice_and_before_the_start(echo: EchoServer) -> None:
    FaultProxy(echo.address).close()
    with FaultProxy(echo.address) as proxy:
        proxy.close()
        proxy.close()


@pytest.mark.parametrize("upstream", ["", "127.0.0.1", "http://127.0.0.1", ":80"])
def test_an_upstream_without_host_and_port_is_refused(upstream: str) -> None:
    with pytest.raises(ConfigurationError, match="upstream"):
        FaultProxy(upstream)

"""Servers that answer on real sockets in every way but the right one, and both forms of calling them."""

import asyncio
import socket
import ssl
import threading
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType
from typing import Any, Protocol, Self

import pytest

from znp_panel_sync.control import NodeControl
from znp_panel_sync.kernel import AsyncKernel, Kernel, Timing


async def _no_pause(_: float) -> None:
    """Try again at once."""


WITHOUT_PAUSES = Timing(sleep=lambda _: None, async_sleep=_no_pause)

OK = b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 16\r\n\r\n{"snapshot": {}}'


class Connection:
    """One accepted connection, seen from the server."""

    def __init__(self, server: "RawServer", plain: socket.socket) -> None:
        self.server = server
        self.socket = plain

    def read_request(self) -> bytes:
        """Return one request with its body; empty when the client has gone."""
        received = b""
        while b"\r\n\r\n" not in received:
            chunk = self.socket.recv(65536)
            if not chunk:
                return b""
            received += chunk
        head, _, body = received.partition(b"\r\n\r\n")
        length = next((line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")), b":0")
        while len(body) < int(length.split(b":")[1]):
            body += self.socket.recv(65536)
        self.server.requests.append(head + b"\r\n\r\n" + body)
        return self.server.requests[-1]

    def send(self, data: bytes) -> None:
        self.socket.sendall(data)

    def drip(self, data: bytes, interval: float) -> None:
        """Send one byte after the other until the client has gone or the server stops."""
        for byte in data:
            self.send(bytes([byte]))
            if self.server.stopping.wait(interval):
                return

    def hang(self) -> None:
        """Say nothing until the server stops."""
        self.server.stopping.wait(30)

    def reset(self) -> None:
        """Close with a reset instead of an orderly end."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")
        self.socket.close()


class RawServer:
    """Listens on a loopback port of its own; each connection is handled by `handle` in a thread."""

    def __init__(
        self, handle: Callable[[Connection], None], *, tls: ssl.SSLContext | None = None, host: str = "127.0.0.1"
    ) -> None:
        self._handle = handle
        self._tls = tls
        self._listener = socket.create_server((host, 0), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
        self._threads: list[threading.Thread] = []
        self._open: list[socket.socket] = []
        self.host = f"[{host}]" if ":" in host else host
        self.port: int = self._listener.getsockname()[1]
        self.requests: list[bytes] = []
        self.connections = 0
        self.stopping = threading.Event()

    @property
    def url(self) -> str:
        return f"{'https' if self._tls else 'http'}://{self.host}:{self.port}"

    def control(self, **options: Any) -> NodeControl:
        return NodeControl(self.url, **options)

    def __enter__(self) -> Self:
        self._start(self._accept)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stopping.set()
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for connection in self._open:
            with suppress(OSError):
                socket.socket.shutdown(connection, socket.SHUT_RDWR)  # TLS stays: its own would go under the handler
        for thread in self._threads:
            thread.join(10)
            assert not thread.is_alive()

    def join_connection(self) -> None:
        """Wait until the first connection has been handled and closed."""
        self._threads[1].join(10)
        assert not self._threads[1].is_alive()

    def _start(self, work: Callable[..., None], *arguments: object) -> None:
        thread = threading.Thread(target=work, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                accepted, _ = self._listener.accept()
                self.connections += 1
                self._open.append(accepted)
                self._start(self._serve, accepted)

    def _serve(self, accepted: socket.socket) -> None:
        with suppress(OSError), accepted:
            if self._tls is None:
                self._handle(Connection(self, accepted))
            else:
                with self._tls.wrap_socket(accepted, server_side=True) as secured:
                    self._open.append(secured)
                    self._handle(Connection(self, secured))


def answering(*answers: bytes) -> Callable[[Connection], None]:
    """Return a handler that gives these answers to the requests of one connection, the last one again and again."""

    def handle(connection: Connection) -> None:
        left = list(answers)
        while connection.read_request():
            connection.send(left.pop(0) if len(left) > 1 else left[0])

    return handle


class Call(Protocol):
    """Does `act(kernel)` with a kernel that is closed afterwards; in the async form, what `act` returns is awaited."""

    def __call__(self, act: Callable[[Any], Any], control: NodeControl, **options: Any) -> Any: ...


def call_blocking(act: Callable[[Any], Any], control: NodeControl, **options: Any) -> Any:
    with Kernel(control, **options) as kernel:
        return act(kernel)


def call_async(act: Callable[[Any], Any], control: NodeControl, **options: Any) -> Any:
    async def main() -> Any:
        async with AsyncKernel(control, **options) as kernel:
            return await act(kernel)

    return asyncio.run(main())


both_forms = pytest.mark.parametrize("call", [call_blocking, call_async], ids=["blocking", "async"])


def get_status(kernel: Any) -> Any:
    return kernel.status.get_status(include="nodes")

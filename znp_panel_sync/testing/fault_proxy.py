"""A TCP proxy that misbehaves as told, to see what a client makes of it."""

import asyncio
import contextlib
import socket
import struct
import threading
from collections import deque
from collections.abc import Coroutine, Iterable
from types import TracebackType
from typing import Any, Final, Self, TypeVar
from urllib.parse import SplitResult, urlsplit

from attrs import define

from znp_panel_sync.errors import ConfigurationError
from znp_panel_sync.testing._accepting import stop_accepting
from znp_panel_sync.testing.connection_faults import ConnectionFault, Direction, Ending, Refuse, Step

T = TypeVar("T")

_CONTROL_TIMEOUT: Final = 10.0
_PIECE_BYTES: Final = 65536
_RESET_ON_CLOSE: Final = struct.pack("ii", 1, 0)


class FaultProxy:
    """Passes TCP connections on to a server, and spoils them by switch or by script.

    Runs in a thread of its own, so that it serves blocking and asyncio tests alike::

        with FaultProxy(simulator.url) as proxy:
            kernel = Kernel(NodeControl(proxy.url))
            proxy.fault = Blackhole()      # from now on, open connections included
            proxy.fault = None             # all is well again
            proxy.play([Reset(), None])    # the next connection is reset, the one after is fine

    `upstream` is a URL (`http://127.0.0.1:8080`, whose path is kept) or `host:port`. `fault` is the one to begin with
    (None: all is well), `script` holds faults for the first connections, see `play`.
    """

    def __init__(
        self, upstream: str, *, fault: ConnectionFault | None = None, script: Iterable[ConnectionFault | None] = ()
    ) -> None:
        self._upstream = _parse(upstream)
        self._fault = fault
        self._replaced = asyncio.Event()
        """Set when another fault takes the place of this one, which gets an event of its own."""
        self._script = deque(script)
        self._links: set[asyncio.Task[None]] = set()
        self._listening: tuple[asyncio.Server, socket.socket] | None = None
        self._runner = asyncio.Runner(loop_factory=asyncio.SelectorEventLoop)
        self._loop = self._runner.get_loop()
        self._stopped = asyncio.Event()
        self._thread = threading.Thread(target=self._serve_until_stopped, name="fault-proxy", daemon=True)
        self._port_holder = _bound(0)
        self.accepted = 0
        """How many connections have been accepted."""
        self.swallowed = 0
        """How many bytes vanished in half-open connections."""

    def __enter__(self) -> Self:
        self._thread.start()
        self._run(self._apply(self._fault))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> None:
        self.close()

    async def __aenter__(self) -> Self:
        return self.__enter__()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> None:
        await asyncio.to_thread(self.close)

    @property
    def port(self) -> int:
        """The TCP port at which the proxy listens; it stays the same while connections are refused."""
        port: int = self._port_holder.getsockname()[1]
        return port

    @property
    def url(self) -> str:
        """The upstream's URL with the proxy's address in it."""
        parts = self._upstream._replace(netloc=f"127.0.0.1:{self.port}")
        return parts.geturl()

    @property
    def upstream(self) -> str:
        """Where connections go. May be set, as when a server comes back elsewhere; open connections stay."""
        return self._upstream.geturl()

    @upstream.setter
    def upstream(self, url: str) -> None:
        self._upstream = _parse(url)

    @property
    def fault(self) -> ConnectionFault | None:
        """What goes wrong now, on open connections too (None: nothing). In force when the assignment returns.

        Data that the former fault holds back, such as a `Delay`, goes on at once.
        """
        return self._fault

    @fault.setter
    def fault(self, fault: ConnectionFault | None) -> None:
        self._run(self._apply(fault))

    @property
    def open_connections(self) -> int:
        """How many connections of clients are open at this moment."""
        return len(self._links)

    def play(self, script: Iterable[ConnectionFault | None]) -> None:
        """Give the next connections a fault of their own each, for as long as they live (None: `fault` counts)."""
        self._script = deque(script)

    def reset_connections(self) -> None:
        """Reset all open connections, once; new ones are welcome."""
        self._run(self._reset_links())

    def close(self) -> None:
        """Stop listening, reset all connections and end the thread. May be called again."""
        if self._loop.is_closed():
            return
        if self._thread.is_alive():
            self._run(self._apply(Refuse()))
            self._loop.call_soon_threadsafe(self._stopped.set)
            self._thread.join(_CONTROL_TIMEOUT)
        self._runner.close()
        self._port_holder.close()

    def _serve_until_stopped(self) -> None:
        self._runner.run(self._stopped.wait())

    def _run(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(_CONTROL_TIMEOUT)

    async def _apply(self, fault: ConnectionFault | None) -> None:
        self._fault = fault
        self._replaced.set()
        self._replaced = asyncio.Event()
        if isinstance(fault, Refuse):
            await self._stop_listening()
            await self._reset_links()
        elif self._listening is None:
            listener = _bound(self.port)
            self._listening = await asyncio.start_server(self._accept, sock=listener), listener

    async def _stop_listening(self) -> None:
        listening, self._listening = self._listening, None
        if listening is not None:
            await stop_accepting(*listening)

    async def _reset_links(self) -> None:
        await asyncio.sleep(0)  # a task that has not begun would not see that it is cancelled
        links = list(self._links)
        for link in links:
            link.cancel()
        await asyncio.gather(*links, return_exceptions=True)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.accepted += 1
        own_fault = self._script.popleft() if self._script else None
        link = asyncio.ensure_future(self._serve(own_fault, reader, writer))
        self._links.add(link)
        link.add_done_callback(self._links.discard)

    async def _serve(
        self, own_fault: ConnectionFault | None, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        try:
            await self._relay(own_fault, reader, writer)
            await _close(writer)
        except (OSError, asyncio.CancelledError):
            _reset(writer)
            await _close(writer)

    async def _relay(
        self, own_fault: ConnectionFault | None, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        server_reader, server_writer = await asyncio.open_connection(self._upstream.hostname, self._upstream.port)
        requests = asyncio.ensure_future(self._pump(own_fault, Direction.REQUESTS, reader, server_writer))
        answers = asyncio.ensure_future(self._pump(own_fault, Direction.ANSWERS, server_reader, writer))
        try:
            await asyncio.gather(requests, answers)
        except _ClosedError:
            return
        finally:
            server_writer.transport.abort()  # first, as each wait below may be cancelled
            requests.cancel()
            answers.cancel()
            await asyncio.gather(requests, answers, return_exceptions=True)
            await _close(server_writer)

    async def _pump(
        self,
        own_fault: ConnectionFault | None,
        direction: Direction,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        """Carry one direction of a connection until its end."""
        flow = _Flow(direction)
        while data := await reader.read(_PIECE_BYTES):
            replaced = asyncio.Event() if own_fault else self._replaced
            await self._pass_on(flow, own_fault or self._fault, replaced, data, writer)
        if not flow.silent:
            writer.write_eof()
        elif direction is Direction.REQUESTS:
            raise _ClosedError  # the client has given up the half-open connection

    async def _pass_on(
        self,
        flow: "_Flow",
        fault: ConnectionFault | None,
        replaced: asyncio.Event,
        data: bytes,
        writer: asyncio.StreamWriter,
    ) -> None:
        left = len(data)
        for step in flow.steps(fault, data):
            if isinstance(step, bytes):
                left -= len(step)
                writer.write(step)
                await writer.drain()
            elif isinstance(step, Ending):
                self._end(step, flow)
            else:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(replaced.wait(), step)
        self.swallowed += left

    def _end(self, ending: Ending, flow: "_Flow") -> None:
        if ending is Ending.SILENCE:
            flow.silent = True
        elif ending is Ending.CLOSE:
            raise _ClosedError
        else:
            raise ConnectionResetError


class _ClosedError(Exception):
    """A connection that ends in good order."""


@define(eq=False)
class _Flow:
    """One direction of one connection; `silent` from the moment on at which it is half-open."""

    direction: Direction
    silent: bool = False
    _fault: ConnectionFault | None = None
    _passed: int = 0

    def steps(self, fault: ConnectionFault | None, data: bytes) -> Iterable[Step]:
        if self.silent:
            return ()
        if fault is not self._fault:
            self._fault, self._passed = fault, 0
        passed, self._passed = self._passed, self._passed + len(data)
        return fault.steps(data, passed) if fault and self.direction in fault.direction else (data,)


def _parse(upstream: str) -> SplitResult:
    parts = urlsplit(upstream if "://" in upstream else f"tcp://{upstream}")
    if not parts.hostname or parts.port is None:
        raise ConfigurationError("upstream", "must be a URL with host and port, or host:port")
    return parts


def _bound(port: int) -> socket.socket:
    """Bind a port of the loopback, 0 for any.

    A socket that is bound and does not listen keeps the port for us, while connections to it are refused; SO_REUSEADDR
    lets the one that listens share it.
    """
    bound = socket.socket()
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    bound.bind(("127.0.0.1", port))
    return bound


def _reset(writer: asyncio.StreamWriter) -> None:
    """Close with a reset: with a linger time of zero, TCP sends RST in place of FIN."""
    with contextlib.suppress(OSError):  # the connection may have ended by itself
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
    writer.transport.abort()


async def _close(writer: asyncio.StreamWriter) -> None:
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()

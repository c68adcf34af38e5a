"""A small HTTP server on a loopback port, in its own thread with its own event loop."""

import asyncio
import contextlib
import socket
import ssl
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from typing import Any, Final

import uvicorn
from attrs import frozen
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import ServerState

from znp_panel_sync.testing._accepting import stop_accepting
from znp_panel_sync.testing._faults import TRANSPORT

LOOPBACK: Final = "127.0.0.1"
_BACKLOG: Final = 2048
_GRACE_SECONDS: Final = 1.0

Background = Callable[[], Coroutine[Any, Any, None]]


class _Protocol(H11Protocol):
    """Lets applications reach the connection, so that faults can break it."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        self.app_state = {**self.app_state, TRANSPORT: transport}
        self.access_log = False
        super().connection_made(transport)


class Port:
    """A loopback port that stays ours while nobody listens on it, so that connections to it are refused.

    The reserving socket is bound but never listens; the listening one is bound beside it. The first reservation
    takes any free port if `number` is 0, later ones the same again.
    """

    def __init__(self, number: int = 0) -> None:
        self._reservation: socket.socket | None = None
        self.number = number

    def reserve(self) -> None:
        """Take the port, if it is not taken by us already."""
        if self._reservation is None:
            self._reservation = _bound(self.number)
            self.number = self._reservation.getsockname()[1]

    def listener(self) -> socket.socket:
        """Return a new socket that listens on the port."""
        listener = _bound(self.number)
        listener.listen(_BACKLOG)
        return listener

    def release(self) -> None:
        """Give the port back."""
        if self._reservation is not None:
            self._reservation.close()
            self._reservation = None


def _bound(number: int) -> socket.socket:
    made = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)  # asyncio disables Nagle for TCP only
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind((LOOPBACK, number))
    except OSError:
        made.close()
        raise
    return made


@frozen
class _Running:
    """A server that serves."""

    loop: asyncio.AbstractEventLoop
    stopping: asyncio.Event


class LoopbackServer:
    """Serves an application; `background` runs beside it as long as it serves.

    `start()` returns when connections are accepted, and raises what hinders that. `stop()` cuts all connections,
    and returns when the thread has ended. Neither may be called from two threads at once.
    """

    def __init__(self, app: ASGIApp, port: Port, ssl_context: ssl.SSLContext | None, background: Background) -> None:
        self.port = port
        self._config = uvicorn.Config(app, ws="websockets-sansio", lifespan="off", log_config=None)
        self._config.load()
        self._ssl_context = ssl_context
        self._background = background
        self._thread: threading.Thread | None = None
        self._running: _Running | None = None

    @property
    def is_running(self) -> bool:
        """Tell whether connections are accepted."""
        return self._thread is not None

    def start(self) -> None:
        """Begin to serve; does nothing while it serves."""
        if self._thread is not None:
            return
        self.port.reserve()
        ready: Future[_Running] = Future()
        thread = threading.Thread(target=self._run, args=(ready,), name="kernel-simulator", daemon=True)
        thread.start()
        self._running = ready.result()
        self._thread = thread

    def stop(self) -> None:
        """Cut all connections and refuse new ones; the port stays reserved. Does nothing while nothing is served."""
        if self._thread is None or self._running is None:
            return
        self._running.loop.call_soon_threadsafe(self._running.stopping.set)
        self._thread.join()
        self._thread = self._running = None

    def _run(self, ready: "Future[_Running]") -> None:
        try:
            with self.port.listener() as listener, asyncio.Runner(loop_factory=asyncio.SelectorEventLoop) as runner:
                runner.run(self._serve(listener, ready))
        except Exception as error:
            if ready.done():
                raise
            ready.set_exception(error)  # raised by `start`

    async def _serve(self, listener: socket.socket, ready: "Future[_Running]") -> None:
        running = _Running(asyncio.get_running_loop(), asyncio.Event())
        state = ServerState()
        server = await running.loop.create_server(
            lambda: _Protocol(self._config, state, {}, running.loop), sock=listener, ssl=self._ssl_context
        )
        background = asyncio.create_task(self._background())
        ready.set_result(running)
        await running.stopping.wait()
        await stop_accepting(server, listener)
        background.cancel()
        await _cut(state)
        with contextlib.suppress(asyncio.CancelledError):
            await background


async def _cut(state: ServerState) -> None:
    """Cut all connections, and let those who work for them notice."""
    for connection in tuple(state.connections):
        connection.transport.abort()
    if state.tasks:
        await asyncio.wait(tuple(state.tasks), timeout=_GRACE_SECONDS)  # the runner cancels those that take longer

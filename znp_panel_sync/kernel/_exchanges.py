"""How an `AsyncKernel` sends a request and reads its answer: over connections of its own.

Each exchange has a connection to itself. The one that was used last goes first, so that what is not needed rests.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from concurrent.futures import Future
from typing import Final, Protocol, Self
from urllib.parse import urlsplit

from znp_panel_sync.control import NodeControl
from znp_panel_sync.kernel._addresses import awaited, connect
from znp_panel_sync.kernel._calls import Call
from znp_panel_sync.kernel._failures import Failures
from znp_panel_sync.kernel._link import Link
from znp_panel_sync.kernel._names import AddressInfo, resolve
from znp_panel_sync.kernel._parser import BrokenAnswerError, TooLargeError
from znp_panel_sync.kernel._sockets import IDLE_SECONDS, MAX_IDLE_CONNECTIONS
from znp_panel_sync.kernel._tls import ssl_context_for
from znp_panel_sync.kernel._wire import AnswerHeaders, request_bytes

MAX_CONNECTIONS: Final = 100
"""An event loop begins any number of calls at once; those above it wait."""

_MOST_HELD: Final = 256 * 1024
"""Bytes of a body that nobody has taken yet before the kernel has to wait."""


class AsyncAnswer(Protocol):
    """An answer whose head has come. Iterating gives its body as it is on the wire, in chunks, once."""

    @property
    def status(self) -> int:
        """The HTTP status."""

    @property
    def headers(self) -> Mapping[str, str]:
        """The headers; names are looked up whatever their case."""

    def __aiter__(self) -> AsyncIterator[bytes]: ...

    async def aclose(self) -> None:
        """Be done with the answer, whether it was read to its end or not. A second time does nothing."""


class AsyncTransport(Protocol):
    """Sends the calls of one kernel."""

    @property
    def failures(self) -> Failures:
        """What is raised here, and while an answer is read, beside errors of the operating system."""

    async def send(self, call: Call) -> AsyncAnswer:
        """Send a call's request and wait for the head of its answer; the caller bounds the time."""

    async def aclose(self) -> None:
        """Close all connections, those in use too."""


class Exchanges:
    """The connections of one kernel on one event loop."""

    failures: Final = Failures()

    def __init__(self, control: NodeControl) -> None:
        parts = urlsplit(control.base_url)
        self._host = parts.hostname or ""
        self._port = parts.port or (443 if parts.scheme == "https" else 80)
        self._control = control
        self._resolving: Future[Sequence[AddressInfo]] | None = None
        self._loop = asyncio.get_running_loop()
        self._turns = asyncio.Semaphore(MAX_CONNECTIONS)
        self._idle: list[tuple[float, Link]] = []
        self._in_use: set[Exchange] = set()
        self._closed = False

    async def send(self, call: Call) -> "Exchange":
        """Send a call's request and wait for the head of its answer.

        A kept connection that the kernel closed just then has answered nothing: where it does no harm, the request
        goes out once more on a new one.
        """
        request = request_bytes(call)
        await self._turns.acquire()
        try:
            return await self._exchange(request, may_repeat=call.is_repeatable)
        except BaseException:
            self._turns.release()
            raise

    async def _exchange(self, request: bytes, *, may_repeat: bool) -> "Exchange":
        kept = self._take_idle()
        if kept is not None:
            try:
                return await self._begin(kept, request)
            except ConnectionError:
                if kept.parser.started or not may_repeat:
                    raise
        return await self._begin(await self._open(), request)

    async def _begin(self, link: Link, request: bytes) -> "Exchange":
        exchange = Exchange(self, link)
        self._in_use.add(exchange)
        try:
            self._refuse_if_closed()
            await exchange.begin(request)
        except BaseException:
            self._in_use.discard(exchange)
            link.drop()
            raise
        return exchange

    async def _open(self) -> Link:
        self._refuse_if_closed()
        context = ssl_context_for(self._control)
        link = Link(self)
        await link.open(await connect(self._host, self._port, self._look_up), context, self._host)
        return link

    def _refuse_if_closed(self) -> None:
        if self._closed:
            raise ConnectionAbortedError("closed meanwhile")

    async def _look_up(self, host: str, port: int) -> Sequence[str]:
        """Resolve the kernel's name, once for all who wait for it: a silent server of names costs one thread."""
        if self._resolving is None or self._resolving.done():
            self._resolving = resolve(host, port)
        return [str(address[0]) for *_, address in await awaited(self._resolving)]

    def _take_idle(self) -> Link | None:
        """Return a kept connection that still lives."""
        while self._idle:
            since, link = self._idle.pop()
            if self._loop.time() - since < IDLE_SECONDS and not link.is_spoilt():
                return link
            link.drop()
        return None

    def done(self, exchange: "Exchange", link: Link) -> None:
        """Take a connection back, to keep it where it can carry another request."""
        self._in_use.discard(exchange)
        self._turns.release()
        link.receiver = self
        if self._closed or not link.can_carry_another():
            link.drop()
            return
        self._idle.append((self._loop.time(), link))
        self._drop_oldest_if_due()

    def _drop_oldest_if_due(self) -> None:
        """Look at the connection that has rested longest, which few calls would never come to use again."""
        since, link = self._idle[0]
        if len(self._idle) > MAX_IDLE_CONNECTIONS or self._loop.time() - since >= IDLE_SECONDS:
            del self._idle[0]
            link.drop()

    async def aclose(self) -> None:
        """Close all connections, those in use too."""
        self._closed = True
        for exchange in list(self._in_use):
            exchange.cut()
        while self._idle:
            self._idle.pop()[1].drop()
        await asyncio.sleep(0)  # the loop closes cut connections in its next turn

    # What is told of connections that nobody uses now.

    def received(self, link: Link) -> None:
        """Never comes: nothing was asked."""

    def broken(self, link: Link, error: BrokenAnswerError | TooLargeError) -> None:
        """Never comes: nothing was asked."""

    def ended(self, link: Link, error: Exception | None) -> None:
        """Forget a kept connection that has ended."""
        del error
        link.drop()
        self._idle = [entry for entry in self._idle if entry[1] is not link]


class Exchange:
    """One request on a connection, and its answer."""

    def __init__(self, exchanges: Exchanges, link: Link) -> None:
        self._exchanges = exchanges
        self._link = link
        self._more: asyncio.Future[None] | None = None
        self._error: Exception | None = None
        self._paused = False
        self._over = False
        self.status = 0
        self.headers: Mapping[str, str] = {}

    async def begin(self, request: bytes) -> None:
        """Send the request and wait for the head of the answer."""
        link, parser = self._link, self._link.parser
        link.receiver = self
        link.send(request)
        while not parser.headed:
            await self._something()
        self.status, self.headers = parser.status, AnswerHeaders(parser.headers)

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        parser = self._link.parser
        while not (self._over or parser.held or parser.complete):
            await self._something()
        if self._over or not parser.held:
            raise StopAsyncIteration
        if self._paused:
            self._paused = False
            self._link.resume()
        return parser.take()

    async def aclose(self) -> None:
        """Be done with the answer, whether it was read to its end or not. A second time does nothing."""
        if not self._over:
            self._over = True
            self._exchanges.done(self, self._link)

    def cut(self) -> None:
        """End it from outside."""
        self.ended(self._link, ConnectionAbortedError("closed meanwhile"))

    async def _something(self) -> None:
        """Wait until something has happened; raise what has gone wrong."""
        if self._error is None:
            self._more = asyncio.get_running_loop().create_future()
            await self._more
        if self._error is not None:
            raise self._error

    def _wake(self) -> None:
        if self._more is not None and not self._more.done():
            self._more.set_result(None)

    # What is told of the connection.

    def received(self, link: Link) -> None:
        """Let the reader go on; where it does not, let the kernel wait."""
        if not self._paused and not link.parser.complete and link.parser.held > _MOST_HELD:
            self._paused = True
            link.pause()
        self._wake()

    def broken(self, link: Link, error: BrokenAnswerError | TooLargeError) -> None:
        """Take what makes the answer useless."""
        self.ended(link, error)

    def ended(self, link: Link, error: Exception | None) -> None:
        """Take the end of the connection, which does no harm to an answer that is complete."""
        link.drop()
        self._error = self._error or error or ConnectionResetError("it ended before the answer was complete")
        self._wake()

"""Requests on the wire: the only module here that imports httpx and httpcore.

Transports are called directly and not through an `httpx.Client`. So nothing follows redirects, keeps cookies, reads
proxies or `.netrc` from the environment, or logs URLs, and a call costs less.
"""

import ssl
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import suppress
from functools import lru_cache, partial
from typing import Any, Final

import httpcore
import httpx

from znp_kernel_client.types import RawResponse
from znp_panel_sync.errors import ConfigurationError
from znp_panel_sync.kernel import _failures
from znp_panel_sync.kernel._calls import Call, Reading
from znp_panel_sync.kernel._failures import Failures
from znp_panel_sync.kernel._sockets import IDLE_SECONDS, MAX_IDLE_CONNECTIONS, BoundedSocket, Deadline, connect

BaseTransport = httpx.BaseTransport
AsyncBaseTransport = httpx.AsyncBaseTransport
Response = httpx.Response

_URLS_KEPT: Final = 512

_FAILURES: Final = Failures(
    timeouts=(httpx.TimeoutException, httpcore.TimeoutException),
    cuts=(httpx.ReadError, httpx.WriteError, httpcore.ReadError, httpcore.WriteError),
    protocol=(httpx.ProtocolError, httpcore.ProtocolError),
    others=(
        *(httpx.HTTPError, httpx.StreamError, httpx.InvalidURL),
        *(httpcore.NetworkError, httpcore.ProxyError, httpcore.UnsupportedProtocol, httpcore.ConnectionNotAvailable),
    ),
    cut_in_words=("server disconnected", "peer closed connection"),  # httpcore has no class of its own for that
)

kernel_errors = partial(_failures.kernel_errors, _FAILURES)
"""Turns whatever a transport of httpx raises into our errors, as a context manager."""


class _Stream(BoundedSocket, httpcore.NetworkStream):
    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        try:
            super().write(buffer, timeout)
        except TimeoutError:
            raise
        except OSError as error:
            raise httpcore.WriteError(error) from error  # after which httpcore reads the answer that may have come

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        return _Stream(self.secured(ssl_context, server_hostname, timeout))


class _Backend(httpcore.NetworkBackend):
    def __init__(self) -> None:
        self.closed = False

    def connect_tcp(
        self, host: str, port: int, timeout: float | None = None, *_: object, **__: object
    ) -> httpcore.NetworkStream:
        stream = _Stream(connect(host, port, timeout))
        if self.closed:
            stream.close()
            raise ConnectionAbortedError("closed while connecting")
        return stream


class _Chunks(httpx.SyncByteStream):
    """An answer's body; closing it sends the connection back to where it came from."""

    def __init__(self, stream: Any, done: Callable[[], None]) -> None:
        self._stream = stream
        self._done = done

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._stream)

    def close(self) -> None:
        self._stream.close()
        self._done()


class _Connections(httpx.BaseTransport):
    """Connections to one kernel: each call in flight has one to itself, and the last one that was used goes first.

    Many threads take and return them at once. What they share are a deque and a set, whose single operations are
    atomic: there is no lock to queue for, as there is in httpcore's pool.
    """

    def __init__(self, ssl_context: Callable[[], ssl.SSLContext | None]) -> None:
        self._ssl_context = ssl_context
        self._idle: deque[httpcore.HTTPConnection] = deque()
        self._in_use: set[httpcore.HTTPConnection] = set()
        self._backend = _Backend()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        core_request = _core_request(request)
        connection = self._take(core_request.url.origin)
        try:
            answer = connection.handle_request(core_request)
        except BaseException:
            self._discard(connection)
            raise
        chunks = _Chunks(answer.stream, partial(self._put_back, connection))
        return httpx.Response(answer.status, headers=answer.headers, stream=chunks, extensions=answer.extensions)

    def close(self) -> None:
        self._backend.closed = True
        for connection in list(self._in_use):
            self._discard(connection)
        self._close_idle()

    def _take(self, origin: httpcore.Origin) -> httpcore.HTTPConnection:
        connection = self._pop_idle() or self._new(origin)
        self._in_use.add(connection)
        if self._backend.closed:
            self._discard(connection)
            raise ConnectionAbortedError("closed meanwhile")
        return connection

    def _new(self, origin: httpcore.Origin) -> httpcore.HTTPConnection:
        """Return a connection that will be made by the first request on it."""
        return httpcore.HTTPConnection(
            origin, ssl_context=self._ssl_context(), keepalive_expiry=IDLE_SECONDS, network_backend=self._backend
        )

    def _pop_idle(self) -> httpcore.HTTPConnection | None:
        """Return a connection that still lives; those that have ended meanwhile are closed."""
        with suppress(IndexError):
            while True:
                connection = self._idle.pop()
                if not connection.has_expired():
                    return connection
                connection.close()
        return None

    def _put_back(self, connection: httpcore.HTTPConnection) -> None:
        """Keep a connection whose answer was read to the end, unless enough are kept already."""
        if connection not in self._in_use:
            return
        self._in_use.discard(connection)
        if connection.is_idle() and len(self._idle) < MAX_IDLE_CONNECTIONS:
            self._idle.append(connection)
        else:
            connection.close()
        if self._backend.closed:
            self._close_idle()
        elif len(self._idle) > 1:
            self._close_oldest_if_due()

    def _close_oldest_if_due(self) -> None:
        """Look at the connection that has rested longest, which a single thread would never come to use again."""
        with suppress(IndexError):
            oldest = self._idle.popleft()
            if oldest.has_expired():
                oldest.close()
            else:
                self._idle.appendleft(oldest)

    def _close_idle(self) -> None:
        with suppress(IndexError):
            while True:
                self._idle.pop().close()

    def _discard(self, connection: httpcore.HTTPConnection) -> None:
        self._in_use.discard(connection)
        connection.close()


def new_transport(ssl_context: Callable[[], ssl.SSLContext | None]) -> httpx.BaseTransport:
    """Return the transport of a `Kernel` that was given none; each new connection asks for the TLS context."""
    return _Connections(ssl_context)


def _core_request(request: httpx.Request) -> httpcore.Request:
    url = request.url
    target = httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path)
    return httpcore.Request(
        request.method, target, headers=request.headers.raw, content=request.stream, extensions=request.extensions
    )


def new_request(call: Call, deadline: float | None) -> httpx.Request:
    """Build one request; the deadline stands where httpx has its timeouts, which are for each step alone."""
    timeouts = dict.fromkeys(("connect", "read", "write", "pool"), deadline)
    content = call.request.content
    return httpx.Request(
        call.request.method, _url(call.url), headers=call.headers, content=content, extensions={"timeout": timeouts}
    )


_url = lru_cache(maxsize=_URLS_KEPT)(httpx.URL)


def exchange(
    transport: httpx.BaseTransport, request: httpx.Request, reading: Reading, deadline: Deadline
) -> RawResponse:
    """Send a request and read its answer to the end, or as far as it is wanted."""
    response = transport.handle_request(request)
    try:
        return read_answer(response, reading, deadline)
    finally:
        body_of(response).close()


def read_answer(response: httpx.Response, reading: Reading, deadline: Deadline) -> RawResponse:
    """Read an answer that has begun to arrive to its end, or as far as it is wanted."""
    reader = reading(response.status_code, response.headers)
    for chunk in body_of(response):
        if not reader.feed(chunk):
            break
        deadline.check()
    return RawResponse(response.status_code, response.headers, reader.content())


def body_of(response: httpx.Response) -> httpx.SyncByteStream:
    """Return a blocking answer's body as it is on the wire."""
    if not isinstance(response.stream, httpx.SyncByteStream):
        raise ConfigurationError("transport", "gives answers that only an AsyncKernel can read")
    return response.stream


class GivenTransport:
    """A transport of the user's as an `AsyncTransport`. It stays the user's, and is not closed here."""

    failures: Final = _FAILURES

    def __init__(self, given: httpx.AsyncBaseTransport) -> None:
        self._given = given

    async def send(self, call: Call) -> "_GivenAnswer":
        """Send a call's request and wait for the head of its answer."""
        return _GivenAnswer(await self._given.handle_async_request(new_request(call, None)))

    async def aclose(self) -> None:
        """Do nothing."""


class _GivenAnswer:
    """An answer of a user's transport as an `AsyncAnswer`."""

    def __init__(self, response: httpx.Response) -> None:
        self.status = response.status_code
        self.headers: Mapping[str, str] = response.headers
        self._stream = response.stream
        self._chunks: AsyncIterator[bytes] | None = None

    def __aiter__(self) -> AsyncIterator[bytes]:
        self._chunks = aiter(self._body())
        return self._chunks

    async def aclose(self) -> None:
        end_chunks = getattr(self._chunks, "aclose", None)
        if end_chunks is not None:
            await end_chunks()  # a generator, or the event loop would have to end it some time later
        await self._body().aclose()

    def _body(self) -> httpx.AsyncByteStream:
        if not isinstance(self._stream, httpx.AsyncByteStream):
            raise ConfigurationError("transport", "gives answers that only a blocking Kernel can read")
        return self._stream

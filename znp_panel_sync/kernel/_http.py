"""Requests on the wire: the only module here that imports httpx and httpcore.

Transports are called directly and not through an `httpx.Client`. So nothing follows redirects, keeps cookies, reads
proxies or `.netrc` from the environment, or logs URLs, and a call costs less.
"""

import socket
import ssl
import sys
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager, suppress
from functools import lru_cache, partial
from typing import Any, Final, cast

import httpcore
import httpx

from znp_kernel_client.types import RawResponse
from znp_panel_sync.errors import ConfigurationError, KernelTimeoutError, KernelUnreachableError
from znp_panel_sync.kernel._calls import AnswerReader, Call
from znp_panel_sync.kernel._sockets import BoundedSocket, Deadline, connect

BaseTransport = httpx.BaseTransport
AsyncBaseTransport = httpx.AsyncBaseTransport
Response = httpx.Response

_MAX_CONNECTIONS: Final = 100
"""For an event loop, which begins any number of calls at once; the others wait. Threads bound themselves."""

_MAX_IDLE_CONNECTIONS: Final = 20
_IDLE_SECONDS: Final = 60.0
"""Longer than the usual interval of polls and beats, so that these do not connect anew each time."""

_URLS_KEPT: Final = 512

_TIMEOUTS: Final = (httpx.TimeoutException, httpcore.TimeoutException, TimeoutError)
_FAILURES: Final = (
    *(httpx.HTTPError, httpx.StreamError, httpx.InvalidURL),
    *(httpcore.TimeoutException, httpcore.NetworkError, httpcore.ProtocolError, httpcore.ProxyError),
    *(httpcore.UnsupportedProtocol, httpcore.ConnectionNotAvailable, OSError),
)
_CUT: Final = (
    *(ConnectionResetError, ConnectionAbortedError, BrokenPipeError, ssl.SSLEOFError, ssl.SSLZeroReturnError),
    *(httpx.ReadError, httpx.WriteError, httpcore.ReadError, httpcore.WriteError),
)
_REASONS: Final[tuple[tuple[str, tuple[type[BaseException], ...]], ...]] = (
    ("dns", (socket.gaierror,)),
    ("refused", (ConnectionRefusedError,)),
    ("reset", _CUT),
    ("tls", (ssl.SSLError,)),
    ("protocol", (httpx.ProtocolError, httpcore.ProtocolError)),
)
"""Which reason a cause stands for; the first row that fits counts."""

_CUT_IN_WORDS: Final = ("server disconnected", "peer closed connection")
"""How httpcore says that the connection ended in the middle of an answer; it has no class of its own for that."""

_PROBLEMS: Final = {
    "dns": "the kernel's name cannot be resolved",
    "refused": "the kernel refuses connections",
    "reset": "the connection to the kernel was cut",
    "tls": "there is no trusted TLS connection to the kernel",
    "protocol": "what answers does not speak HTTP",
    "network": "the kernel cannot be reached",
}

Reading = Callable[[int, httpx.Headers], AnswerReader]
"""Makes the reader for an answer's status and headers."""


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


class _UnsecuredStream(httpcore.AsyncNetworkStream):
    """A connection on its way to TLS: closed when the handshake is cancelled, which httpcore leaves open."""

    def __init__(self, stream: httpcore.AsyncNetworkStream) -> None:
        self._stream = stream

    async def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.AsyncNetworkStream:
        try:
            return await self._stream.start_tls(ssl_context, server_hostname, timeout)
        except BaseException:
            await self._stream.aclose()
            raise


class _AsyncTlsBackend(httpcore.AsyncNetworkBackend):
    def __init__(self) -> None:
        self._backend: Any = httpcore.AnyIOBackend()

    async def connect_tcp(
        self, host: str, port: int, timeout: float | None = None, *_: Any, **__: Any
    ) -> httpcore.AsyncNetworkStream:
        return _UnsecuredStream(await self._backend.connect_tcp(host, port, timeout))


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


class _AsyncChunks(httpx.AsyncByteStream):
    def __init__(self, stream: Any) -> None:
        self._stream = stream
        self._chunks: Any = None

    def __aiter__(self) -> AsyncIterator[bytes]:
        self._chunks = aiter(self._stream)
        return cast(AsyncIterator[bytes], self._chunks)

    async def aclose(self) -> None:
        if self._chunks is not None:
            await self._chunks.aclose()  # the generator too, or the event loop would have to end it some time later
        await self._stream.aclose()


class _Connections(httpx.BaseTransport):
    """Connections to one kernel: each call in flight has one to itself, and the last one that was used goes first.

    Many threads take and return them at once. What they share are a deque and a set, whose single operations are
    atomic: there is no lock to queue for, as there is in httpcore's pool.
    """

    def __init__(self, ssl_context: ssl.SSLContext | None) -> None:
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
        connection = self._pop_idle() or httpcore.HTTPConnection(
            origin, ssl_context=self._ssl_context, keepalive_expiry=_IDLE_SECONDS, network_backend=self._backend
        )
        self._in_use.add(connection)
        if self._backend.closed:
            self._discard(connection)
            raise ConnectionAbortedError("closed meanwhile")
        return connection

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
        if connection.is_idle() and len(self._idle) < _MAX_IDLE_CONNECTIONS:
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


class _AsyncPoolTransport(httpx.AsyncBaseTransport):
    def __init__(self, ssl_context: ssl.SSLContext | None) -> None:
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=ssl_context,
            max_connections=_MAX_CONNECTIONS,
            max_keepalive_connections=_MAX_IDLE_CONNECTIONS,
            keepalive_expiry=_IDLE_SECONDS,
            network_backend=_AsyncTlsBackend() if ssl_context else None,
        )

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        answer = await self._pool.handle_async_request(_core_request(request))
        chunks = _AsyncChunks(answer.stream)
        return httpx.Response(answer.status, headers=answer.headers, stream=chunks, extensions=answer.extensions)

    async def aclose(self) -> None:
        await self._pool.aclose()


def new_transport(ssl_context: ssl.SSLContext | None) -> httpx.BaseTransport:
    """Return the transport of a `Kernel` that was given none."""
    return _Connections(ssl_context)


def new_async_transport(ssl_context: ssl.SSLContext | None) -> httpx.AsyncBaseTransport:
    """Return the transport of an `AsyncKernel` that was given none."""
    return _AsyncPoolTransport(ssl_context)


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


async def async_exchange(transport: httpx.AsyncBaseTransport, request: httpx.Request, reading: Reading) -> RawResponse:
    """Send a request and read its answer to the end, or as far as it is wanted; the caller bounds the time."""
    response = await transport.handle_async_request(request)
    try:
        return await read_answer_async(response, reading)
    finally:
        await async_body_of(response).aclose()


async def read_answer_async(response: httpx.Response, reading: Reading) -> RawResponse:
    """Read an answer that has begun to arrive to its end, or as far as it is wanted; the caller bounds the time."""
    reader = reading(response.status_code, response.headers)
    async for chunk in async_body_of(response):
        if not reader.feed(chunk):
            break
    return RawResponse(response.status_code, response.headers, reader.content())


def body_of(response: httpx.Response) -> httpx.SyncByteStream:
    """Return a blocking answer's body as it is on the wire."""
    if not isinstance(response.stream, httpx.SyncByteStream):
        raise ConfigurationError("transport", "gives answers that only an AsyncKernel can read")
    return response.stream


def async_body_of(response: httpx.Response) -> httpx.AsyncByteStream:
    """Return an awaited answer's body as it is on the wire."""
    if not isinstance(response.stream, httpx.AsyncByteStream):
        raise ConfigurationError("transport", "gives answers that only a blocking Kernel can read")
    return response.stream


@contextmanager
def kernel_errors(kernel: str, operation: str, timeout: float) -> Iterator[None]:
    """Turn whatever a transport raises into our errors; theirs, which may show what is secret, are dropped."""
    handled_by_caller = sys.exception()
    try:
        yield
    except _TIMEOUTS:
        message = f"no answer within {timeout:g} seconds"
        raise KernelTimeoutError(message, kernel=kernel, operation=operation) from None
    except _FAILURES as error:
        causes = list(_causes(error, handled_by_caller))
        reason = _reason(causes)
        message = _PROBLEMS[reason] + _detail(causes)
        raise KernelUnreachableError(message, reason=reason, kernel=kernel, operation=operation) from None


def _causes(error: BaseException | None, last: BaseException | None) -> Iterator[BaseException]:
    """Go down from an error to what the operating system said; several addresses may each have failed.

    What the caller was handling when it called is not among the causes, although Python chains it to them.
    """
    while error is not None and error is not last:
        yield error
        if isinstance(error, BaseExceptionGroup):
            for member in error.exceptions:
                yield from _causes(member, last)
        error = error.__cause__ or error.__context__


def _reason(causes: list[BaseException]) -> str:
    if any(str(cause).lower().startswith(_CUT_IN_WORDS) for cause in causes):
        return "reset"
    return next((name for name, kinds in _REASONS if any(isinstance(cause, kinds) for cause in causes)), "network")


def _detail(causes: list[BaseException]) -> str:
    """Add what the operating system or OpenSSL says; the texts of httpx are left out."""
    for cause in causes:
        said = getattr(cause, "verify_message", None) or getattr(cause, "strerror", None)
        if said:
            return f": {said}"
    return ""

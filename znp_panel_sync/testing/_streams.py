"""The kernel's four streams, and the troubles that they can have."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import suppress
from functools import partial
from threading import Lock
from typing import Any, Final

from attrs import define, field
from starlette.requests import HTTPConnection, Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.types import Scope
from starlette.websockets import WebSocket, WebSocketDisconnect

from znp_panel_sync.testing._faults import TRANSPORT
from znp_panel_sync.testing._kernel.events import KernelEvent
from znp_panel_sync.testing._kernel.refusal import RefusedError, bad_request
from znp_panel_sync.testing._kernel.state import KernelState
from znp_panel_sync.testing._kernel.status import chosen_parts, snapshot

DEFAULT_INTERVAL: Final = 5.0
_EVENT_KINDS: Final = frozenset({"runtime", "node", "service"})
_HALF_CHUNK: Final = b"7\r\ndata: {\r\n"
_HALF_MESSAGE: Final = b'\x81\x7d{"type"'
_SSE_HEADERS: Final = {"Cache-Control": "no-store"}

Document = dict[str, Any]


def _nothing() -> None:
    pass


@define(eq=False)
class _Feed:
    """What goes to one client, in its order; filled from any thread, emptied on the server's loop."""

    loop: asyncio.AbstractEventLoop
    scope: Scope
    next_status: Callable[[], Document] | None
    unsubscribe: Callable[[], None] = _nothing
    waiting: "asyncio.Queue[Document | bytes]" = field(factory=asyncio.Queue)
    flowing: asyncio.Event = field(factory=asyncio.Event)

    def put(self, what: Document | bytes) -> None:
        """Send a document, or bytes as they are."""
        self.call(lambda: self.waiting.put_nowait(what))

    def call(self, work: Callable[[], None]) -> None:
        """Do something on the server's loop."""
        with suppress(RuntimeError):  # the loop has ended, and the client with it
            self.loop.call_soon_threadsafe(work)

    async def next(self, seconds: float | None) -> Document | bytes:
        """Return what is to be sent next; the status when nothing else came for so many seconds (None: wait)."""
        if self.next_status is None or seconds is None:
            return await self.waiting.get()
        try:
            return await asyncio.wait_for(self.waiting.get(), seconds)
        except TimeoutError:
            return self.next_status()


class StreamControl:
    """What happens on the streams of a simulated kernel; may be used from any thread.

    - `push_status()` sends a status frame on every status stream now, besides those at each interval.
    - `send(content)` sends bytes as they are, such as garbage or half an event.
    - `stall()` keeps connections open and sends nothing more, until `resume()`.
    - `drip(seconds)` sends SSE byte by byte, so many seconds apart (0: as they come, 1 byte each); None: whole.
    - `cut()` ends every connection in the middle of a frame.
    - `retry_ms`: what new SSE connections are told to wait before the next one (None: nothing).
    """

    def __init__(self, kernel: KernelState) -> None:
        self.retry_ms: int | None = None
        self._kernel = kernel
        self._lock = Lock()
        self._feeds: list[_Feed] = []
        self._is_stalled = False
        self._drip: float | None = None

    @property
    def open_count(self) -> int:
        """How many streams are open."""
        with self._lock:
            return len(self._feeds)

    def push_status(self) -> None:
        """Send a status frame on every status stream."""
        for feed in self._all():
            if feed.next_status is not None:
                feed.put(feed.next_status())

    def send(self, content: bytes) -> None:
        """Send bytes as they are on every stream; a WebSocket carries them as one text message."""
        for feed in self._all():
            feed.put(content)

    def stall(self) -> None:
        """Send nothing more, and keep the connections open."""
        self._is_stalled = True
        for feed in self._all():
            feed.call(feed.flowing.clear)

    def resume(self) -> None:
        """Send again; what was held back comes first."""
        self._is_stalled = False
        for feed in self._all():
            feed.call(feed.flowing.set)

    def drip(self, seconds: float | None) -> None:
        """Send SSE byte by byte, so many seconds apart; None: whole."""
        self._drip = seconds

    def cut(self) -> None:
        """Send the beginning of a frame on every stream, and reset the connection."""
        for feed in self._all():
            feed.call(partial(_cut, feed))

    def routes(self) -> list[BaseRoute]:
        """Return the routes of the four streams."""
        return [
            Route("/v1/status/stream", self._status_sse),
            Route("/v1/events/stream", self._event_sse),
            WebSocketRoute("/v1/status/ws", self._status_ws),
            WebSocketRoute("/v1/events/ws", self._event_ws),
        ]

    async def _status_sse(self, request: Request) -> Response:
        interval, feed = self._status_feed(request)
        return self._sse(feed, interval)

    async def _event_sse(self, request: Request) -> Response:
        return self._sse(self._event_feed(request), None)

    async def _status_ws(self, socket: WebSocket) -> None:
        await self._websocket(socket, lambda: self._status_feed(socket))

    async def _event_ws(self, socket: WebSocket) -> None:
        await self._websocket(socket, lambda: (None, self._event_feed(socket)))

    def _status_feed(self, asked: HTTPConnection) -> tuple[float, _Feed]:
        query = asked.query_params
        interval = _interval(query)
        _check_kinds(query)
        if query.get("mode", "full") not in {"full", "diff"}:
            raise bad_request("query.mode: must be full or diff")
        parts = chosen_parts(query.get("include"), query.get("fields"))
        redact = query.get("redact_users") == "true"
        frames = _StatusFrames(self._kernel, parts, redact, query.get("mode") == "diff")
        feed = _Feed(asyncio.get_running_loop(), asked.scope, frames.next)
        feed.waiting.put_nowait(frames.next())
        return interval, feed

    def _event_feed(self, asked: HTTPConnection) -> _Feed:
        kinds = _check_kinds(asked.query_params)
        feed = _Feed(asyncio.get_running_loop(), asked.scope, None)

        def tell(event: KernelEvent) -> None:
            if not kinds or event.category in kinds:
                feed.put(event.frame())

        with self._kernel.lock:
            feed.unsubscribe = self._kernel.journal.subscribe(tell)
        return feed

    def _sse(self, feed: _Feed, interval: float | None) -> Response:
        return StreamingResponse(self._sse_chunks(feed, interval), 200, _SSE_HEADERS, "text/event-stream")

    async def _sse_chunks(self, feed: _Feed, interval: float | None) -> AsyncIterator[bytes]:
        async with _Open(self, feed):
            yield b": welcome\n\n" if self.retry_ms is None else b"retry: %d\n\n" % self.retry_ms
            while True:
                chunk = _as_sse(await self._next(feed, interval))
                if self._drip is None:
                    yield chunk
                else:
                    for index in range(len(chunk)):
                        yield chunk[index : index + 1]
                        await asyncio.sleep(self._drip)

    async def _websocket(self, socket: WebSocket, make: Callable[[], tuple[float | None, _Feed]]) -> None:
        try:
            interval, feed = make()
        except RefusedError as refusal:
            await socket.send_denial_response(Response(json.dumps(refusal.document()), refusal.status))
            return
        await socket.accept()
        async with _Open(self, feed):
            sending = asyncio.create_task(self._send_messages(socket, feed, interval))
            try:
                await _gone(socket)
            finally:
                sending.cancel()
                await asyncio.wait((sending,))

    async def _send_messages(self, socket: WebSocket, feed: _Feed, interval: float | None) -> None:
        with suppress(WebSocketDisconnect):
            while True:
                what = await self._next(feed, interval)
                await socket.send_text(what.decode("utf-8", "replace") if isinstance(what, bytes) else json.dumps(what))

    async def _next(self, feed: _Feed, interval: float | None) -> Document | bytes:
        what = await feed.next(interval)
        await feed.flowing.wait()
        return what

    def _all(self) -> list[_Feed]:
        with self._lock:
            return list(self._feeds)

    def _enter(self, feed: _Feed) -> None:
        with self._lock:
            self._feeds.append(feed)
        if not self._is_stalled:
            feed.flowing.set()

    def _leave(self, feed: _Feed) -> None:
        with self._lock:
            self._feeds.remove(feed)
        with self._kernel.lock:
            feed.unsubscribe()


@define
class _Open:
    """One stream while it is open."""

    control: StreamControl
    feed: _Feed

    async def __aenter__(self) -> None:
        self.control._enter(self.feed)

    async def __aexit__(self, *_: object) -> None:
        self.control._leave(self.feed)


@define
class _StatusFrames:
    """The status frames for one client: the first is full, later ones as was asked."""

    kernel: KernelState
    parts: Any
    redact_users: bool
    is_diff: bool
    _told: Document | None = None

    def next(self) -> Document:
        """Return the next frame."""
        with self.kernel.lock:
            self.kernel.settle()
            now = json.loads(json.dumps(snapshot(self.kernel, self.parts, redact_users=self.redact_users)))
        told, self._told = self._told, now
        if told is None or not self.is_diff:
            return {"type": "full", "snapshot": now}
        return {"type": "diff", "snapshot": {name: part for name, part in now.items() if told.get(name) != part}}


def _interval(query: Mapping[str, str]) -> float:
    text = query.get("interval", str(int(DEFAULT_INTERVAL)))
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= 60):
        raise bad_request("query.interval: must be from 1 to 60")
    return float(text)


def _check_kinds(query: Mapping[str, str]) -> frozenset[str]:
    kinds = frozenset(filter(None, query.get("events", "").split(",")))
    if not kinds <= _EVENT_KINDS:
        raise bad_request("query.events: must be of runtime, node, service")
    return kinds


def _as_sse(what: Document | bytes) -> bytes:
    if isinstance(what, bytes):
        return what
    name = what["event"] if "event" in what else f"status.{what['type']}"
    identity = f"id: {what['event_id']}\n" if "event_id" in what else ""
    return f"event: {name}\n{identity}data: {json.dumps(what)}\n\n".encode()


def _cut(feed: _Feed) -> None:
    transport = feed.scope["state"][TRANSPORT]
    transport.write(_HALF_MESSAGE if feed.scope["type"] == "websocket" else _HALF_CHUNK)
    transport.abort()


async def _gone(socket: WebSocket) -> None:
    with suppress(WebSocketDisconnect):
        while True:
            await socket.receive_text()

"""`LivePage`: one page on which people see the nodes, their health, and what happens to them."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable
from types import TracebackType
from typing import Any, Final, Self

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Route, Router
from starlette.types import Receive, Scope, Send

from znp_panel_sync.errors import ConfigurationError
from znp_panel_sync.events import _asgi
from znp_panel_sync.events._fields import MAX_INTEGER
from znp_panel_sync.events._strict_json import MalformedJsonError, parse_strictly
from znp_panel_sync.events.ledger import LedgerUnavailableError
from znp_panel_sync.events.periodic import AsyncPeriodic
from znp_panel_sync.panel.routes import Authorize
from znp_panel_sync.polling import BackgroundPoller, NodeId, NodeStore, StatusPoller
from znp_panel_sync.web._answers import FILES, RefusedError, html, own_file, read_body, with_headers
from znp_panel_sync.web._bell import Bell, wait
from znp_panel_sync.web._board import Board
from znp_panel_sync.web._door import Door, PanelDoor, TokenDoor, is_from_own_page
from znp_panel_sync.web._feed import LETTERS, Feed
from znp_panel_sync.web._ledger import LedgerWatch, PageLedger
from znp_panel_sync.web._login import login_routes
from znp_panel_sync.web._view import Query, View
from znp_panel_sync.web._watch import PollerWatch

READ_LEDGER_SECONDS: Final = 1.0

BEAT_SECONDS: Final = 5.0
"""How often a stream says that it is alive, at least."""

STREAM_SECONDS: Final = 60.0
"""How long a stream lasts; the page opens the next one at once, and whether it may is asked again."""

MOST_VIEWERS: Final = 200
"""Streams at a time."""

REQUEST_SECONDS: Final = 2 * STREAM_SECONDS
"""What any request may take: whoever stops reading a stream is not waited for longer."""

_UNBUFFERED: Final = {"X-Accel-Buffering": "no"}
"""Asks nginx to pass on each frame at once."""

_HIDDEN: Final = {True: "", False: "hidden"}


class LivePage:
    """An ASGI application with one page that follows the nodes of a poller by itself; to be mounted anywhere.

    `poller` runs before the page is started and ends after it. `nodes` is the poller's store, with which the page also
    shows where nodes are reached, and those that are not polled (None: it does not); it is called from the page's event
    loop. `ledger` gives the event feed and the dead letters, such as a `SqlEventLedger` (None: transitions alone).
    `name_of` says what people call a node; where it raises something, the node is shown by its id.

    Who may see the page is told by one of two: with `token`, a text of at least 16 characters, the page has its own
    login; `authorize` is the panel's own check of a request, given its ASGI scope, as for `PanelRoutes`. `clock`
    returns epoch seconds.

    Start it before it is used, as a context manager or with `start()`; `stop()` ends all streams, so that servers end
    without waiting for viewers. Raises `ConfigurationError` naming the argument that is wrong::

        page = LivePage(poller, nodes=store, ledger=ledger, authorize=is_admin)
        async with poller, page:
            ...
    """

    def __init__(
        self,
        poller: StatusPoller | BackgroundPoller,
        *,
        nodes: NodeStore | None = None,
        ledger: PageLedger | None = None,
        token: str | None = None,
        authorize: Authorize | None = None,
        name_of: Callable[[NodeId], str] = str,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._clock = clock
        self._started_at = clock()
        self._board, self._feed, self._bell = Board(name_of), Feed(), Bell()
        self._watch = PollerWatch(poller, nodes, board=self._board, feed=self._feed, bell=self._bell)
        self._ledger = None if ledger is None else LedgerWatch(ledger, self._feed, self._bell)
        self._reading = self._ledger and AsyncPeriodic(self._ledger.read, READ_LEDGER_SECONDS, "live-page-ledger")
        self._token_door = None if token is None else TokenDoor(token, clock=clock)
        self._door = _one_door(self._token_door, authorize)
        self._running = False
        self._viewers = 0
        self._router = Router(self._routes())

    async def start(self) -> None:
        """Begin to look at the poller and the ledger; raises `PollerStateError` where the poller does not run."""
        await self._watch.start()
        self._running = True
        if self._reading:
            self._reading.start()

    async def stop(self) -> None:
        """End that, and all streams."""
        self.end_streams()
        if self._reading:
            await self._reading.stop()
        await self._watch.stop()

    def end_streams(self) -> None:
        """End all streams now: for servers that wait for open connections before they stop anything else."""
        self._running = False
        self._bell.ring()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve ASGI."""
        if scope["type"] != "http":
            await _asgi.serve_other(scope, receive, send)
            return
        send = with_headers(send)
        try:
            async with asyncio.timeout(REQUEST_SECONDS):
                await self._router(scope, receive, send)
        except RefusedError as refused:
            await refused.response()(scope, receive, send)
        except (_asgi.ClientGoneError, TimeoutError):
            return  # nobody waits for an answer

    def _routes(self) -> list[Route]:
        routes = [
            Route("/", self._page),
            Route("/board", self._whole_board),
            Route("/stream", self._stream),
            Route("/replay", self._replay, methods=["POST"]),
            *(Route(f"/{name}", own_file) for name in FILES),
        ]
        return [*routes, *login_routes(self._token_door)] if self._token_door else routes

    async def _page(self, request: Request) -> Response:
        if self._token_door and not self._token_door.still_admits(request):
            return RedirectResponse("login", 303)
        await self._need_admission(request)
        values = {"logout_hidden": _HIDDEN[self._token_door is not None], "letters_hidden": _HIDDEN[bool(self._ledger)]}
        return html(request, "page.html", values)

    async def _whole_board(self, request: Request) -> Response:
        """Answer once with what a stream begins with, for networks that let no stream through."""
        await self._need_admission(request)
        return JSONResponse(self._news(self._view(request)))

    async def _stream(self, request: Request) -> Response:
        await self._need_admission(request)
        if self._viewers >= MOST_VIEWERS:
            raise RefusedError(503, "too many viewers")
        return StreamingResponse(self._frames(request), media_type="text/event-stream", headers=_UNBUFFERED)

    async def _frames(self, request: Request) -> AsyncIterator[bytes]:
        view, loop = self._view(request), asyncio.get_running_loop()
        end = loop.time() + STREAM_SECONDS
        self._viewers += 1
        try:
            yield b"retry: 300\n\n"
            while self._running and self._door.still_admits(request) and loop.time() < end:
                turn = self._bell.turn
                yield b"data: %b\n\n" % json.dumps(self._news(view)).encode()
                await wait(turn, BEAT_SECONDS)
        finally:
            self._viewers -= 1

    async def _replay(self, request: Request) -> Response:
        if not is_from_own_page(request):
            raise RefusedError(403, "forbidden")
        await self._need_admission(request)
        if self._ledger is None:
            raise RefusedError(404, "there is no ledger")
        numbers = _numbers(await read_body(request))
        try:
            return JSONResponse({"replayed": await self._ledger.replay(numbers)})
        except LedgerUnavailableError:
            raise RefusedError(503, "the ledger cannot be used now") from None

    async def _need_admission(self, request: Request) -> None:
        if not await self._door.admits(request):
            raise RefusedError(403, "forbidden")

    def _view(self, request: Request) -> View:
        return View(self._board, self._feed, Query.from_parameters(request.query_params))

    def _news(self, view: View) -> dict[str, Any]:
        troubled = self._watch.troubled or (self._ledger is not None and self._ledger.troubled)
        news = view.news(holding=self._watch.holding, troubled=troubled)
        return {"now": self._clock(), "started": self._started_at, **news}


def _one_door(token_door: TokenDoor | None, authorize: Authorize | None) -> Door:
    if token_door is None:
        if authorize is None:
            raise ConfigurationError("token", "is missing, and so is authorize: strangers could see the nodes")
        return PanelDoor(authorize)
    if authorize is not None:
        raise ConfigurationError("token", "and authorize are two ways of letting people in: choose one")
    return token_door


def _numbers(body: bytes) -> list[int]:
    """Read the numbers of the events to replay."""
    try:
        document = parse_strictly(body)
    except MalformedJsonError:
        document = None
    numbers = document.get("numbers") if isinstance(document, dict) else None
    if isinstance(numbers, list) and len(numbers) <= LETTERS and all(map(_is_number, numbers)):
        return numbers
    raise RefusedError(400, f"numbers must be a list of at most {LETTERS} numbers of events")


def _is_number(value: object) -> bool:
    """Tell whether this may be the number of an event."""
    return isinstance(value, int) and not isinstance(value, bool) and 0 < value <= MAX_INTEGER

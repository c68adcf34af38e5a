"""Who may see the page: whoever has logged in with its token, or whom the panel lets in."""

import asyncio
import logging
import secrets
import time
from collections.abc import Callable
from inspect import isawaitable
from typing import Final, Protocol
from urllib.parse import urlsplit

from starlette.requests import HTTPConnection
from starlette.responses import Response

from znp_panel_sync.panel.routes import Authorize
from znp_panel_sync.web._sessions import SESSION_SECONDS, LoginLimit, Sessions

_logger: Final = logging.getLogger("znp_panel_sync.web")


class Door(Protocol):
    """Lets requests in."""

    async def admits(self, request: HTTPConnection) -> bool:
        """Tell whether a request may pass."""
        ...

    def still_admits(self, request: HTTPConnection) -> bool:
        """Tell at once whether a request that has passed may still be served."""
        ...


class PanelDoor:
    """Asks the panel's own check, as `PanelRoutes` does: what fails, or returns anything but True, has not passed."""

    def __init__(self, authorize: Authorize) -> None:
        self._authorize = authorize

    async def admits(self, request: HTTPConnection) -> bool:
        """Ask the check."""
        try:
            outcome = await asyncio.to_thread(self._authorize, request.scope)
            if isawaitable(outcome):
                outcome = await outcome
        except Exception as error:  # a check that fails has not been passed
            _logger.warning("the panel's check of a request failed: %s", type(error).__name__)
            return False
        return outcome is True

    def still_admits(self, request: HTTPConnection) -> bool:
        """Let it be: streams end soon, and then the panel is asked again."""
        return True


class TokenDoor:
    """Lets in whoever has a session, and gives one for the token."""

    def __init__(self, token: str, *, clock: Callable[[], float]) -> None:
        self._sessions = Sessions(token, clock=clock, random_bytes=secrets.token_bytes)
        self._limit = LoginLimit(time.monotonic)

    async def admits(self, request: HTTPConnection) -> bool:
        """Look at the session."""
        return self.still_admits(request)

    def still_admits(self, request: HTTPConnection) -> bool:
        """Look at the session."""
        return self._sessions.knows(request.cookies.get(self._sessions.cookie_name, ""))

    def wait(self, request: HTTPConnection) -> float:
        """Return the seconds until whoever asks may try a token again; 0: now."""
        return self._limit.wait(_address(request))

    def log_in(self, request: HTTPConnection, response: Response, token: str) -> bool:
        """Give the response a session where the token is right; tell whether it was."""
        if not self._sessions.knows_token(token):
            self._limit.count_wrong(_address(request))
            return False
        response.set_cookie(
            self._sessions.cookie_name,
            self._sessions.begin(),
            max_age=int(SESSION_SECONDS),
            path=page_path(request),
            secure=request.url.scheme == "https",
            httponly=True,
            samesite="strict",
        )
        return True

    def log_out(self, request: HTTPConnection, response: Response) -> None:
        """End the session of a request."""
        self._sessions.end(request.cookies.get(self._sessions.cookie_name, ""))
        response.delete_cookie(self._sessions.cookie_name, path=page_path(request))


def page_path(request: HTTPConnection) -> str:
    """Return the path that the page is mounted at, with a slash at its end."""
    return f"{request.scope.get('root_path', '').rstrip('/')}/"


def is_from_own_page(request: HTTPConnection) -> bool:
    """Tell by what browsers say, and pages cannot change, whether one of our own pages sends a request."""
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site == "same-origin"
    origin = request.headers.get("origin", "")
    return bool(origin) and urlsplit(origin).netloc == request.headers.get("host")


def _address(request: HTTPConnection) -> str:
    return request.client.host if request.client else ""

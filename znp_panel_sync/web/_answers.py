"""What the page's server answers with: HTML in the reader's language, its own files, and the headers of all of them."""

from collections.abc import Mapping
from typing import Final

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.types import Message, Send

from znp_panel_sync.events import _asgi
from znp_panel_sync.web._door import page_path
from znp_panel_sync.web._language import LANGUAGES, choose_language, render, static_file

LANGUAGE_COOKIE: Final = "znp_language"
THEME_COOKIE: Final = "znp_theme"
_THEMES: Final = frozenset({"light", "dark"})
_YEAR_SECONDS: Final = 365 * 24 * 3600

FILES: Final[Mapping[str, str]] = {
    "page.css": "text/css",
    "page.js": "text/javascript",
    "icon.svg": "image/svg+xml",
    **{f"texts.{language}.json": "application/json" for language in LANGUAGES},
}

"""The page's own files, with their media types."""

HEADERS: Final[Mapping[str, str]] = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
"""Nothing is loaded from elsewhere, no script or style stands in the HTML, and nobody frames or keeps the page.

Only our own pages get a referrer: without any, browsers send `Origin: null`, by which `is_from_own_page` knows nobody.
"""


_MOST_BODY_BYTES: Final = 16 * 1024


class RefusedError(Exception):
    """A request is answered with a status and a message."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message

    def response(self) -> Response:
        """Return the answer."""
        return JSONResponse({"message": self.message}, self.status)


def with_headers(send: Send) -> Send:
    """Return what sends the same with the page's headers."""

    async def send_with_headers(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in HEADERS.items():
                headers.setdefault(name, value)
        await send(message)

    return send_with_headers


def html(request: Request, name: str, values: Mapping[str, str], *, status: int = 200) -> Response:
    """Answer with a page in the reader's language and theme; a `lang` in the URL is kept, and leaves the URL."""
    wanted = request.query_params.get("lang", "")
    if wanted in LANGUAGES and request.method in ("GET", "HEAD"):
        return _with_language(request, wanted)
    language = choose_language(request.cookies.get(LANGUAGE_COOKIE), request.headers.get("accept-language", ""))
    theme = request.cookies.get(THEME_COOKIE, "")
    body = render(name, language, {"theme": theme if theme in _THEMES else "", **values})
    return Response(body, status, {"Content-Language": language, "Vary": "Accept-Language, Cookie"}, "text/html")


async def read_body(request: Request) -> bytes:
    """Return the body of a request; raise `RefusedError` for one that is too large or too slow."""
    try:
        return await _asgi.read_body(request.scope, request.receive, limit=_MOST_BODY_BYTES, seconds=_asgi.BODY_SECONDS)
    except _asgi.BodyTooLargeError:
        raise RefusedError(413, "the body is too large") from None
    except TimeoutError:
        raise RefusedError(408, "the body took too long") from None


def own_file(request: Request) -> Response:
    """Answer with one of the page's own files."""
    name = request.url.path.rpartition("/")[2]
    return Response(static_file(name), headers={"Cache-Control": "no-cache"}, media_type=FILES[name])


def _with_language(request: Request, language: str) -> Response:
    response = RedirectResponse(request.url.path, 303)
    response.set_cookie(
        LANGUAGE_COOKIE, language, max_age=_YEAR_SECONDS, path=page_path(request), samesite="lax", httponly=True
    )
    return response

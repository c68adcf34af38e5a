"""Logging in with the page's token, and out again."""

import math
from typing import Final
from urllib.parse import parse_qs

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from znp_panel_sync.web._answers import RefusedError, html, read_body
from znp_panel_sync.web._door import TokenDoor, is_from_own_page

_NO_PROBLEM: Final = {"wrong_hidden": "hidden", "often_hidden": "hidden"}


def login_routes(door: TokenDoor) -> list[Route]:
    """Return the routes `login` and `logout`."""

    async def show(request: Request) -> Response:
        if door.still_admits(request):
            return RedirectResponse("./", 303)
        return html(request, "login.html", _NO_PROBLEM)

    async def log_in(request: Request) -> Response:
        _need_own_page(request)
        if seconds := door.wait(request):
            refused = html(request, "login.html", {**_NO_PROBLEM, "often_hidden": ""}, status=429)
            refused.headers["Retry-After"] = str(math.ceil(seconds))
            return refused
        fields = parse_qs((await read_body(request)).decode("utf-8", "replace"))
        response = RedirectResponse("./", 303)
        if not door.log_in(request, response, fields.get("token", [""])[0].strip()):
            return html(request, "login.html", {**_NO_PROBLEM, "wrong_hidden": ""}, status=401)
        return response

    async def log_out(request: Request) -> Response:
        _need_own_page(request)
        response = RedirectResponse("login", 303)
        door.log_out(request, response)
        return response

    return [
        Route("/login", show),
        Route("/login", log_in, methods=["POST"]),
        Route("/logout", log_out, methods=["POST"]),
    ]


def _need_own_page(request: Request) -> None:
    if not is_from_own_page(request):
        raise RefusedError(403, "forbidden")

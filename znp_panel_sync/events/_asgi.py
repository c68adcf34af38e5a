"""The parts of ASGI that the routes of this package share: bounded bodies, JSON answers, lifespan."""

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Final

from znp_panel_sync.events.envelopes import Answer

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

MAX_BODY_BYTES: Final = 1024 * 1024
"""The largest body that is read: some 6,000 records of traffic."""

BODY_SECONDS: Final = 10.0
"""How long a body may take to arrive as a whole."""


class BodyTooLargeError(Exception):
    """The body is larger than its limit; reading it was given up there."""


class ClientGoneError(Exception):
    """The client closed the connection before its body was complete."""


async def read_body(scope: Scope, receive: Receive, *, limit: int, seconds: float) -> bytes:
    """Return the whole body.

    Raises `BodyTooLargeError` at the first byte beyond `limit` (at once where the length is declared), `TimeoutError`
    when it takes longer than `seconds`, and `ClientGoneError`.
    """
    if _declared_length(scope) > limit:
        raise BodyTooLargeError
    chunks: list[bytes] = []
    size = 0
    async with asyncio.timeout(seconds):
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise ClientGoneError
            chunks.append(message.get("body", b""))
            size += len(chunks[-1])
            if size > limit:
                raise BodyTooLargeError
            if not message.get("more_body", False):
                return b"".join(chunks)


def header_values(scope: Scope, name: bytes) -> list[bytes]:
    """Return the values of all lines of one header."""
    return [value for key, value in scope["headers"] if key.lower() == name]


def path_below_mount(scope: Scope) -> str:
    """Return the path below the mount point, as far as the server tells it, without slashes around it."""
    path: str = scope["path"]
    return path.removeprefix(scope.get("root_path", "").rstrip("/")).strip("/")


async def send_answer(scope: Scope, send: Send, answer: Answer, *, close: bool = False) -> None:
    """Send a JSON answer; `close` ends the connection, whose body was not read."""
    body = answer.body
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    if answer.status == 405:
        headers.append((b"allow", b"POST"))
    if close and scope.get("http_version", "1.1").startswith("1"):
        headers.append((b"connection", b"close"))
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def serve_other(scope: Scope, receive: Receive, send: Send) -> None:
    """Serve what is not HTTP: confirm the lifespan of an application without one, and refuse WebSockets."""
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 1000})
        return
    for phase in ("startup", "shutdown"):
        await receive()
        await send({"type": f"lifespan.{phase}.complete"})


def _declared_length(scope: Scope) -> int:
    digits = [value for value in header_values(scope, b"content-length") if value.isdigit()]
    return max((int(value[:18]) for value in digits), default=0)

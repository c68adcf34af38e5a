"""The outermost layer: reads each request completely, writes it down, and lets faults strike."""

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from znp_panel_sync.testing._faults import Exchange, Faults
from znp_panel_sync.testing._requests import RequestLog, received


class Front:
    """Wraps the kernel's application; a client that leaves before its request is complete is never heard of."""

    def __init__(self, app: ASGIApp, faults: Faults, requests: RequestLog) -> None:
        self._app = app
        self._faults = faults
        self._requests = requests

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            raise RuntimeError("the simulated kernel has nothing to start or stop")
        body = await _read_body(receive) if scope["type"] == "http" else b""
        if body is not None:
            await self._answer(scope, body, receive, send)

    async def _answer(self, scope: Scope, body: bytes, receive: Receive, send: Send) -> None:
        request = received(scope, body)
        self._requests.add(request)
        exchange = Exchange(scope, receive, send)
        for fault in self._faults.striking(request):
            if fault.carried_out:
                await self._app(scope, _replay(body, receive), _nowhere)
            await fault.effect(exchange)
            if fault.is_final:
                return
        later = _replay(body, receive) if scope["type"] == "http" else receive
        await self._app(scope, later, send)


async def _read_body(receive: Receive) -> bytes | None:
    """Return the whole body; None where the client left before its end."""
    parts: list[bytes] = []
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        parts.append(message.get("body", b""))
        more = message.get("more_body", False)
    return b"".join(parts)


def _replay(body: bytes, receive: Receive) -> Receive:
    messages: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def replay() -> Message:
        return messages.pop() if messages else await receive()

    return replay


async def _nowhere(message: Message) -> None:
    del message

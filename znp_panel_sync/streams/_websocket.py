"""One connection of a stream over a WebSocket; needs the extra `websocket`."""

import asyncio
import logging
import socket
import ssl
from collections.abc import AsyncGenerator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

from attrs import define

from znp_kernel_client.types import RawResponse, Request
from znp_panel_sync._version import __version__
from znp_panel_sync.errors import (
    ConfigurationError,
    KernelError,
    KernelTimeoutError,
    KernelUnreachableError,
)
from znp_panel_sync.kernel import AsyncKernel, Timing, ssl_context_for
from znp_panel_sync.kernel._calls import Call, Target
from znp_panel_sync.streams._errors import BrokenStreamError
from znp_panel_sync.streams._frames import Frame

if TYPE_CHECKING:
    from websockets.asyncio.client import ClientConnection
    from websockets.http11 import Response

Frames = AsyncGenerator[Frame, None]

PING_SECONDS: Final = 20.0
"""Of silence until a ping; one that nobody answers for as long ends the connection."""

_WAITING_MESSAGES: Final = 2
"""So many messages are read ahead; then the kernel has to wait."""

_SILENT: Final = logging.Logger("websocket", logging.CRITICAL + 1)  # noqa: LOG001
"""Stands apart from all other loggers: at DEBUG, websockets would write credentials."""


@define
class WebSocketConnector:
    """Opens WebSocket connections."""

    kernel: AsyncKernel
    request: Request
    idle_timeout: float
    max_frame_bytes: int
    retry: int | None = None

    def open(self) -> AbstractAsyncContextManager[Frames]:
        """Connect, for the length of an `async with` block, whose value gives the frames."""
        return self._opened()

    @asynccontextmanager
    async def _opened(self) -> AsyncGenerator[Frames, None]:
        connection = await self._connect()
        try:
            yield self._frames(connection)
        finally:
            connection.transport.abort()
            await connection.wait_closed()

    async def _connect(self) -> "ClientConnection":
        from websockets.exceptions import InvalidHandshake, InvalidStatus

        seconds = self.kernel.options.timeout
        try:
            return await _dial(self._url(), self._headers(), ssl_context_for(self.kernel.control), self._options())
        except InvalidStatus as refusal:
            raise self._refused(refusal.response) from None
        except InvalidHandshake:
            raise self._unreachable("what answers does not speak WebSocket", "protocol") from None
        except TimeoutError:
            raise self._timed_out(f"no answer within {seconds:g} seconds") from None
        except OSError as error:
            raise self._unreachable(_problem(error), _reason(error)) from None

    async def _frames(self, connection: "ClientConnection") -> Frames:
        from websockets.exceptions import ConnectionClosed

        try:
            while True:
                message = await self._message(connection)
                yield Frame("", message if isinstance(message, str) else message.decode("utf-8", "replace"))
        except ConnectionClosed as end:
            if _was_too_large(end):
                raise BrokenStreamError(f"a message of more than {self.max_frame_bytes} bytes") from None

    async def _message(self, connection: "ClientConnection") -> str | bytes:
        try:
            async with asyncio.timeout(self.idle_timeout):
                return await self._answering_pings(connection)
        except TimeoutError:
            raise self._timed_out(f"nothing came for {self.idle_timeout:g} seconds") from None

    async def _answering_pings(self, connection: "ClientConnection") -> str | bytes:
        """Wait for a message from a kernel that answers pings.

        Pings are sent only here: while a slow consumer keeps messages from being read, pongs would not be read either.
        """
        pong: asyncio.Future[float] | None = None
        while True:
            try:
                async with asyncio.timeout(PING_SECONDS):
                    return await connection.recv()
            except TimeoutError:
                if pong is not None and not pong.done():
                    raise self._timed_out(f"no pong for {PING_SECONDS:g} seconds") from None
                pong = asyncio.ensure_future(await connection.ping())

    def _url(self) -> str:
        return "ws" + self._call.url.removeprefix("http")

    def _headers(self) -> dict[str, str]:
        authorization = self.kernel.control.authorization
        return {} if authorization is None else {"Authorization": authorization}

    def _options(self) -> dict[str, Any]:
        return {
            "open_timeout": self.kernel.options.timeout,
            "max_size": self.max_frame_bytes,
            "max_queue": _WAITING_MESSAGES,
            "ping_interval": None,
            "compression": None,
            "proxy": None,
            "user_agent_header": f"znp-panel-sync/{__version__}",
            "logger": _SILENT,
        }

    @property
    def _call(self) -> Call:
        return Call(Target(self.kernel.control), self.kernel.options, Timing(), self.request)

    def _refused(self, answer: "Response") -> KernelError | BrokenStreamError:
        if answer.status_code == HTTPStatus.OK:
            return BrokenStreamError("an answer of 200 OK instead of a WebSocket")
        headers = {name: answer.headers.get_all(name)[0] for name in ("Retry-After", "Date") if name in answer.headers}
        return self._call.refused(RawResponse(answer.status_code, headers, bytes(answer.body)))

    def _timed_out(self, message: str) -> KernelTimeoutError:
        return KernelTimeoutError(message, kernel=self.kernel.control.base_url, operation=self.request.operation)

    def _unreachable(self, message: str, reason: str) -> KernelUnreachableError:
        kernel, operation = self.kernel.control.base_url, self.request.operation
        return KernelUnreachableError(message, reason=reason, kernel=kernel, operation=operation)


async def _dial(url: str, headers: dict[str, str], ssl_context: Any, options: dict[str, Any]) -> "ClientConnection":
    from websockets.asyncio.client import connect

    class DirectConnect(connect):
        """Follows no redirect, which could lead the credentials elsewhere."""

        def process_redirect(self, exc: Exception) -> Exception | str:
            return exc

    secured = {"ssl": ssl_context} if ssl_context is not None else {}
    return await DirectConnect(url, additional_headers=headers, **secured, **options)


def require_websockets() -> None:
    """Raise `ConfigurationError` where the extra is not installed."""
    try:
        import websockets  # noqa: F401
    except ImportError:
        raise ConfigurationError("transport", "needs what comes with the extra websocket") from None


def _was_too_large(end: Any) -> bool:
    return end.sent is not None and end.sent.code == 1009


def _problem(error: OSError) -> str:
    said = getattr(error, "verify_message", None) or error.strerror
    return f"the kernel cannot be reached: {said}" if said else "the kernel cannot be reached"


def _reason(error: OSError) -> str:
    reasons: tuple[tuple[type[OSError], str], ...] = (
        (ssl.SSLEOFError, "reset"),
        (ssl.SSLZeroReturnError, "reset"),
        (ssl.SSLError, "tls"),
        (socket.gaierror, "dns"),
        (ConnectionRefusedError, "refused"),
        (ConnectionError, "reset"),
    )
    return next((reason for kind, reason in reasons if isinstance(error, kind)), "network")

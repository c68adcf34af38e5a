"""One connection of a stream over a WebSocket; needs the extra `websocket`."""

import asyncio
import logging
import socket
import ssl
from collections.abc import AsyncGenerator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote, urlencode

from attrs import define

from znp_kernel_client.types import Request
from znp_panel_sync._version import __version__
from znp_panel_sync.errors import (
    ConfigurationError,
    KernelError,
    KernelTimeoutError,
    KernelUnreachableError,
    response_error_type,
)
from znp_panel_sync.kernel import AsyncKernel, ssl_context_for
from znp_panel_sync.streams._errors import BrokenStreamError
from znp_panel_sync.streams._frames import Frame

if TYPE_CHECKING:
    from websockets.asyncio.client import ClientConnection
    from websockets.exceptions import InvalidStatus

Frames = AsyncGenerator[Frame, None]

_PING_SECONDS: Final = 20.0
"""Between two pings; a ping that nobody answers for as long ends the connection."""

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

        control = self.kernel.control
        try:
            return await _dial(self._url(), self._headers(), ssl_context_for(control), self._options())
        except InvalidStatus as refusal:
            raise self._refused(refusal) from None
        except InvalidHandshake:
            raise self._unreachable("what answers does not speak WebSocket", "protocol") from None
        except TimeoutError:
            raise KernelTimeoutError(
                f"no answer within {control.timeout:g} seconds", kernel=control.base_url, operation=self._operation
            ) from None
        except OSError as error:
            raise self._unreachable("the kernel cannot be reached", _reason(error)) from None

    async def _frames(self, connection: "ClientConnection") -> Frames:
        from websockets.exceptions import ConnectionClosed

        while True:
            try:
                async with asyncio.timeout(self.idle_timeout):
                    message = await connection.recv()
            except TimeoutError:
                raise KernelTimeoutError(
                    f"nothing came for {self.idle_timeout:g} seconds", kernel=self._kernel, operation=self._operation
                ) from None
            except ConnectionClosed as end:
                if _was_too_large(end):
                    raise BrokenStreamError(f"a message of more than {self.max_frame_bytes} bytes") from None
                return
            yield Frame("", message if isinstance(message, str) else message.decode("utf-8", "replace"))

    @property
    def _kernel(self) -> str:
        return self.kernel.control.base_url

    @property
    def _operation(self) -> str:
        return self.request.operation

    def _url(self) -> str:
        url = "ws" + self.kernel.control.url(self.request.path).removeprefix("http")
        return f"{url}?{urlencode(self.request.query, quote_via=quote, safe=',')}" if self.request.query else url

    def _headers(self) -> dict[str, str]:
        authorization = self.kernel.control.authorization
        return {} if authorization is None else {"Authorization": authorization}

    def _options(self) -> dict[str, Any]:
        return {
            "open_timeout": self.kernel.control.timeout,
            "max_size": self.max_frame_bytes,
            "max_queue": _WAITING_MESSAGES,
            "ping_interval": _PING_SECONDS,
            "ping_timeout": _PING_SECONDS,
            "compression": None,
            "proxy": None,
            "user_agent_header": f"znp-panel-sync/{__version__}",
            "logger": _SILENT,
        }

    def _refused(self, refusal: "InvalidStatus") -> KernelError:
        status = refusal.response.status_code
        asked = refusal.response.headers.get("Retry-After", "")
        seconds = float(asked) if asked.isascii() and asked.isdigit() else None
        kind = response_error_type(status)
        return kind(status, kernel=self._kernel, operation=self._operation, retry_after=seconds)

    def _unreachable(self, message: str, reason: str) -> KernelUnreachableError:
        return KernelUnreachableError(message, reason=reason, kernel=self._kernel, operation=self._operation)


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
        raise ConfigurationError("transport", "needs the extra: pip install znp-panel-sync[websocket]") from None


def _was_too_large(end: Any) -> bool:
    return end.sent is not None and end.sent.code == 1009


def _reason(error: OSError) -> str:
    reasons: tuple[tuple[type[OSError], str], ...] = (
        (ssl.SSLError, "tls"),
        (socket.gaierror, "dns"),
        (ConnectionRefusedError, "refused"),
        (ConnectionError, "reset"),
    )
    return next((reason for kind, reason in reasons if isinstance(error, kind)), "network")

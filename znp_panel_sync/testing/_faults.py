"""Troubles that a simulated kernel can be told to have."""

import asyncio
import contextlib
import socket
import struct
from collections.abc import Awaitable, Callable, Mapping
from fnmatch import fnmatchcase
from itertools import islice
from threading import Lock
from types import TracebackType
from typing import Final, Self

from attrs import define, field, frozen
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from znp_panel_sync.testing._requests import ReceivedRequest

TRANSPORT: Final = "znp.transport"
"""Key of the connection's transport in `scope["state"]`; only the simulator's own server sets it."""

GARBAGE: Final = b"\x00\xff\x16garbage\r\n\r\n"

_RESET_ON_CLOSE: Final = struct.pack("ii", 1, 0)


@frozen
class Exchange:
    """One request that is being answered."""

    scope: Scope
    receive: Receive
    send: Send

    async def client_gone(self) -> None:
        """Return when the client has closed the connection, or the server has."""
        while (await self.receive())["type"] not in ("http.disconnect", "websocket.disconnect"):
            pass

    @property
    def transport(self) -> asyncio.Transport:
        """The connection; only the simulator's own server can be told to break it."""
        transport: asyncio.Transport | None = self.scope.get("state", {}).get(TRANSPORT)
        if transport is None:
            raise RuntimeError("this fault needs the simulator's own server: start() it instead of mounting its app")
        return transport


Effect = Callable[[Exchange], Awaitable[None]]


@define(eq=False)
class Fault:
    """A trouble that is in force until it is removed or used up; as a context manager, until its end.

    `hits` counts the requests that it struck.
    """

    _faults: "Faults" = field(repr=False)
    effect: Effect = field(repr=False)
    path: str
    method: str | None
    times: int | None
    is_final: bool
    carried_out: bool
    hits: int = 0

    def remove(self) -> None:
        """End the trouble; requests that it has struck already stay struck."""
        self._faults.remove(self)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: TracebackType | None) -> None:
        self.remove()

    def strikes(self, request: ReceivedRequest) -> bool:
        """Tell whether the trouble is meant for a request, and count it if so."""
        if self.times is not None and self.hits >= self.times:
            return False
        if self.method not in (None, request.method) or not fnmatchcase(request.path, self.path):
            return False
        self.hits += 1
        return True


class Faults:
    """The troubles in force; may be changed from any thread while requests are answered.

    All methods take the same limits: `path` (`*` stands for any characters) and `method` (None: any) choose the
    requests, `times` is how many of them are struck (None: all). With `carried_out`, the kernel does what it was
    asked before the trouble strikes, so that the client does not learn of it.
    """

    def __init__(self) -> None:
        self._faults: tuple[Fault, ...] = ()
        self._lock = Lock()

    def slow(self, seconds: float, *, path: str = "*", method: str | None = None, times: int | None = None) -> Fault:
        """Answer `seconds` later."""

        async def wait(exchange: Exchange) -> None:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(exchange.client_gone(), seconds)

        return self._add(wait, path, method, times, is_final=False)

    def hang(
        self, *, path: str = "*", method: str | None = None, times: int | None = None, carried_out: bool = False
    ) -> Fault:
        """Never answer, and keep the connection open."""
        return self._add(Exchange.client_gone, path, method, times, carried_out=carried_out)

    def drop(
        self, *, path: str = "*", method: str | None = None, times: int | None = None, carried_out: bool = False
    ) -> Fault:
        """Reset the connection instead of answering."""
        return self._add(_drop, path, method, times, carried_out=carried_out)

    def garbage(
        self,
        content: bytes = GARBAGE,
        *,
        path: str = "*",
        method: str | None = None,
        times: int | None = None,
        carried_out: bool = False,
    ) -> Fault:
        """Write these bytes instead of an HTTP answer (it may be a part of one) and close the connection."""

        async def write(exchange: Exchange) -> None:
            exchange.transport.write(content)
            exchange.transport.close()
            await exchange.client_gone()

        return self._add(write, path, method, times, carried_out=carried_out)

    def answer(
        self,
        status: int,
        body: bytes | str = b"",
        *,
        headers: Mapping[str, str] | None = None,
        retry_after: float | str | None = None,
        path: str = "*",
        method: str | None = None,
        times: int | None = None,
        carried_out: bool = False,
    ) -> Fault:
        """Answer this instead; `retry_after` is a number of seconds or an HTTP date (None: no such header)."""
        fields = dict(headers or {})
        if retry_after is not None:
            fields["Retry-After"] = retry_after if isinstance(retry_after, str) else f"{retry_after:g}"

        async def respond(exchange: Exchange) -> None:
            await Response(body, status, fields)(exchange.scope, exchange.receive, exchange.send)

        return self._add(respond, path, method, times, carried_out=carried_out)

    def clear(self) -> None:
        """End all troubles."""
        with self._lock:
            self._faults = ()

    def remove(self, fault: Fault) -> None:
        """End one trouble."""
        with self._lock:
            self._faults = tuple(known for known in self._faults if known is not fault)

    def striking(self, request: ReceivedRequest) -> list[Fault]:
        """Return the troubles that strike a request: all delays, then the newest that takes the answer's place."""
        delays = [fault for fault in self._faults if not fault.is_final and fault.strikes(request)]
        finals = (fault for fault in reversed(self._faults) if fault.is_final and fault.strikes(request))
        return [*delays, *islice(finals, 1)]

    def _add(
        self,
        effect: Effect,
        path: str,
        method: str | None,
        times: int | None,
        *,
        is_final: bool = True,
        carried_out: bool = False,
    ) -> Fault:
        fault = Fault(self, effect, path, method, times, is_final, carried_out)
        with self._lock:
            self._faults = (*self._faults, fault)
        return fault


async def _drop(exchange: Exchange) -> None:
    connection = exchange.transport.get_extra_info("socket")
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
    exchange.transport.abort()
    await exchange.client_gone()

"""The poller's own HTTP: one GET again and again on one kept connection for each group of nodes.

A general pool looks through all its connections for every request, which at thousands of kernels is all it would do.
Here a group holds its connection, the request's bytes are made once, and answers come by callback: a poll costs no
task and no timer. Deadlines are the caller's, who calls `abort()`.
"""

import asyncio
import socket
from collections.abc import Sequence
from typing import Final
from urllib.parse import urlsplit

from znp_kernel_client.api.status import get_status
from znp_kernel_client.errors import DecodeError
from znp_kernel_client.types import RawResponse
from znp_panel_sync.control import NodeControl
from znp_panel_sync.kernel import Timing, ssl_context_for
from znp_panel_sync.kernel._addresses import awaited, connect, when_done
from znp_panel_sync.kernel._calls import Call, Options, Target
from znp_panel_sync.kernel._link import Link
from znp_panel_sync.kernel._names import resolve
from znp_panel_sync.kernel._parser import BrokenAnswerError, TooLargeError
from znp_panel_sync.kernel._wire import AnswerHeaders, request_bytes
from znp_panel_sync.polling._answer import read_nodes
from znp_panel_sync.polling._channel import Done, News
from znp_panel_sync.polling._result import PollResult, connection_failed, failed, unreachable
from znp_panel_sync.polling.model import Reason

_RESOLVERS: Final = 32
"""Threads that resolve names: as many names whose servers are silent hold up no other name."""

_LONGEST_PATIENCE: Final = 24 * 3600.0
"""Seconds: the system counts in milliseconds, and not for as long as a timeout may be."""


class Connections:
    """Makes the channels of one poller, and keeps what they share: the limits and the threads that resolve names.

    `limit` is the bytes of a decoded body; `kept` how many connections may stay open between polls; above it they
    are closed after the answer.
    """

    def __init__(self, *, limit: int, kept: int) -> None:
        self.limit = limit
        self.kept = kept
        self.open = 0
        self._resolvers = asyncio.Semaphore(_RESOLVERS)

    def channel(self, control: NodeControl, _: News) -> "Connection":
        """Return the channel to one kernel; nothing is sent yet."""
        return Connection(control, self)

    async def close(self) -> None:
        """End what is shared: nothing, as threads that resolve names end by themselves."""

    async def look_up(self, host: str, port: int) -> Sequence[str]:
        """Resolve a name in a thread, whose place is taken until it has ended, even if nobody waits for it any more."""
        await self._resolvers.acquire()
        found = resolve(host, port)
        when_done(found, self._resolvers.release)
        return [str(address[0]) for *_, address in await awaited(found)]


class Connection:
    """One kernel's connection, and at most one poll on it at a time."""

    __slots__ = ("_connecting", "_connections", "_control", "_done", "_host", "_link", "_polling", "_port", "_request")

    def __init__(self, control: NodeControl, connections: Connections) -> None:
        parts = urlsplit(control.base_url)
        self._control = control
        self._connections = connections
        self._host = parts.hostname or ""
        self._port = parts.port or (443 if parts.scheme == "https" else 80)
        self._request = request_bytes(self._call())
        self._done: Done
        self._polling = False
        self._link: Link | None = None
        self._connecting: asyncio.Task[None] | None = None

    def poll(self, done: Done) -> None:
        """Send the request; `done` is called once with the result, unless `abort()` comes first."""
        self._done = done
        self._polling = True
        if self._link is not None:
            self._link.send(self._request)
        else:
            self._connect()

    def abort(self) -> None:
        """Give up the poll under way and its connection; `done` will not be called."""
        self._polling = False
        connecting, self._connecting = self._connecting, None
        if connecting is not None:
            connecting.cancel()
        if self._link is not None:
            self._detach(self._link)

    def close(self) -> None:
        """Give up everything."""
        self.abort()

    def _connect(self) -> None:
        self._connecting = asyncio.get_running_loop().create_task(self._open())

    async def _open(self) -> None:
        try:
            link = await self._opened()
        except Exception as error:
            self._connecting = None
            self._finish(connection_failed(self._control, error))
        else:
            self._connecting = None
            self._begin(link)

    def _begin(self, link: Link) -> None:
        """Send the request on a new connection, unless the kernel has spoilt it already."""
        if link.alive:
            self._link = link
            link.send(self._request)
        else:
            self._finish(self._cut_off())

    async def _opened(self) -> Link:
        context = ssl_context_for(self._control)
        link = _CountedLink(self, self._connections)
        connected = await connect(self._host, self._port, self._connections.look_up)
        _give_up_soon(connected, self._control.timeout / 2)
        await link.open(connected, context, self._host)
        return link

    def received(self, link: Link) -> None:
        """Take what has come of the answer: nothing is done with it before it is complete."""
        if link.parser.complete:
            self.answered(link)

    def answered(self, link: Link) -> None:
        """Take the complete answer that `link` has read."""
        if not link.parser.reusable or self._connections.open > self._connections.kept:
            self._detach(link)
        try:
            result = self._result_of(link)
        except (BrokenAnswerError, TooLargeError, DecodeError) as error:
            result = self._spoiled(error)
        self._finish(result)

    def broken(self, link: Link, error: BrokenAnswerError | TooLargeError) -> None:
        """Take what made the answer on `link` useless before it was complete."""
        self._detach(link)
        self._finish(self._spoiled(error))

    def ended(self, link: Link, error: Exception | None) -> None:
        """Take the end of a connection.

        A kept connection that the kernel closed just then has answered nothing: the request goes out once more on
        a new one. Asking for a status twice does no harm.
        """
        waited_for = self._polling and self._link is link
        self._detach(link)
        if not waited_for:
            return
        if link.answers and not link.parser.started:
            self._connect()
        else:
            self._finish(self._cut_off() if error is None else connection_failed(self._control, error))

    def _cut_off(self) -> PollResult:
        return unreachable(self._control, Reason.RESET, "the connection ended before the answer was complete")

    def _result_of(self, link: Link) -> PollResult:
        content = link.parser.content()
        if link.parser.status == 200:
            return PollResult(Reason.REACHED, None, read_nodes(content))
        refusal = RawResponse(link.parser.status, AnswerHeaders(link.parser.headers), content)
        return failed(self._call().refused(refusal))

    def _spoiled(self, error: Exception) -> PollResult:
        call = self._call()
        return failed(call.too_large() if isinstance(error, TooLargeError) else call.undecodable(str(error)))

    def _call(self) -> Call:
        """Return the call that each poll is; made anew, since between polls nobody needs it."""
        options = Options(self._control.timeout, retries=0, max_body_bytes=self._connections.limit)
        # A kernel's few kilobytes are not worth unpacking; one that packs them all the same is understood.
        unpacked = [("Accept-Encoding", "identity")]
        return Call(Target(self._control), options, Timing(), get_status.build_request(include="nodes"), unpacked)

    def _detach(self, link: Link) -> None:
        if self._link is link:
            self._link = None
        link.drop()

    def _finish(self, result: PollResult) -> None:
        self._polling = False
        self._done(result)


class _CountedLink(Link):
    """A connection that is counted while it lives."""

    __slots__ = ("_connections",)

    def __init__(self, channel: Connection, connections: Connections) -> None:
        super().__init__(channel, connections.limit)
        self._connections = connections

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self._connections.open += 1

    def drop(self) -> None:
        self._connections.open -= self.alive
        super().drop()


def _give_up_soon(connection: socket.socket, seconds: float) -> None:
    """Have the system end a connection whose peer has not acknowledged anything for so long.

    A kept connection through a path that has died since would swallow the request; so there is time left for another
    one, and the node is not taken for offline. Only what is not acknowledged counts: a slow kernel is waited for.
    """
    option = getattr(socket, "TCP_USER_TIMEOUT", None)
    if option is not None:
        connection.setsockopt(socket.IPPROTO_TCP, option, int(min(seconds, _LONGEST_PATIENCE) * 1000))

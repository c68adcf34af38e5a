"""One HTTP/1.1 connection on an event loop. Answers are told by callback.

The poller holds one for each of its kernels, an `AsyncKernel` as many as it has calls in flight. Nothing here has a
deadline: whoever waits gives up and calls `drop()`, or cancels what is being opened.
"""

import asyncio
import math
import socket
import ssl
from typing import Any, Final, Protocol

from znp_panel_sync.kernel._parser import BrokenAnswerError, TooLargeError, new_parser
from znp_panel_sync.kernel._sockets import is_readable
from znp_panel_sync.kernel._tls_layer import TlsLayer

_READ_BYTES: Final = 64 * 1024
_NOTHING: Final = memoryview(b"")


class Receiver(Protocol):
    """Is told what happens on a link."""

    def received(self, link: "Link") -> None:
        """Take what has come of the answer; `link.parser.complete` tells whether that was all."""

    def broken(self, link: "Link", error: BrokenAnswerError | TooLargeError) -> None:
        """Take what makes the answer useless. The link is still open."""

    def ended(self, link: "Link", error: Exception | None) -> None:
        """Take the end of the connection, or bytes that nobody asked for; the link is to be dropped."""


class Link(asyncio.BufferedProtocol):
    """One connection, from its making to its end, which carries one request after the other.

    `limit` is the bytes that the body of an answer may have.
    """

    __slots__ = ("_buffer", "_socket", "_transport", "alive", "answers", "parser", "receiver", "waiting")

    def __init__(self, receiver: Receiver, limit: float = math.inf) -> None:
        self._transport: Any = None
        self._socket: socket.socket | None = None
        self._buffer = _NOTHING
        self.receiver = receiver
        self.parser = new_parser(limit)
        self.alive = False
        self.waiting = False
        """Whether an answer is under way."""
        self.answers = 0
        """How many answers were complete."""

    def send(self, request: bytes) -> None:
        """Send a request, whose answer the receiver is told of."""
        self.parser.begin()
        self.waiting = True
        self._transport.write(request)

    def drop(self) -> None:
        """Cut the connection at once; a second time does nothing."""
        self.waiting = False
        if self.alive:
            self.alive = False
            self._transport.abort()

    def pause(self) -> None:
        """Read nothing more for now, so that the other side has to wait."""
        if self.alive:
            self._transport.pause_reading()

    def resume(self) -> None:
        """Read on."""
        if self.alive:
            self._transport.resume_reading()

    def can_carry_another(self) -> bool:
        """Tell whether the link may be kept after its answer: nothing has come too much, and nothing is unsent."""
        return self.alive and self.parser.reusable and not self._transport.get_write_buffer_size()

    def is_spoilt(self) -> bool:
        """Tell whether a kept link has ended, or has been sent what nobody asked for, though the loop did not see it.

        What stands unread of a TLS connection may be harmless; then a new one is made for nothing.
        """
        return not self.alive or self._socket is None or is_readable(self._socket)

    async def open(self, connected: socket.socket, context: ssl.SSLContext | None, hostname: str) -> None:
        """Take over a connected socket, and shake hands for TLS where there is a context."""
        self._socket = connected
        loop = asyncio.get_running_loop()
        if context is None:
            await loop.create_connection(lambda: self, sock=connected)
            return
        layer = TlsLayer(self, context, hostname)
        transport, _ = await loop.create_connection(lambda: layer, sock=connected)
        try:
            await layer.ready
        except BaseException:
            transport.abort()
            raise

    # What follows is called by the event loop, by these names.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        self.alive = True

    def get_buffer(self, sizehint: int) -> memoryview:
        del sizehint
        # there while something is read: idle connections and silent streams cost little
        self._buffer = memoryview(bytearray(_READ_BYTES))
        return self._buffer

    def buffer_updated(self, nbytes: int) -> None:
        data, self._buffer = self._buffer[:nbytes], _NOTHING
        self.data_received(data)

    def data_received(self, data: bytes | memoryview) -> None:
        if self.waiting:
            self._take(data)
        else:  # nothing was asked: what comes now must not be taken for the next answer
            self.receiver.ended(self, None)

    def eof_received(self) -> None:
        if self.waiting and self.parser.started:
            self._take(None)
        else:
            self.drop()  # now, as the loop tells of the end a turn later, until when it would be taken for alive

    def connection_lost(self, exc: Exception | None) -> None:
        self.receiver.ended(self, exc)

    def _take(self, data: bytes | memoryview | None) -> None:
        """Take bytes, or None for the end of the connection."""
        try:
            if data is None:
                self.parser.feed_end()
            else:
                self.parser.feed(data)
        except (BrokenAnswerError, TooLargeError) as error:
            self.receiver.broken(self, error)
            return
        if self.parser.complete:
            self.waiting = False
            self.answers += 1
        self.receiver.received(self)

"""TLS between a connection and its link, out of the standard library's engine without I/O.

asyncio's own layer keeps a buffer of 256 KiB for each connection: four fifths of what an idle one costs.
"""

import asyncio
import ssl
from typing import Any, Final, Protocol

_RECORD_BYTES: Final = 16 * 1024
"""The most that one record of TLS holds: RFC 8446, section 5.1."""


class Secured(Protocol):
    """What stands on the layer."""

    def connection_made(self, transport: Any) -> None:
        """Take the layer as the transport, after the handshake."""

    def data_received(self, data: bytes) -> None:
        """Take bytes that have been decrypted."""

    def eof_received(self) -> None:
        """Take the end of what the other side sends."""

    def connection_lost(self, exc: Exception | None) -> None:
        """Take the end of the connection."""


class TlsLayer(asyncio.Protocol):
    """The client's side of TLS; a protocol for the connection and a transport for what stands on it.

    `ready` is done after the handshake, with an exception where that failed.
    """

    def __init__(self, above: Secured, context: ssl.SSLContext, hostname: str) -> None:
        self._above = above
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._engine = context.wrap_bio(self._incoming, self._outgoing, server_hostname=hostname)
        self._transport: Any = None
        self._failure: Exception | None = None
        self.ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    # For what stands on it.

    def write(self, data: bytes) -> None:
        """Encrypt and send."""
        unsent = memoryview(data)
        while unsent:
            unsent = unsent[self._engine.write(unsent) :]
        self._flush()

    def abort(self) -> None:
        """Cut the connection at once."""
        self._transport.abort()

    def pause_reading(self) -> None:
        """Read nothing more for now."""
        self._transport.pause_reading()

    def resume_reading(self) -> None:
        """Read on."""
        self._transport.resume_reading()

    def get_write_buffer_size(self) -> int:
        """Return how many bytes are not sent yet."""
        size: int = self._transport.get_write_buffer_size()
        return size

    # For the event loop, by these names.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        self._shake_hands()

    def data_received(self, data: bytes) -> None:
        self._incoming.write(data)
        if self.ready.done():
            self._decrypt()
        else:
            self._shake_hands()

    def eof_received(self) -> None:
        if self.ready.done():
            self._above.eof_received()

    def connection_lost(self, exc: Exception | None) -> None:
        error = self._failure or exc
        if self.ready.done():
            self._above.connection_lost(error)
        else:
            self.ready.set_exception(error or ConnectionResetError("it ended within the handshake"))
            self.ready.exception()  # known to the future now, should whoever waited have given up

    def _shake_hands(self) -> None:
        try:
            self._engine.do_handshake()
        except ssl.SSLWantReadError:
            self._flush()
        except ssl.SSLError as error:
            self._fail(error)
        else:
            self._flush()
            self.ready.set_result(None)
            self._above.connection_made(self)
            self._decrypt()  # what came with the end of the handshake

    def _decrypt(self) -> None:
        try:
            while data := self._engine.read(_RECORD_BYTES):
                self._above.data_received(data)
        except ssl.SSLWantReadError:
            self._flush()  # an answer to a change of keys
        except ssl.SSLError as error:
            self._fail(error)
        else:  # the other side has taken its leave
            self._above.eof_received()
            self._transport.close()

    def _fail(self, error: ssl.SSLError) -> None:
        """End the connection, and let the other side know why."""
        self._failure = error
        self._flush()
        self._transport.close()

    def _flush(self) -> None:
        if self._outgoing.pending:
            self._transport.write(self._outgoing.read())

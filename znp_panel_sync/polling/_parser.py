"""An HTTP/1.1 answer to one GET, out of the bytes of a connection, with bounds on everything.

`httptools` does the reading where it is installed (the `fast` extra), `h11` otherwise. Both forms have the same
attributes.
"""

from typing import Final, Protocol

import h11

from znp_panel_sync.kernel._body import BodyReader, BodyTooLargeError, UndecodableBodyError
from znp_panel_sync.polling._extras import installed

HEAD_LIMIT: Final = 64 * 1024
"""Bytes of status line and headers, informational answers included, before an answer is refused."""

httptools = installed("httptools")

_PLAIN: Final = (b"", b"identity")


class BrokenAnswerError(Exception):
    """What the connection carries is not an HTTP/1.1 answer; the text says why."""


class TooLargeError(Exception):
    """The body is larger than the limit, on the wire or once unpacked."""


class AnswerParser(Protocol):
    """Reads the answers on one connection, one after the other."""

    complete: bool
    """Whether the answer is there in full."""
    started: bool
    """Whether any byte of the answer has come."""
    reusable: bool
    """Whether the connection may carry another request, once the answer is complete."""
    status: int
    retry_after: bytes | None

    def begin(self) -> None:
        """Make ready for the answer to the next request."""
        ...

    def feed(self, data: bytes | memoryview) -> None:
        """Take bytes as they come; raises `BrokenAnswerError` or `TooLargeError`."""
        ...

    def feed_end(self) -> None:
        """Take the end of the connection, which may end a body without a length; raises `BrokenAnswerError`."""
        ...

    def content(self) -> bytes:
        """Return the body, unpacked; raises `BrokenAnswerError` or `TooLargeError`."""
        ...


class _Answer:
    """What both parsers gather."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self.begin()

    def begin(self) -> None:
        self.complete = self.started = self.reusable = False
        self.status = 0
        self.retry_after: bytes | None = None
        self._encoding = b""
        self._head = True
        self._head_bytes = 0
        self._parts: list[bytes] = []
        self._size = 0

    def content(self) -> bytes:
        body = b"".join(self._parts)
        return body if self._encoding in _PLAIN else _unpacked(body, self._limit, self._encoding)

    def _add_header(self, name: bytes, value: bytes) -> None:
        if name == b"content-encoding":
            self._encoding = b", ".join(filter(None, (self._encoding, value.strip().lower())))
        elif name == b"retry-after":
            self.retry_after = value

    def _add_body(self, data: bytes) -> None:
        self._size += len(data)
        if self._size <= self._limit:
            self._parts.append(data)

    def _count_head(self, size: int) -> None:
        """Bound what comes before the body; the bytes that end the head may bring a part of the body with them."""
        if self._head:
            self._head_bytes += size
            if self._head_bytes > HEAD_LIMIT:
                raise BrokenAnswerError("the answer's headers are too long")

    def _check_size(self) -> None:
        if self._size > self._limit:
            raise TooLargeError


class HttptoolsParser(_Answer):
    """An `AnswerParser` over llhttp."""

    def __init__(self, limit: int) -> None:
        super().__init__(limit)
        self._parser = httptools.HttpResponseParser(self)
        self._sized = False
        self._surplus = False

    def begin(self) -> None:
        super().begin()
        self._sized = self._surplus = False

    def feed(self, data: bytes | memoryview) -> None:
        self.started = True
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade) as error:
            if not self.complete:
                raise BrokenAnswerError(f"the answer is not HTTP/1.1: {type(error).__name__}") from None
            self._surplus = True
        self._count_head(len(data))
        self._check_size()
        if self._surplus:
            self.reusable = False

    def feed_end(self) -> None:
        if self._head or self._sized:
            raise BrokenAnswerError("the connection ended within the answer")
        self.complete = True

    # What follows is called by httptools, by these names.

    def on_message_begin(self) -> None:
        self._surplus = self.complete

    def on_header(self, name: bytes, value: bytes) -> None:
        if self.complete:
            return
        lowered = name.lower()
        self._sized = self._sized or lowered in (b"content-length", b"transfer-encoding")
        self._add_header(lowered, value)

    def on_headers_complete(self) -> None:
        if not self.complete:
            self.status = self._parser.get_status_code()
            self._head = self.status < 200

    def on_body(self, data: bytes) -> None:
        if not self.complete:
            self._add_body(data)

    def on_message_complete(self) -> None:
        if self.complete:
            return
        if self.status < 200:  # an informational answer: the real one follows, with headers of its own
            self._encoding, self.retry_after, self._sized = b"", None, False
            return
        self.complete = True
        self.reusable = self._parser.should_keep_alive()


class H11Parser(_Answer):
    """An `AnswerParser` over h11."""

    def __init__(self, limit: int) -> None:
        super().__init__(limit)
        self._connection = self._fresh()

    def begin(self) -> None:
        super().begin()
        self._connection = self._fresh()

    def feed(self, data: bytes | memoryview) -> None:
        self.started = True
        self._read(data)
        self._count_head(len(data))
        self._check_size()

    def feed_end(self) -> None:
        self._read(b"")

    def _fresh(self) -> h11.Connection:
        connection = h11.Connection(h11.CLIENT, max_incomplete_event_size=HEAD_LIMIT)
        # h11 must know what the answer belongs to; the request itself is sent from bytes prepared once.
        connection.send(h11.Request(method="GET", target="/", headers=[("Host", "kernel")]))
        connection.send(h11.EndOfMessage())
        return connection

    def _read(self, data: bytes | memoryview) -> None:
        try:
            self._connection.receive_data(bytes(data))
            while not self.complete and self._take(self._connection.next_event()):
                pass
        except h11.RemoteProtocolError:
            raise BrokenAnswerError("the answer is not HTTP/1.1, or ended early") from None

    def _take(self, event: object) -> bool:
        """Take one event; False when there is nothing more to take now."""
        match event:
            case h11.Response():
                self._head = False
                self.status = event.status_code
                for name, value in event.headers:
                    self._add_header(name, value)
            case h11.Data():
                self._add_body(bytes(event.data))
            case h11.EndOfMessage():
                self.complete = True
                surplus, ended = self._connection.trailing_data
                self.reusable = self._connection.states[h11.SERVER] is h11.DONE and not surplus and not ended
            case h11.InformationalResponse():
                pass  # the real one follows
            case _:
                return False
        return True


def new_parser(limit: int) -> AnswerParser:
    """Return a parser whose bodies may have `limit` bytes."""
    return HttptoolsParser(limit) if httptools is not None else H11Parser(limit)


def _unpacked(body: bytes, limit: int, encoding: bytes) -> bytes:
    try:
        reader = BodyReader(limit, encoding=encoding.decode("latin-1"))
        reader.feed(body)
        return reader.finish()
    except BodyTooLargeError:
        raise TooLargeError from None
    except UndecodableBodyError as error:
        raise BrokenAnswerError(str(error)) from None

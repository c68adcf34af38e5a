"""An HTTP/1.1 answer to one request, out of the bytes of a connection, with bounds on everything.

`httptools` does the reading where it is installed (the `fast` extra), `h11` otherwise. Both forms have the same
attributes. Requests are neither HEAD nor CONNECT, whose answers would have to be read in another way.
"""

import math
from typing import Final, Protocol

from znp_panel_sync._extras import installed
from znp_panel_sync.kernel._body import BodyReader, BodyTooLargeError, UndecodableBodyError

OVERHEAD_LIMIT: Final = 64 * 1024
"""Bytes that come without bringing any of the body before an answer is refused: status lines and headers,
informational answers included, and what stands around and behind the chunks of a body."""

httptools = installed("httptools")

_PLAIN: Final = (b"", b"identity")

RawHeaders = list[tuple[bytes, bytes]]


class BrokenAnswerError(Exception):
    """What the connection carries is not an HTTP/1.1 answer; the text says why."""


class CutAnswerError(BrokenAnswerError):
    """The connection ended within the answer."""


class TooLargeError(Exception):
    """The body is larger than the limit, on the wire or once unpacked."""


class AnswerParser(Protocol):
    """Reads the answers on one connection, one after the other."""

    complete: bool
    """Whether the answer is there in full."""
    headed: bool
    """Whether the answer's status and headers are known."""
    started: bool
    """Whether any byte of the answer has come."""
    reusable: bool
    """Whether the connection may carry another request, once the answer is complete."""
    status: int
    headers: RawHeaders
    """With names in lower case."""
    held: int
    """Bytes of the body that wait to be taken."""

    def begin(self) -> None:
        """Make ready for the answer to the next request."""
        ...

    def feed(self, data: bytes | memoryview) -> None:
        """Take bytes as they come; raises `BrokenAnswerError` or `TooLargeError`."""
        ...

    def feed_end(self) -> None:
        """Take the end of the connection, which may end a body without a length; raises `CutAnswerError`."""
        ...

    def take(self) -> bytes:
        """Return what has come of the body since the last time, as it is on the wire."""
        ...

    def content(self) -> bytes:
        """Return what `take` would, unpacked; raises `BrokenAnswerError` or `TooLargeError`."""
        ...

    def header(self, name: bytes) -> bytes | None:
        """Return a header's value, several joined; None where there is none."""
        ...


class _Answer:
    """What both parsers gather."""

    def __init__(self, limit: float) -> None:
        self._limit = limit
        self.begin()

    def begin(self) -> None:
        self.complete = self.headed = self.started = self.reusable = False
        self.status = 0
        self.headers: RawHeaders = []
        self.held = 0
        self._parts: list[bytes] = []
        self._size = 0
        self._overhead = 0

    def take(self) -> bytes:
        parts, self._parts, self.held = self._parts, [], 0
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def content(self) -> bytes:
        encoding = self.header(b"content-encoding") or b""
        return self.take() if encoding.lower() in _PLAIN else _unpacked(self.take(), self._limit, encoding)

    def header(self, name: bytes) -> bytes | None:
        values = [value for known, value in self.headers if known == name]
        return b", ".join(values) if values else None

    def _add_body(self, data: bytes) -> None:
        self._size += len(data)
        if self._size <= self._limit:
            self._parts.append(data)
            self.held += len(data)

    def _check(self, fed: int, size_before: int) -> None:
        """Bound what has just been fed, after which the body had grown from that size."""
        if self._size > self._limit:
            raise TooLargeError
        self._overhead = 0 if self._size > size_before else self._overhead + fed
        if self._overhead > OVERHEAD_LIMIT:
            raise BrokenAnswerError("the answer's headers are too long")


class HttptoolsParser(_Answer):
    """An `AnswerParser` over llhttp."""

    def __init__(self, limit: float) -> None:
        super().__init__(limit)
        self._parser = httptools.HttpResponseParser(self)

    def begin(self) -> None:
        super().begin()
        self._sized = self._surplus = False

    def feed(self, data: bytes | memoryview) -> None:
        self.started = True
        size_before = self._size
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade) as error:
            if not self.complete:
                raise BrokenAnswerError(f"the answer is not HTTP/1.1: {type(error).__name__}") from None
            self._surplus = True
        self._check(len(data), size_before)
        if self._surplus:
            self.reusable = False

    def feed_end(self) -> None:
        if not self.headed or self._sized:
            raise CutAnswerError("the connection ended within the answer")
        self.complete = True

    # What follows is called by httptools, by these names.

    def on_message_begin(self) -> None:
        self._surplus = self.complete

    def on_header(self, name: bytes, value: bytes) -> None:
        if self.headed:  # behind the body, where nothing is looked for
            return
        lowered = name.lower()
        self._sized = self._sized or lowered in (b"content-length", b"transfer-encoding")
        self.headers.append((lowered, value))

    def on_headers_complete(self) -> None:
        if not self.complete:
            self.status = self._parser.get_status_code()
            self.headed = self.status >= 200

    def on_body(self, data: bytes) -> None:
        if not self.complete:
            self._add_body(data)

    def on_message_complete(self) -> None:
        if self.complete:
            return
        if not self.headed:  # an informational answer: the real one follows, with headers of its own
            self.headers, self._sized = [], False
            return
        self.complete = True
        self.reusable = self._parser.should_keep_alive()


class H11Parser(_Answer):
    """An `AnswerParser` over h11, which comes with httpx."""

    def begin(self) -> None:
        import h11

        super().begin()
        self._h11 = h11
        self._connection = h11.Connection(h11.CLIENT, max_incomplete_event_size=OVERHEAD_LIMIT)
        # h11 must know what the answer belongs to; the request itself is sent from bytes made elsewhere.
        self._connection.send(h11.Request(method="GET", target="/", headers=[("Host", "kernel")]))
        self._connection.send(h11.EndOfMessage())

    def feed(self, data: bytes | memoryview) -> None:
        self.started = True
        size_before = self._size
        try:
            self._read(data)
        except self._h11.RemoteProtocolError:
            raise BrokenAnswerError("the answer is not HTTP/1.1") from None
        self._check(len(data), size_before)

    def feed_end(self) -> None:
        try:
            self._read(b"")
        except self._h11.RemoteProtocolError:
            raise CutAnswerError("the connection ended within the answer") from None

    def _read(self, data: bytes | memoryview) -> None:
        self._connection.receive_data(bytes(data))
        while not self.complete and self._take(self._connection.next_event()):
            pass

    def _take(self, event: object) -> bool:
        """Take one event; False when there is nothing more to take now."""
        h11 = self._h11
        match event:
            case h11.Response():
                self.headed = True
                self.status = event.status_code
                self.headers = list(event.headers)
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


def new_parser(limit: float = math.inf) -> AnswerParser:
    """Return a parser whose bodies may have `limit` bytes."""
    return HttptoolsParser(limit) if httptools is not None else H11Parser(limit)


def _unpacked(body: bytes, limit: float, encoding: bytes) -> bytes:
    try:
        reader = BodyReader(int(limit), encoding=encoding.decode("latin-1"))
        reader.feed(body)
        return reader.finish()
    except BodyTooLargeError:
        raise TooLargeError from None
    except UndecodableBodyError as error:
        raise BrokenAnswerError(str(error)) from None

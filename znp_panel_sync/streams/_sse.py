"""Server-sent events, decoded by the book: WHATWG HTML, section 9.2.6 "Interpreting an event stream". Pure.

Bytes go in as they come, in pieces of any size; events come out as soon as their blank line is there. An event that
the end of the stream leaves incomplete is never given.
"""

import re
from typing import Final, NamedTuple

_BOM: Final = b"\xef\xbb\xbf"
_DIGITS: Final = re.compile(rb"[0-9]{1,15}")
"""More digits than these are no time that anybody waits."""


class ServerSentEvent(NamedTuple):
    """One event. `id` is the last one that the stream gave, empty where it gave none."""

    event: str
    data: str
    id: str


class EventTooLargeError(Exception):
    """An event is longer than it may be; the decoder is of no use afterwards."""


class SseDecoder:
    """Decodes one stream. `last_event_id` is kept by the client from the connection before (empty: none).

    `retry` is the reconnection time in milliseconds that the stream last asked for (None: it did not ask). An event
    of more than `max_event_bytes`, complete or not, raises `EventTooLargeError`.
    """

    def __init__(self, max_event_bytes: int, last_event_id: str = "") -> None:
        self.last_event_id = last_event_id
        self.retry: int | None = None
        self._limit = max_event_bytes
        self._head: bytes | None = b""
        self._after_cr = False
        self._pieces: list[bytes] = []
        self._pieces_size = 0
        self._id = last_event_id
        self._event = b""
        self._data: list[bytes] = []
        self._data_size = 0

    def feed(self, chunk: bytes) -> list[ServerSentEvent]:
        """Take the next bytes and return the events that they complete."""
        if self._head is not None:
            chunk = self._without_bom(chunk)
        chunk = self._with_plain_line_ends(chunk)
        events: list[ServerSentEvent] = []
        if not (self._data or self._event) and b"\n\n" in chunk:
            chunk = self._take_whole(chunk, events)
        if chunk:
            self._take_pieces(chunk, events)
        return events

    def _take_whole(self, chunk: bytes, events: list[ServerSentEvent]) -> bytes:
        """Take whole events, those of the usual form at one stroke; return what follows the last of them."""
        *blocks, rest = b"".join((*self._pieces, chunk)).split(b"\n\n")
        self._pieces, self._pieces_size = [], 0
        for block in blocks:
            head, _, last = block.rpartition(b"\n")
            if last.startswith(b"data: ") and len(last) <= self._limit and self._take_head(head):
                name = str(self._event, "utf-8", "replace") if self._event else "message"
                events.append(ServerSentEvent(name, str(last[6:], "utf-8", "replace"), self._id))
                self._event = b""
            else:
                self._take_lines([*block.split(b"\n"), b""], events)
        return rest

    def _take_head(self, head: bytes) -> bool:
        """Take the lines before the data, if they are nothing but a name and an id; False: nothing is taken."""
        if head:
            name, event_id = b"", None
            for line in head.split(b"\n"):
                if line.startswith(b"event: "):
                    name = line[7:]
                elif line.startswith(b"id: ") and b"\0" not in line:
                    event_id = line[4:]
                else:
                    return False
            self._event = name
            if event_id is not None:
                self._id = str(event_id, "utf-8", "replace")
        self.last_event_id = self._id
        return True

    def _take_pieces(self, chunk: bytes, events: list[ServerSentEvent]) -> None:
        first, *lines = chunk.split(b"\n")
        self._pieces.append(first)
        self._pieces_size += len(first)
        if lines:
            whole = b"".join(self._pieces)
            last = lines.pop()
            self._pieces, self._pieces_size = [last], len(last)
            lines.insert(0, whole)
        self._take_lines(lines, events)
        if self._pieces_size + self._data_size > self._limit:
            raise EventTooLargeError

    def _without_bom(self, chunk: bytes) -> bytes:
        """Return what follows a byte order mark at the start of the stream, held back until it is known."""
        head = (self._head or b"") + chunk
        if len(head) < len(_BOM) and _BOM.startswith(head):
            self._head = head
            return b""
        self._head = None
        return head.removeprefix(_BOM)

    def _with_plain_line_ends(self, chunk: bytes) -> bytes:
        """Make LF of CRLF and of CR. A CR at the end ends its line at once: an LF that may follow is dropped later."""
        if self._after_cr and chunk:
            chunk = chunk.removeprefix(b"\n")
            self._after_cr = False
        if b"\r" in chunk:
            self._after_cr = chunk.endswith(b"\r")
            chunk = chunk.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        return chunk

    def _take_lines(self, lines: list[bytes], events: list[ServerSentEvent]) -> None:
        for line in lines:
            if not line:
                self._dispatch(events)
            elif line.startswith(b"data:"):
                value = line[6:] if line.startswith(b" ", 5) else line[5:]
                self._data.append(value)
                self._data_size += len(value) + 1
            else:
                self._field(line)

    def _field(self, line: bytes) -> None:
        name, _, value = line.partition(b":")
        value = value.removeprefix(b" ")
        if name == b"event":
            self._event = value
        elif name == b"data":
            self._data.append(value)
            self._data_size += len(value) + 1
        elif name == b"id" and b"\0" not in value:
            self._id = value.decode("utf-8", "replace")
        elif name == b"retry" and _DIGITS.fullmatch(value):
            self.retry = int(value)

    def _dispatch(self, events: list[ServerSentEvent]) -> None:
        self.last_event_id = self._id
        if self._data:
            if self._data_size > self._limit:
                raise EventTooLargeError
            data = b"\n".join(self._data).decode("utf-8", "replace")
            event = self._event.decode("utf-8", "replace") if self._event else "message"
            events.append(ServerSentEvent(event, data, self._id))
            self._data, self._data_size = [], 0
        self._event = b""

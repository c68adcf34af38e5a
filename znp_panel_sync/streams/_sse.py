"""Server-sent events, decoded by the book: WHATWG HTML, section 9.2.6 "Interpreting an event stream". Pure.

Bytes go in as they come, in pieces of any size; events come out as soon as their blank line is there. An event that
the end of the stream leaves incomplete is never given.
"""

import re
from typing import Final, NamedTuple

_BOM: Final = b"\xef\xbb\xbf"
_DIGITS: Final = re.compile(r"[0-9]{1,15}")
"""More digits than these are no time that anybody waits."""

_EVENT_OR_LINE: Final = re.compile(
    r"((?:event:.*+\n)?)((?:id:[^\0\n]*+\n)?)data: ?+(.*+)\n((?:id:[^\0\n]*+\n)?)\n"  # an event as most of them look
    r"|(.*+\n)"  # or else one line
)
"""One of these after the other is all that a text of whole lines consists of."""


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
        """The line that is not complete yet."""
        self._pieces_size = 0
        self._id = last_event_id
        self._event = ""
        self._data: list[str] = []
        self._data_size = 0

    def feed(self, chunk: bytes) -> list[ServerSentEvent]:
        """Take the next bytes and return the events that they complete."""
        if self._head is not None:
            chunk = self._without_bom(chunk)
        lines, line_end, rest = self._with_plain_line_ends(chunk).rpartition(b"\n")
        events: list[ServerSentEvent] = []
        if line_end:
            whole = b"".join((*self._pieces, lines, line_end))
            self._pieces, self._pieces_size = [], 0
            self._take(whole, events)
        if rest:
            self._pieces.append(rest)
            self._pieces_size += len(rest)
            if self._pieces_size + self._data_size > self._limit:
                raise EventTooLargeError
        return events

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

    def _take(self, whole: bytes, events: list[ServerSentEvent]) -> None:
        """Take whole lines: at one stroke the events of the usual form that begin where the one before has ended."""
        must_measure = len(whole) > self._limit
        for event_line, id_line, data, late_id_line, line in _EVENT_OR_LINE.findall(str(whole, "utf-8", "replace")):
            if line:
                self._take_line(line[:-1], events)
            elif must_measure or self._data or self._event:
                for each in f"{event_line}{id_line}data: {data}\n{late_id_line}".split("\n"):
                    self._take_line(each, events)
            else:
                if id_line or late_id_line:
                    self._id = (late_id_line or id_line)[3:-1].removeprefix(" ")
                self.last_event_id = self._id
                fields = event_line[6:-1].removeprefix(" ") or "message", data, self._id
                events.append(tuple.__new__(ServerSentEvent, fields))  # a third of what its constructor costs

    def _take_line(self, line: str, events: list[ServerSentEvent]) -> None:
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if not line:
            self._dispatch(events)
        elif name == "data":
            self._add_data(value)
        elif name == "event":
            self._event = value
        elif name == "id" and "\0" not in value:
            self._id = value
        elif name == "retry" and _DIGITS.fullmatch(value):
            self.retry = int(value)

    def _add_data(self, value: str) -> None:
        self._data.append(value)
        self._data_size += len(value.encode()) + 1
        if self._data_size > self._limit:
            raise EventTooLargeError

    def _dispatch(self, events: list[ServerSentEvent]) -> None:
        self.last_event_id = self._id
        if self._data:
            events.append(ServerSentEvent(self._event or "message", "\n".join(self._data), self._id))
            self._data, self._data_size = [], 0
        self._event = ""

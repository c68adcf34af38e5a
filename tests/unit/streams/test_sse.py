"""The decoder against the standard's own examples, every split of the bytes, and a second reading of the standard."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from znp_panel_sync.streams._sse import EventTooLargeError, ServerSentEvent, SseDecoder

LIMIT = 1024 * 1024

EXAMPLES = {
    "stock ticker": (
        b"data: YHOO\ndata: +2\ndata: 10\n\n",
        [ServerSentEvent("message", "YHOO\n+2\n10", "")],
    ),
    "comment, ids, and an id that is reset": (
        b": test stream\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\ndata:  third event\n\n",
        [
            ServerSentEvent("message", "first event", "1"),
            ServerSentEvent("message", "second event", ""),
            ServerSentEvent("message", " third event", ""),
        ],
    ),
    "empty data, and an event that is never completed": (
        b"data\n\ndata\ndata\n\ndata:",
        [ServerSentEvent("message", "", ""), ServerSentEvent("message", "\n", "")],
    ),
    "the space after the colon is optional": (
        b"data:test\n\ndata: test\n\n",
        [ServerSentEvent("message", "test", ""), ServerSentEvent("message", "test", "")],
    ),
    "names of events, which hold for one event": (
        b"event: add\ndata: 73857293\n\nevent: remove\ndata: 2153\n\ndata: x\n\n",
        [
            ServerSentEvent("add", "73857293", ""),
            ServerSentEvent("remove", "2153", ""),
            ServerSentEvent("message", "x", ""),
        ],
    ),
    "all ends of lines": (
        b"data: a\r\n\r\ndata: b\r\rdata: c\n\ndata: d\r\n\rdata: e\n\r\n",
        [ServerSentEvent("message", letter, "") for letter in "abcde"],
    ),
    "other separators of lines are text": (
        "data: a\u2028b\x0bc\x85d\n\n".encode(),
        [ServerSentEvent("message", "a\u2028b\x0bc\x85d", "")],
    ),
    "a byte order mark at the start alone": (
        b"\xef\xbb\xbfdata: a\n\n\xef\xbb\xbfdata: b\n\ndata: \xef\xbb\xbfc\n\n",
        [ServerSentEvent("message", "a", ""), ServerSentEvent("message", "\ufeffc", "")],
    ),
    "an id with NUL is ignored": (
        b"id: 1\ndata: a\n\nid: 2\x003\ndata: b\n\n",
        [ServerSentEvent("message", "a", "1"), ServerSentEvent("message", "b", "1")],
    ),
    "bytes that are no UTF-8": (b"data: \xff\xc3\n\n", [ServerSentEvent("message", "\ufffd\ufffd", "")]),
    "fields nobody knows, and names in another case": (
        b"datum: x\nData: y\n data: z\nevent\ndata: a\n\n",
        [ServerSentEvent("message", "a", "")],
    ),
    "a name without data is nothing, and not kept": (
        b"event: x\n\ndata: a\n\n",
        [ServerSentEvent("message", "a", "")],
    ),
    "an id without data holds from then on": (b"id: 7\n\ndata: a\n\n", [ServerSentEvent("message", "a", "7")]),
    "no space after any colon": (
        b"event:add\nid:1\ndata:a\n\ndata:  b\n\n",
        [ServerSentEvent("add", "a", "1"), ServerSentEvent("message", " b", "1")],
    ),
    "an id after the data": (
        b"id: 1\ndata: a\nid:2\n\ndata: b\nid\n\ndata: c\nid: 3\n\ndata: d\nid:\n\n",
        [ServerSentEvent("message", *event) for event in (("a", "2"), ("b", ""), ("c", "3"), ("d", ""))],
    ),
    "a name after the data": (b"data: a\nevent: late\n\n", [ServerSentEvent("late", "a", "")]),
}


def decoded(stream: bytes, size: int | None = None, limit: int = LIMIT) -> list[ServerSentEvent]:
    decoder = SseDecoder(limit)
    step = size or max(len(stream), 1)
    return [event for at in range(0, len(stream), step) for event in decoder.feed(stream[at : at + step])]


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_examples_are_read_as_the_standard_says(name: str) -> None:
    stream, events = EXAMPLES[name]
    assert decoded(stream) == events


@pytest.mark.parametrize("name", EXAMPLES)
def test_how_the_bytes_are_split_makes_no_difference(name: str) -> None:
    stream, events = EXAMPLES[name]
    for size in range(1, len(stream)):
        assert decoded(stream, size) == events
    for cut in range(len(stream)):
        decoder = SseDecoder(LIMIT)
        assert [*decoder.feed(stream[:cut]), *decoder.feed(b""), *decoder.feed(stream[cut:])] == events


@pytest.mark.parametrize(
    ("value", "milliseconds"),
    [
        (b"3000", 3000),
        (b"0", 0),
        (b"1e3", None),
        (b"-1", None),
        (b"+5", None),
        (b" 5", None),
        ("٣".encode(), None),
        (b"5s", None),
        (b"", None),
        (b"9" * 5000, None),
    ],
)
def test_only_ascii_digits_are_a_reconnection_time(value: bytes, milliseconds: int | None) -> None:
    decoder = SseDecoder(LIMIT)
    decoder.feed(b"retry: " + value + b"\n")
    assert decoder.retry == milliseconds


def test_an_event_is_given_as_soon_as_a_lone_cr_ends_it() -> None:
    decoder = SseDecoder(LIMIT)
    assert decoder.feed(b"data: a\r\r") == [ServerSentEvent("message", "a", "")]
    assert decoder.feed(b"\ndata: b\n\n") == [ServerSentEvent("message", "b", "")]


def test_the_last_id_is_taken_over_and_known_only_once_its_event_is_complete() -> None:
    decoder = SseDecoder(LIMIT, "41")
    assert decoder.feed(b"data: a\n\nid: 42\ndata: b\n") == [ServerSentEvent("message", "a", "41")]
    assert decoder.last_event_id == "41"
    decoder.feed(b"\n")
    assert decoder.last_event_id == "42"


@pytest.mark.parametrize(
    "stream",
    [
        b"data: " + b"x" * 200,
        b"data: xxxxxxxx\n" * 20,
        b"data: " + b"x" * 200 + b"\n\n",
        b"data: " + b"x" * 60 + b"\ndata: " + b"x" * 60 + b"\n\n",
        b":" + b"x" * 200,
    ],
)
@pytest.mark.parametrize("size", [1, 1000])
def test_an_event_that_is_too_large_is_refused(stream: bytes, size: int) -> None:
    with pytest.raises(EventTooLargeError):
        decoded(stream, size, limit=100)


def test_any_number_of_events_within_the_limit_is_fine() -> None:
    decoder = SseDecoder(100)
    assert len(decoder.feed((b"data: " + b"x" * 90 + b"\n\n") * 50)) == 50
    assert len(decoder.feed(b"data: x\ndata: y\n\n" * 50)) == 50


def literally(text: str) -> list[ServerSentEvent]:
    """Read a stream as the standard puts it, a line at a time, without any thought of speed."""
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    events, kind, data, identity = [], "", "", ""
    for line in text.split("\n")[:-1]:
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if not line:
            if data:
                events.append(ServerSentEvent(kind or "message", data.removesuffix("\n"), identity))
            kind, data = "", ""
        elif name == "event":
            kind = value
        elif name == "data":
            data += value + "\n"
        elif name == "id" and "\0" not in value:
            identity = value
    return events


LINES = st.sampled_from(
    ["data", "data:", "data: ", "data:x", "event: e", "event", "id: 1", "id", "id: \0", ":c", "", "z"]
)
ENDS = st.sampled_from(["\n", "\r", "\r\n", "\n\n"])


@given(st.lists(st.tuples(LINES, st.text(max_size=3), ENDS)), st.lists(st.integers(1, 9)))
def test_every_stream_is_read_as_the_standard_puts_it(parts: list[tuple[str, str, str]], sizes: list[int]) -> None:
    text = "".join(line + more + end for line, more, end in parts)
    stream, decoder, events = text.encode("utf-8", "replace"), SseDecoder(LIMIT), []
    for size in [*sizes, len(stream) + 1]:
        events += decoder.feed(stream[:size])
        stream = stream[size:]
    assert events == literally(text.encode("utf-8", "replace").decode())

"""Snapshots merged from frames, and events given once."""

import contextlib
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from znp_panel_sync.streams import RawItem, StatusUpdate, StreamedEvent
from znp_panel_sync.streams._errors import BrokenStreamError
from znp_panel_sync.streams._frames import REMEMBERED_EVENTS, EventReader, Frame, StatusReader, full_document


def status(kind: str, name: str | None = None, **parts: Any) -> Frame:
    return Frame(f"status.{kind}" if name is None else name, json.dumps({"type": kind, "snapshot": parts}))


def event(event_id: object = None, name: object = "node.degraded", **more: Any) -> Frame:
    identity = {} if event_id is None else {"event_id": event_id}
    return Frame("node.degraded", json.dumps({"event": name, **identity, **more}))


@pytest.mark.parametrize("name", [None, "", "message"])
def test_a_full_frame_replaces_the_snapshot_and_a_diff_is_merged(name: str | None) -> None:
    reader = StatusReader(1000)
    (first,) = reader.read(status("full", name, generated_at="a", nodes=[{"id": "1"}]))
    (second,) = reader.read(status("diff", name, nodes=[{"id": "2"}]))
    (third,) = reader.read(status("full", name, generated_at="c"))
    assert isinstance(first, StatusUpdate)
    assert isinstance(second, StatusUpdate)
    assert isinstance(third, StatusUpdate)
    assert (first.is_full, second.is_full) == (True, False)
    assert second.changed == {"nodes"}
    assert second.raw == {"generated_at": "a", "nodes": [{"id": "2"}]}
    assert [node.id for node in second.snapshot.nodes or []] == ["2"]
    assert third.raw == {"generated_at": "c"}


def test_a_diff_before_any_full_frame_asks_for_a_new_connection() -> None:
    reader = StatusReader(1000)
    with pytest.raises(BrokenStreamError, match="a diff frame before any full frame"):
        list(reader.read(status("diff", nodes=[])))
    list(reader.read(status("full", nodes=[])))
    reader.reconnected()
    with pytest.raises(BrokenStreamError, match="a diff frame before any full frame"):
        list(reader.read(status("diff", nodes=[])))


@pytest.mark.parametrize(
    "data", ['{"type": "full"}', '{"type": "diff", "snapshot": []}', '{"type": "full", "snapshot": {"nodes": {}}}']
)
def test_a_frame_that_does_not_fit_asks_for_a_new_connection(data: str) -> None:
    with pytest.raises(BrokenStreamError):
        list(StatusReader(1000).read(Frame("", data)))


def test_a_snapshot_that_diffs_make_too_large_is_refused() -> None:
    reader = StatusReader(100)
    list(reader.read(status("full", a="x" * 30)))
    list(reader.read(status("diff", b="x" * 30)))
    list(reader.read(status("diff", b="y" * 30)))
    with pytest.raises(BrokenStreamError, match="more than 100 bytes"):
        list(reader.read(status("diff", c="x" * 60)))


def test_a_snapshot_that_fits_as_it_came_fits_after_a_diff_too() -> None:
    name = "\u8282\u70b9\ud83c" * 100
    full = json.dumps(
        {"type": "full", "snapshot": {"a": [name, name], "b": 1}}, ensure_ascii=False, separators=(",", ":")
    )
    reader = StatusReader(len(full.encode("utf-8", "surrogatepass")))
    list(reader.read(Frame("status.full", full)))
    (update,) = reader.read(status("diff", b=2))
    assert isinstance(update, StatusUpdate)
    assert update.raw == {"a": [name, name], "b": 2}


@pytest.mark.parametrize(
    "frame",
    [
        Frame("status.hint", '{"type": "hint"}'),
        Frame("hello", '{"type": "full", "snapshot": {}}'),
        Frame("status.full", "garbage"),
        Frame("", "[1]"),
        Frame("", "[" * 100_000),
        Frame("", '{"type": ["full"], "snapshot": {}}'),
        Frame("status.diff", '{"type": "full", "snapshot": {}}'),
    ],
)
def test_what_is_no_status_is_given_as_it_came(frame: Frame) -> None:
    assert list(StatusReader(1000).read(frame)) == [RawItem(frame.name, frame.data)]


@pytest.mark.parametrize("name", ["Status.Full", "status_full", "STATUS-FULL"])
def test_names_are_known_however_they_are_spelt(name: str) -> None:
    (item,) = StatusReader(1000).read(status("full", name, generated_at="a"))
    assert isinstance(item, StatusUpdate)
    assert full_document(status("full", name)) is not None


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
PARTS = st.dictionaries(st.sampled_from(["generated_at", "nodes", "users", "http", "new"]), JSON)
DOCUMENTS = st.fixed_dictionaries(
    {},
    optional={
        "type": st.sampled_from(["full", "diff"]) | JSON,
        "snapshot": PARTS | JSON,
        "event": st.just("node.added") | JSON,
        "event_id": JSON,
        "occurred_at_ms": JSON,
        "payload": JSON,
    },
)


@given(st.lists(DOCUMENTS | JSON), st.sampled_from(["", "status.full", "status.diff", "x"]))
def test_whatever_a_kernel_sends_is_an_item_or_a_broken_stream(documents: list[Any], name: str) -> None:
    status_reader, event_reader = StatusReader(10_000), EventReader()
    for document in documents:
        frame = Frame(name, json.dumps(document))
        with contextlib.suppress(BrokenStreamError):
            assert all(isinstance(item, StatusUpdate | RawItem) for item in status_reader.read(frame))
        assert all(isinstance(item, StreamedEvent | RawItem) for item in event_reader.read(frame))
        assert full_document(frame) in (None, frame.data)


def test_only_full_frames_are_status_documents() -> None:
    full = status("full", nodes=[])
    assert full_document(full) == full_document(full._replace(name="")) == full.data
    for other in (
        status("diff", nodes=[]),
        status("diff", "", nodes=[]),
        Frame("", "garbage"),
        Frame("hint", full.data),
    ):
        assert full_document(other) is None


def test_an_event_has_id_time_name_and_payload() -> None:
    frame = event("7", occurred_at_ms=1733965196123, payload={"node_id": "edge-1"})
    (item,) = EventReader().read(frame)
    occurred_at = datetime(2024, 12, 12, 0, 59, 56, 123000, UTC)
    assert item == StreamedEvent("node.degraded", "7", occurred_at, {"node_id": "edge-1"}, json.loads(frame.data))


@pytest.mark.parametrize("moment", [None, True, "now", 1e300, float("nan")])
def test_a_time_nobody_understands_is_none(moment: object) -> None:
    (item,) = EventReader().read(event("7", occurred_at_ms=moment, payload=[]))
    assert isinstance(item, StreamedEvent)
    assert item.occurred_at is None
    assert item.payload == {}


def test_an_event_is_given_once_also_over_connections() -> None:
    reader = EventReader()
    assert len(list(reader.read(event("7")))) == 1
    reader.reconnected()
    assert list(reader.read(event("7"))) == []
    assert len(list(reader.read(event("8")))) == 1


@pytest.mark.parametrize("event_id", [None, 7])
def test_events_without_an_id_cannot_be_told_apart(event_id: object) -> None:
    reader = EventReader()
    for _ in range(2):
        (item,) = reader.read(event(event_id))
        assert isinstance(item, StreamedEvent)
        assert item.event_id is None


def test_the_memory_of_ids_is_bounded() -> None:
    reader = EventReader()
    for number in range(REMEMBERED_EVENTS + 1):
        list(reader.read(event(str(number))))
    assert list(reader.read(event("1"))) == []
    assert len(list(reader.read(event("0")))) == 1


@pytest.mark.parametrize("frame", [Frame("x", "garbage"), event("7", name=5), Frame("x", "{}")])
def test_what_is_no_event_is_given_as_it_came(frame: Frame) -> None:
    assert list(EventReader().read(frame)) == [RawItem(frame.name, frame.data)]

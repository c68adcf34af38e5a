"""From frames to items: snapshots merged, events given once. Pure."""

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple, Protocol, TypeVar

from znp_kernel_client.errors import DecodeError
from znp_kernel_client.models.runtime_status_snapshot import RuntimeStatusSnapshot
from znp_panel_sync.streams._errors import BrokenStreamError
from znp_panel_sync.streams._items import RawItem, StatusUpdate, StreamedEvent

REMEMBERED_EVENTS: Final = 4096
"""So many ids of events are remembered, newest first, to give each event once."""

_UNNAMED: Final = ("", "message")
"""Event names that say nothing: of WebSocket messages, and of SSE events without a name."""

T_co = TypeVar("T_co", covariant=True)


class Frame(NamedTuple):
    """What one SSE event or WebSocket message carries; a message has no name."""

    name: str
    data: str


class FrameReader(Protocol[T_co]):
    """Makes items of the frames of one stream, over all its connections."""

    def reconnected(self) -> None:
        """Forget what held for the last connection alone."""

    def read(self, frame: Frame) -> Iterator[T_co]:
        """Yield the items of a frame; raise `BrokenStreamError` where only a new connection helps."""


class StatusReader:
    """Merges status frames into snapshots of at most `max_bytes` of JSON."""

    def __init__(self, max_bytes: int) -> None:
        self._limit = max_bytes
        self._parts: dict[str, Any] | None = None
        self._sizes: dict[str, int] = {}

    def reconnected(self) -> None:
        """Expect a full frame first."""
        self._parts = None
        self._sizes = {}

    def read(self, frame: Frame) -> Iterator[StatusUpdate | RawItem]:
        """Yield the snapshot after a frame, or the frame itself where it is none of the status."""
        document = _document(frame.data)
        kind = document.get("type") if document is not None else None
        parts = document.get("snapshot") if document is not None else None
        if kind not in ("full", "diff") or not (frame.name in _UNNAMED or _is_named(frame, f"status.{kind}")):
            yield RawItem(frame.name, frame.data)
        elif not isinstance(parts, dict):
            raise BrokenStreamError(f"a {kind} frame without a snapshot")
        else:
            yield self._full(parts) if kind == "full" else self._diff(parts)

    def _full(self, parts: dict[str, Any]) -> StatusUpdate:
        self._sizes = {}
        self._parts = parts
        return _update(parts, parts, is_full=True)

    def _diff(self, changes: dict[str, Any]) -> StatusUpdate:
        if self._parts is None:
            raise BrokenStreamError("a diff frame before any full frame")
        merged = {**self._parts, **changes}
        measured = changes if self._sizes else merged
        self._sizes |= {name: _size(part) for name, part in measured.items()}
        if sum(self._sizes.values()) > self._limit:
            raise BrokenStreamError(f"a snapshot of more than {self._limit} bytes")
        self._parts = merged
        return _update(merged, changes, is_full=False)


def full_document(frame: Frame) -> str | None:
    """Return the text of a full status frame, which a status answer looks like; None for any other frame."""
    if _is_named(frame, "status.full"):
        return frame.data
    document = _document(frame.data) if frame.name in _UNNAMED else None
    return None if document is None or document.get("type") != "full" else frame.data


class EventReader:
    """Gives each event once, by its id."""

    def __init__(self) -> None:
        self._seen: dict[str, None] = {}

    def reconnected(self) -> None:
        """Go on: an event that the kernel repeats is known."""

    def read(self, frame: Frame) -> Iterator[StreamedEvent | RawItem]:
        """Yield the event of a frame, nothing for one that was given before, or the frame itself if it is none."""
        document = _document(frame.data)
        name = document.get("event") if document is not None else None
        if document is None or not isinstance(name, str):
            yield RawItem(frame.name, frame.data)
            return
        event_id = document.get("event_id")
        if not isinstance(event_id, str):
            event_id = None
        if event_id is None or self._is_new(event_id):
            yield _event(document, name, event_id)

    def _is_new(self, event_id: str) -> bool:
        if event_id in self._seen:
            return False
        self._seen[event_id] = None
        if len(self._seen) > REMEMBERED_EVENTS:
            del self._seen[next(iter(self._seen))]
        return True


def _is_named(frame: Frame, name: str) -> bool:
    """Compare names as kernels spell them: in any case, with dots, dashes or underscores."""
    return frame.name == name or frame.name.lower().replace("-", ".").replace("_", ".") == name


def _document(data: str) -> dict[str, Any] | None:
    try:
        document = json.loads(data)
    except (ValueError, RecursionError):
        return None
    return document if isinstance(document, dict) else None


def _size(part: object) -> int:
    """Return the bytes of a part in the shortest form that JSON has, which no frame undercuts."""
    return len(json.dumps(part, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass"))


def _update(parts: Mapping[str, Any], carried: Mapping[str, Any], *, is_full: bool) -> StatusUpdate:
    try:
        snapshot = RuntimeStatusSnapshot.from_dict(parts)
    except DecodeError as error:
        raise BrokenStreamError(f"a snapshot that does not fit the contract: {error}") from None
    return StatusUpdate(snapshot, frozenset(carried), is_full, parts)


def _event(document: dict[str, Any], name: str, event_id: str | None) -> StreamedEvent:
    payload = document.get("payload")
    occurred_at = _time(document.get("occurred_at_ms"))
    return StreamedEvent(name, event_id, occurred_at, payload if isinstance(payload, dict) else {}, document)


def _time(milliseconds: object) -> datetime | None:
    if isinstance(milliseconds, bool) or not isinstance(milliseconds, int | float):
        return None
    try:
        return datetime.fromtimestamp(milliseconds / 1000, UTC)
    except (ValueError, OverflowError, OSError):
        return None

"""From a callback's document to what is recorded of it: its key, its effects and its answer. No I/O, no clock."""

import hashlib
import json
from collections.abc import Mapping
from typing import Final

from attrs import field, frozen

from znp_panel_sync.events._fields import MAX_INTEGER, Document, PayloadError, read_id
from znp_panel_sync.events._strict_json import canonical_bytes
from znp_panel_sync.events.payloads import (
    CallbackKind,
    NodeEvent,
    Payload,
    RejectedRecord,
    ServiceEvent,
    Subject,
    TrafficReport,
    UsageReport,
    read_payload,
)

CLOCK_TOLERANCE_MS: Final = 300_000
"""How far a kernel's clock may be ahead of the receiver's for its times to be believed."""

_IGNORED: Final = {"status": "ignored"}


@frozen
class Answer:
    """What the kernel is told: an HTTP status and a JSON object."""

    status: int
    content: Mapping[str, object]

    @property
    def body(self) -> bytes:
        """The answer's JSON."""
        return json.dumps(self.content, separators=(",", ":")).encode()


@frozen
class TrafficIncrement:
    """What one callback adds to a subject's bytes at one node and protocol (empty text: not said)."""

    subject: Subject
    node_id: str
    protocol: str
    bytes_up: int
    bytes_down: int


@frozen
class Effects:
    """What one callback changes in the ledger: bytes to add, a total to set, failed records to keep."""

    increments: tuple[TrafficIncrement, ...] = ()
    usage: UsageReport | None = None
    rejected: tuple[RejectedRecord, ...] = ()


@frozen
class Envelope:
    """One callback, as it is recorded.

    `key` is equal for all deliveries of one event, and for no others. Events of one `lane` are handled in their order.
    `source` tells the sender, by default its address. `pending` says that handlers wait for it. Times are epoch
    milliseconds; `occurred_at_ms` is None where the kernel does not say it, or says one so far ahead of its arrival
    (more than `CLOCK_TOLERANCE_MS`) that one of the clocks is wrong.
    """

    kind: CallbackKind
    key: str
    event: str
    source: str
    lane: str
    body: bytes = field(repr=False)
    received_at_ms: int
    occurred_at_ms: int | None
    answer: Answer
    effects: Effects
    pending: bool


def seal(
    kind: CallbackKind, document: Document, *, source: str, received_at_ms: int, handled: bool = False
) -> Envelope:
    """Read a callback and decide all that follows from it; raise `PayloadError` where it is not what it should be.

    `handled` tells whether the panel has a handler for this kind of callback.
    """
    payload = read_payload(kind, document)
    body = canonical_bytes(document)
    return Envelope(
        kind=kind,
        key=envelope_key(kind, read_id(document, "event_id"), source, body),
        event=_event_name(payload),
        source=source,
        lane=_lane(payload, source),
        body=body,
        received_at_ms=received_at_ms,
        occurred_at_ms=_believed_time(payload, received_at_ms),
        answer=Answer(200, _answer(payload, handled)),
        effects=_effects(payload),
        pending=handled,
    )


def envelope_key(kind: CallbackKind, event_id: str | None, source: str, body: bytes) -> str:
    """Return the key of deduplication: the event's id, else a digest of the canonical body with its source.

    The key is a SHA-256 either way, so that its length and alphabet suit every database. Kinds are kept apart, because
    a kernel may send one event to two of the callbacks, with an effect at each.
    """
    identity = ["id", event_id] if event_id else ["body", source]
    head = json.dumps([kind, *identity]).encode()
    return hashlib.sha256(head + (b"" if event_id else body)).hexdigest()


def _believed_time(payload: Payload, received_at_ms: int) -> int | None:
    """Return when an event occurred; a time from the future would make all that follows look old."""
    occurred = payload.occurred_at_ms if isinstance(payload, ServiceEvent) else None
    return None if occurred is None or occurred > received_at_ms + CLOCK_TOLERANCE_MS else occurred


def _event_name(payload: Payload) -> str:
    return "traffic" if isinstance(payload, TrafficReport) else payload.name


def _lane(payload: Payload, source: str) -> str:
    if isinstance(payload, TrafficReport):
        return f"traffic:{source}"
    if isinstance(payload, NodeEvent):
        return f"node:{payload.node_id}" if payload.node_id else f"event:{payload.name}"
    subject = _service_subject(payload)
    return str(subject) if subject else f"event:{payload.name}"


def _service_subject(event: ServiceEvent) -> Subject | None:
    """Return whom an event is about, where it says so in a way that is understood."""
    try:
        return Subject.from_document(event.payload or {})
    except PayloadError:
        return None


def _answer(payload: Payload, handled: bool) -> Mapping[str, object]:
    """Answer as the reference panel: `ignored` is what is recorded and changes nothing else."""
    if isinstance(payload, TrafficReport):
        return {"accepted": len(payload.records), "failed": len(payload.rejected)}
    if isinstance(payload, NodeEvent):
        return {"status": "accepted"} if handled else _IGNORED
    return {"status": "accepted", "accepted": 1} if handled or payload.usage else _IGNORED


def _effects(payload: Payload) -> Effects:
    if isinstance(payload, TrafficReport):
        return Effects(increments=_increments(payload), rejected=payload.rejected)
    return Effects(usage=payload.usage if isinstance(payload, ServiceEvent) else None)


def _increments(report: TrafficReport) -> tuple[TrafficIncrement, ...]:
    """Add up a batch by subject, node and protocol, in one order for all, so that two batches cannot deadlock."""
    sums: dict[tuple[Subject, str, str], tuple[int, int]] = {}
    for record in report.records:
        place = (record.subject, record.node_id or "", record.protocol or "")
        up, down = sums.get(place, (0, 0))
        sums[place] = (min(up + record.bytes_up, MAX_INTEGER), min(down + record.bytes_down, MAX_INTEGER))
    ordered = sorted(sums.items(), key=lambda entry: (str(entry[0][0]), *entry[0][1:]))
    return tuple(TrafficIncrement(*place, *amounts) for place, amounts in ordered)

"""What callbacks say, typed.

Each class is read from a decoded document by its `from_document`, which raises `PayloadError` naming the field that
is wrong. What the contract does not know is left in `document`, as it came.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final, Literal, Self

from attrs import field, frozen

from znp_panel_sync.events._fields import (
    MAX_INTEGER,
    MAX_NAME_CHARACTERS,
    Document,
    PayloadError,
    read_id,
    read_integer,
    read_list,
    read_name,
    read_object,
    read_text,
)
from znp_panel_sync.events._strict_json import canonical_bytes
from znp_panel_sync.events.names import NODE_EVENTS, TRAFFIC_REPORTED, canonical_event

MAX_RECORDS: Final = 40_000
"""Records of one traffic callback: more than 1 MiB holds of good ones, so that this bounds only rubbish."""

SHOWN_RECORD_CHARACTERS: Final = 2000
"""How much of a record that failed is kept beside its reason."""

_NODE_EVENTS: Final = frozenset(map(canonical_event, NODE_EVENTS))
_TRAFFIC_REPORTED: Final = canonical_event(TRAFFIC_REPORTED)


class CallbackKind(StrEnum):
    """What a callback is about; the value is the last part of its path."""

    NODE_EVENT = "events"
    TRAFFIC = "traffic"
    SERVICE_EVENT = "service-events"


@frozen
class Subject:
    """Whose traffic it is: a subscription, or a user where no subscription is named."""

    kind: Literal["subscription", "user"]
    id: str

    @classmethod
    def from_document(cls, document: Document) -> Self | None:
        """Read `subscription_id` first, else `user_id`; None where neither is given."""
        if subscription := read_id(document, "subscription_id"):
            return cls("subscription", subscription)
        user = read_id(document, "user_id")
        return cls("user", user) if user else None

    def __str__(self) -> str:
        return f"{self.kind}:{self.id}"


@frozen
class NodeEvent:
    """Something happened to a node of a kernel.

    `event` is as it came; `name` is its canonical form. `node_id` is the kernel's id of the node (None only for events
    that the contract does not know), `observed_at` is in epoch seconds, and None everywhere means: not said.
    """

    event: str
    node_id: str | None
    protocol: str | None = None
    status: str | None = None
    message: str | None = None
    observed_at: int | None = None
    document: Document = field(factory=dict, repr=False)

    @property
    def name(self) -> str:
        """The event's name as it is compared: `node_degraded` for `node.degraded`."""
        return canonical_event(self.event)

    @property
    def known(self) -> bool:
        """Whether the contract knows this event."""
        return self.name in _NODE_EVENTS

    @classmethod
    def from_document(cls, document: Document) -> Self:
        """Read a node event: flat, or with its facts in `payload` as the frames of the stream have them."""
        event = _required_event(document)
        facts = {**(read_object(document, "payload") or {}), **document}
        node_id = read_id(facts, "id") or read_id(facts, "node_id")
        if node_id is None and canonical_event(event) in _NODE_EVENTS:
            raise PayloadError("id", "is missing, and so is node_id")
        return cls(
            event,
            node_id,
            protocol=read_name(facts, "protocol"),
            status=read_name(facts, "status"),
            message=read_text(facts, "message"),
            observed_at=read_integer(facts, "observed_at"),
            document=document,
        )


@frozen
class TrafficRecord:
    """Bytes that a subject has moved since the last record: increments, not totals. `observed_at`: epoch seconds."""

    subject: Subject
    bytes_up: int
    bytes_down: int
    node_id: str | None = None
    protocol: str | None = None
    binding_id: str | None = None
    observed_at: int | None = None

    @classmethod
    def from_document(cls, document: object) -> Self:
        """Read one record; a byte count that is absent is 0, but not both of them."""
        if not isinstance(document, dict):
            raise PayloadError("record", "must be an object")
        subject = Subject.from_document(document)
        if subject is None:
            raise PayloadError("subscription_id", "is missing, and so is user_id")
        up, down = read_integer(document, "bytes_up"), read_integer(document, "bytes_down")
        if up is None and down is None:
            raise PayloadError("bytes_up", "is missing, and so is bytes_down")
        return cls(
            subject,
            up or 0,
            down or 0,
            read_id(document, "node_id"),
            read_name(document, "protocol"),
            read_id(document, "binding_id"),
            read_integer(document, "observed_at"),
        )


@frozen
class RejectedRecord:
    """A record that failed alone: its place in the batch, why, and the first 2,000 characters of its JSON."""

    position: int
    reason: str
    record: str = field(repr=False)


@frozen
class TrafficReport:
    """One traffic callback: the records that count, and those that failed."""

    records: tuple[TrafficRecord, ...]
    rejected: tuple[RejectedRecord, ...] = ()

    @classmethod
    def from_document(cls, document: Document) -> Self:
        """Read a batch, in which one bad record fails alone."""
        items = read_list(document, "records")
        if items is None:
            raise PayloadError("records", "is missing")
        if len(items) > MAX_RECORDS:
            raise PayloadError("records", f"must be at most {MAX_RECORDS}")
        records: list[TrafficRecord] = []
        rejected: list[RejectedRecord] = []
        for position, item in enumerate(items):
            try:
                records.append(TrafficRecord.from_document(item))
            except PayloadError as error:
                text = canonical_bytes(item).decode()[:SHOWN_RECORD_CHARACTERS]
                rejected.append(RejectedRecord(position, str(error), text))
        return cls(tuple(records), tuple(rejected))


@frozen
class UsageReport:
    """How many bytes of its quota a subject has used in all: a total, which replaces the one before."""

    subject: Subject
    used: int

    @classmethod
    def from_document(cls, payload: Document) -> Self:
        """Read `current.used`, else `traffic.used`, else `used`; a negative total counts as 0."""
        subject = Subject.from_document(payload)
        if subject is None:
            raise PayloadError("payload.subscription_id", "is missing, and so is user_id")
        return cls(subject, _read_used(payload))


@frozen
class ServiceEvent:
    """Something happened in a kernel's service, such as a user's quota or traffic.

    `usage` is what a `user.traffic.reported` says (None for other events), `occurred_at_ms` is in epoch milliseconds,
    and None everywhere means: not said.
    """

    event: str
    event_id: str | None = None
    occurred_at_ms: int | None = None
    payload: Document | None = field(default=None, repr=False)
    records: tuple[object, ...] = field(default=(), repr=False)
    usage: UsageReport | None = None
    document: Document = field(factory=dict, repr=False)

    @property
    def name(self) -> str:
        """The event's name as it is compared: `user_quota_changed` for `user.quota.changed`."""
        return canonical_event(self.event)

    @classmethod
    def from_document(cls, document: Document) -> Self:
        """Read a service event; only `user.traffic.reported` must have a payload of a known form."""
        event = _required_event(document)
        payload = read_object(document, "payload")
        reports_usage = canonical_event(event) == _TRAFFIC_REPORTED
        return cls(
            event,
            event_id=read_id(document, "event_id"),
            occurred_at_ms=read_integer(document, "occurred_at_ms"),
            payload=payload,
            records=tuple(read_list(document, "records") or ()),
            usage=UsageReport.from_document(payload or {}) if reports_usage else None,
            document=document,
        )


Payload = NodeEvent | TrafficReport | ServiceEvent

_READERS: Final[Mapping[CallbackKind, type[NodeEvent] | type[TrafficReport] | type[ServiceEvent]]] = {
    CallbackKind.NODE_EVENT: NodeEvent,
    CallbackKind.TRAFFIC: TrafficReport,
    CallbackKind.SERVICE_EVENT: ServiceEvent,
}


def read_payload(kind: CallbackKind, document: Document) -> Payload:
    """Read the document of a callback of one kind."""
    return _READERS[kind].from_document(document)


def guess_kind(document: Document) -> CallbackKind:
    """Tell by its fields what a document is, for panels whose three callback paths end in one function."""
    if "event" not in document:
        return CallbackKind.TRAFFIC
    if canonical_event(str(document["event"])) in _NODE_EVENTS:
        return CallbackKind.NODE_EVENT
    flat_node_event = ("id" in document or "node_id" in document) and "payload" not in document
    return CallbackKind.NODE_EVENT if flat_node_event else CallbackKind.SERVICE_EVENT


def _required_event(document: Document) -> str:
    event = read_name(document, "event")
    if event is None:
        raise PayloadError("event", "is missing")
    if len(canonical_event(event)) > MAX_NAME_CHARACTERS:  # as lower case may be longer
        raise PayloadError("event", f"must have at most {MAX_NAME_CHARACTERS} characters")
    return event


def _read_used(payload: Document) -> int:
    for place in (read_object(payload, "current"), read_object(payload, "traffic"), payload):
        used = (place or {}).get("used")
        if used is None:
            continue
        if not isinstance(used, int) or isinstance(used, bool) or used > MAX_INTEGER:
            raise PayloadError("used", "must be an integer up to 2^63-1")
        return max(used, 0)
    raise PayloadError("used", "is missing")

"""What was received, once: the protocols that stores of callbacks implement.

A ledger records an envelope, its key and its effects in one transaction. Handlers run after that, from the ledger's
queue, so that none of their faults can lose an event.
"""

from collections.abc import Callable, Iterable, Sequence
from enum import StrEnum
from typing import Protocol, cast

from attrs import field, frozen

from znp_panel_sync.errors import ZnpError
from znp_panel_sync.events._strict_json import parse_strictly
from znp_panel_sync.events.envelopes import Answer, Envelope
from znp_panel_sync.events.payloads import CallbackKind, Payload, RejectedRecord, Subject, read_payload


class LedgerUnavailableError(ZnpError):
    """The ledger's database is away, locked or full. Nothing was recorded; the same call may succeed later."""

    retryable = True


class EventState(StrEnum):
    """Where an event stands with the panel's handlers."""

    RECORDED = "recorded"
    """No handler waits for it."""
    PENDING = "pending"
    HANDLED = "handled"
    DEAD = "dead"
    """Its handler failed too often; it waits for `replay`."""


@frozen
class StoredEvent:
    """An event as the ledger holds it. `number` grows with arrival; `attempts` counts failed runs of the handler.

    `last_error` is the handler's last error (None: none yet). `due_at_ms` is when it may be taken from the queue; of an
    event that is taken, the end of the claim, which also tells one claim from another. Times are epoch milliseconds.
    """

    number: int
    kind: CallbackKind
    event: str
    source: str
    lane: str
    received_at_ms: int
    state: EventState
    attempts: int
    last_error: str | None
    body: bytes = field(repr=False)
    due_at_ms: int = 0

    def payload(self) -> Payload:
        """Read the event's payload again from its recorded body."""
        document = cast("dict[str, object]", parse_strictly(self.body))  # as only objects are ever sealed
        return read_payload(self.kind, document)


@frozen
class StoredRejectedRecord(RejectedRecord):
    """A record that failed, and where it came from: the number of its event, its sender, its arrival (epoch ms)."""

    event_number: int
    source: str
    received_at_ms: int


@frozen
class TrafficTotal:
    """Bytes of one subject at one node and protocol (empty text: not said), summed over all callbacks.

    A sum that would pass 2^63-1 stays there.
    """

    subject: Subject
    node_id: str
    protocol: str
    bytes_up: int
    bytes_down: int


@frozen
class NodeTraffic:
    """Bytes at one node and protocol, summed over all subjects."""

    node_id: str
    protocol: str
    bytes_up: int
    bytes_down: int


@frozen
class Usage:
    """The last total that was reported of a subject.

    `occurred_at_ms` is the latest time that a report said of itself (epoch milliseconds; None: none said any). A report
    that says an earlier one changes nothing.
    """

    subject: Subject
    used: int
    occurred_at_ms: int | None


class EventLedger(Protocol):
    """Where callbacks are recorded. Methods block, may be called from any thread, and raise `LedgerUnavailableError`.

    Two processes may record into one ledger at once.
    """

    def record(self, envelope: Envelope) -> Answer:
        """Record an envelope with its effects, once for its key, and return the answer of the first time."""
        ...

    def traffic_totals(self, subject: Subject | None = None) -> Sequence[TrafficTotal]:
        """Return the summed bytes of one subject, or of all."""
        ...

    def node_traffic(self) -> Sequence[NodeTraffic]:
        """Return the summed bytes by node and protocol."""
        ...

    def usage(self, subject: Subject) -> Usage | None:
        """Return the last reported total of a subject; None where none was."""
        ...

    def rejected_records(self, *, limit: int = 100) -> Sequence[StoredRejectedRecord]:
        """Return the newest records that failed, newest first."""
        ...

    def purge(self, now_ms: int) -> int:
        """Forget what is older than the ledger's ages of retention; return how many rows went."""
        ...


class EventQueue(Protocol):
    """The side of a ledger that hands events to the panel's handlers. Times are epoch milliseconds.

    What is said of an event whose claim ran out changes nothing where another worker has taken it since.
    """

    def claim(
        self, now_ms: int, *, lease_ms: int, limit: int, wanted: Callable[[str], bool] | None = None
    ) -> Sequence[StoredEvent]:
        """Take the first open event of each lane that is due, so that nobody else takes it before `lease_ms` are over.

        An event that waits for its next try holds back the later ones of its lane. `wanted` says of which lanes events
        are taken (None: of all).
        """
        ...

    def settle(self, event: StoredEvent, now_ms: int, *, lease_ms: int) -> StoredEvent | None:
        """Note that an event was handled, and take the next one of its lane; None where none is due."""
        ...

    def release(self, events: Iterable[StoredEvent]) -> None:
        """Give back claimed events for which no handler was called: they are due at once."""
        ...

    def postpone(self, event: StoredEvent, *, error: str, until_ms: int) -> None:
        """Note a failed attempt, and when to try again."""
        ...

    def bury(self, event: StoredEvent, *, error: str) -> None:
        """Note the last failed attempt: the event becomes a dead letter, and its lane goes on."""
        ...

    def dead_letters(self, *, limit: int = 100) -> Sequence[StoredEvent]:
        """Return dead letters, oldest first."""
        ...

    def replay(self, numbers: Iterable[int]) -> int:
        """Put dead letters back into the queue, with all attempts; return how many were dead."""
        ...

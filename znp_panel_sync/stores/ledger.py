"""`SqlEventLedger`: received callbacks in SQLite, PostgreSQL or MySQL."""

import json
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

from attrs import evolve
from sqlalchemy import (
    ColumnElement,
    Connection,
    CursorResult,
    Engine,
    Row,
    Select,
    Table,
    and_,
    delete,
    func,
    insert,
    select,
    update,
)

from znp_panel_sync.errors import ConfigurationError
from znp_panel_sync.events.envelopes import Answer, Envelope
from znp_panel_sync.events.ledger import (
    EventState,
    LedgerUnavailableError,
    NodeTraffic,
    StoredEvent,
    StoredRejectedRecord,
    TrafficTotal,
    Usage,
)
from znp_panel_sync.events.payloads import CallbackKind, Subject, UsageReport
from znp_panel_sync.stores import _ledger_tables as tables
from znp_panel_sync.stores._database import Database
from znp_panel_sync.stores._ledger_tables import EVENTS, KEYS, REJECTED, TOTALS, USAGE

DAY: Final = 86_400.0

KEEP_EVENTS_SECONDS: Final = 30 * DAY
"""How long bodies are kept by default: long enough to look into a bill of last month."""

SHOWN_ERROR_CHARACTERS: Final = 2000
_ROWS_OF_ONE_PURGE: Final = 1000
"""Rows that one transaction of a purge deletes, so that callbacks never wait long for it."""

_FINISHED: Final = (EventState.RECORDED.value, EventState.HANDLED.value)


class SqlEventLedger:
    """An `EventLedger` and `EventQueue` over SQLAlchemy.

    `url` is a database's URL, or an engine, which is used as it is; the first use of one in autocommit raises
    `ConfigurationError`. SQLite in a file is written with full durability. Tables are called `znp_…` and made at the
    first use.

    `in_transaction` is called with the connection and the envelope inside the transaction that records it: what it
    writes there is committed with the envelope or not at all. An error of it refuses the callback with 503.

    `keep_events_seconds` and `keep_keys_seconds` are the ages at which `purge` forgets bodies and keys (None: never);
    keys last at least as long as bodies. A delivery that comes again after its key was forgotten counts again. Events
    that wait for their handler, or are dead letters, are never forgotten.

    Methods block, may be called from any thread, and raise `LedgerUnavailableError`. They may be called after a fork
    too; with SQLite, that must not happen while another thread writes, because SQLite's locks would stay in the child.
    Raises `ConfigurationError` naming the argument that is wrong.
    """

    def __init__(
        self,
        url: str | Engine,
        *,
        in_transaction: Callable[[Connection, Envelope], None] | None = None,
        keep_events_seconds: float | None = KEEP_EVENTS_SECONDS,
        keep_keys_seconds: float | None = None,
    ) -> None:
        _check_ages(keep_events_seconds, keep_keys_seconds)
        self._database = Database(url, tables.METADATA, unavailable=LedgerUnavailableError)
        self._in_transaction = in_transaction
        self._keep_events = keep_events_seconds
        self._keep_keys = keep_keys_seconds
        dialect = self._database.dialect
        self._insert_key = tables.insert_key(dialect.name)
        self._totals = tables.TotalsWriter(dialect)
        self._set_usage = tables.set_usage(dialect.name)

    def close(self) -> None:
        """Close all connections."""
        self._database.close()

    def record(self, envelope: Envelope) -> Answer:
        """Record an envelope with its effects, once for its key, and return the answer of the first time."""
        with self._database.write() as connection:
            if _count(connection.execute(self._insert_key, _key_row(envelope))) == 0:
                return _stored_answer(connection, envelope.key)
            number = connection.execute(insert(EVENTS), _event_row(envelope)).inserted_primary_key
            self._apply(connection, envelope, number[0] if number else 0)
            if self._in_transaction:
                self._in_transaction(connection, envelope)
        return envelope.answer

    def traffic_totals(self, subject: Subject | None = None) -> Sequence[TrafficTotal]:
        """Return the summed bytes of one subject, or of all."""
        query = select(TOTALS).order_by(*TOTALS.primary_key)
        if subject:
            query = query.where(_is_subject(TOTALS, subject))
        return [
            TrafficTotal(_subject(row), row.node_id, row.protocol, row.bytes_up, row.bytes_down)
            for row in self._rows(query)
        ]

    def node_traffic(self) -> Sequence[NodeTraffic]:
        """Return the summed bytes by node and protocol."""
        sums: dict[tuple[str, str], tuple[int, int]] = {}
        columns = TOTALS.c.node_id, TOTALS.c.protocol, TOTALS.c.bytes_up, TOTALS.c.bytes_down
        for row in self._rows(select(*columns).order_by(TOTALS.c.node_id, TOTALS.c.protocol)):
            up, down = sums.get((row.node_id, row.protocol), (0, 0))
            sums[row.node_id, row.protocol] = up + row.bytes_up, down + row.bytes_down
        return [NodeTraffic(*place, *amounts) for place, amounts in sums.items()]

    def usage(self, subject: Subject) -> Usage | None:
        """Return the last reported total of a subject; None where none was."""
        rows = self._rows(select(USAGE).where(_is_subject(USAGE, subject)))
        return next((Usage(subject, row.used, row.occurred_at_ms) for row in rows), None)

    def rejected_records(self, *, limit: int = 100) -> Sequence[StoredRejectedRecord]:
        """Return the newest records that failed, newest first."""
        query = select(REJECTED).order_by(REJECTED.c.number.desc()).limit(limit)
        return [
            StoredRejectedRecord(row.position, row.reason, row.record, row.event_number, row.source, row.received_at_ms)
            for row in self._rows(query)
        ]

    def events(self, *, after: int = 0, limit: int = 100) -> Sequence[StoredEvent]:
        """Return recorded events in the order of their numbers, those with a number above `after`.

        This is for looking at events, and not a feed: numbers are given when a callback arrives, and on PostgreSQL and
        MySQL one that is recorded beside others may appear after larger ones. `claim` misses none.
        """
        query = select(EVENTS).where(EVENTS.c.number > after).order_by(EVENTS.c.number).limit(limit)
        return [_stored_event(row) for row in self._rows(query)]

    def purge(self, now_ms: int) -> int:
        """Forget what is older than its age of retention; return how many rows went."""
        finished = EVENTS.c.state.in_(_FINISHED)
        return (
            self._purge(EVENTS.c.number, EVENTS.c.received_at_ms, now_ms, self._keep_events, finished)
            + self._purge(REJECTED.c.number, REJECTED.c.received_at_ms, now_ms, self._keep_events)
            + self._purge(KEYS.c.key, KEYS.c.received_at_ms, now_ms, self._keep_keys)
        )

    def claim(
        self, now_ms: int, *, lease_ms: int, limit: int, wanted: Callable[[str], bool] | None = None
    ) -> Sequence[StoredEvent]:
        """Take the first open event of each lane that is due, so that nobody else takes it before the lease is over.

        `wanted` says of which lanes events are taken (None: of all).
        """
        with self._database.read() as connection:
            rows = _due_rows(connection, now_ms, limit, wanted or _any_lane)
        if not rows:
            return []
        with self._database.write() as connection:
            leased = (_lease(connection, row, now_ms + lease_ms) for row in rows)
            return [event for event in leased if event]

    def settle(self, event: StoredEvent, now_ms: int, *, lease_ms: int) -> StoredEvent | None:
        """Note that an event was handled, and take the next one of its lane; None where none is due."""
        with self._database.write() as connection:
            if not _move(connection, event, state=EventState.HANDLED.value):
                return None
            following = connection.execute(_first_of_lane(event.lane)).one_or_none()
            if following is None or following.due_at_ms > now_ms:
                return None
            return _lease(connection, following, now_ms + lease_ms)

    def release(self, events: Iterable[StoredEvent]) -> None:
        """Give back claimed events for which no handler was called."""
        with self._database.write() as connection:
            for event in events:
                _move(connection, event, due_at_ms=0)

    def postpone(self, event: StoredEvent, *, error: str, until_ms: int) -> None:
        """Note a failed attempt, and when to try again."""
        self._fail(event, error, due_at_ms=until_ms)

    def bury(self, event: StoredEvent, *, error: str) -> None:
        """Note the last failed attempt: the event becomes a dead letter, and its lane goes on."""
        self._fail(event, error, state=EventState.DEAD.value)

    def dead_letters(self, *, limit: int = 100) -> Sequence[StoredEvent]:
        """Return dead letters, oldest first."""
        query = select(EVENTS).where(tables.IS_DEAD).order_by(EVENTS.c.number).limit(limit)
        return [_stored_event(row) for row in self._rows(query)]

    def replay(self, numbers: Iterable[int]) -> int:
        """Put dead letters back into the queue, with all attempts; return how many were dead."""
        dead = and_(EVENTS.c.number.in_(list(numbers)), tables.IS_DEAD)
        again = update(EVENTS).where(dead).values(state=EventState.PENDING.value, attempts=0, due_at_ms=0)
        with self._database.write() as connection:
            return _count(connection.execute(again))

    def _apply(self, connection: Connection, envelope: Envelope, number: int) -> None:
        effects = envelope.effects
        if effects.increments:
            self._totals.write(connection, effects.increments)
        if effects.usage:
            connection.execute(self._set_usage, _usage_row(effects.usage, envelope.occurred_at_ms))
        if effects.rejected:
            connection.execute(insert(REJECTED), _rejected_rows(envelope, number))

    def _fail(self, event: StoredEvent, error: str, **values: object) -> None:
        with self._database.write() as connection:
            _move(connection, event, attempts=event.attempts + 1, last_error=_storable(error), **values)

    def _rows(self, query: Select[Any]) -> Sequence[Row[Any]]:
        with self._database.read() as connection:
            return connection.execute(query).all()

    def _purge(
        self,
        identity: ColumnElement[Any],
        received: ColumnElement[int],
        now_ms: int,
        keep: float | None,
        *also: ColumnElement[bool],
    ) -> int:
        """Delete old rows in small transactions; `keep` None keeps all."""
        if keep is None:
            return 0
        old = select(identity).where(received < now_ms - int(keep * 1000), *also).limit(_ROWS_OF_ONE_PURGE)
        gone = 0
        while True:
            with self._database.write() as connection:
                found = connection.execute(old).scalars().all()
                connection.execute(delete(identity.table).where(identity.in_(found)))
            gone += len(found)
            if len(found) < _ROWS_OF_ONE_PURGE:
                return gone


def _any_lane(_: str) -> bool:
    return True


def _due_rows(connection: Connection, now_ms: int, limit: int, wanted: Callable[[str], bool]) -> list[Row[Any]]:
    """Return the first open events of wanted lanes that are due, at most `limit`."""
    first = select(func.min(EVENTS.c.number)).where(tables.IS_PENDING).group_by(EVENTS.c.lane)
    due = select(EVENTS).where(EVENTS.c.number.in_(first), EVENTS.c.due_at_ms <= now_ms)
    in_order = due.order_by(EVENTS.c.number).limit(limit)
    found: list[Row[Any]] = []
    page = connection.execute(in_order).all()
    while page and len(found) < limit:
        found += [row for row in page if wanted(row.lane)]
        is_last = len(page) < limit
        page = [] if is_last else connection.execute(in_order.where(EVENTS.c.number > page[-1].number)).all()
    return found[:limit]


def _first_of_lane(lane: str) -> Select[Any]:
    return select(EVENTS).where(tables.IS_PENDING, EVENTS.c.lane == lane).order_by(EVENTS.c.number).limit(1)


def _lease(connection: Connection, row: Row[Any], until_ms: int) -> StoredEvent | None:
    """Take one event, unless another worker has taken it since it was read."""
    event = _stored_event(row)
    return evolve(event, due_at_ms=until_ms) if _move(connection, event, due_at_ms=until_ms) else None


def _move(connection: Connection, event: StoredEvent, **values: object) -> bool:
    """Change an open event, unless its claim ran out and another worker took it; return whether it was changed."""
    unchanged = and_(EVENTS.c.number == event.number, EVENTS.c.due_at_ms == event.due_at_ms, tables.IS_PENDING)
    return _count(connection.execute(update(EVENTS).where(unchanged).values(**values))) == 1


def _check_ages(keep_events: float | None, keep_keys: float | None) -> None:
    for name, age in (("keep_events_seconds", keep_events), ("keep_keys_seconds", keep_keys)):
        if age is not None and not age > 0:
            raise ConfigurationError(name, "must be above 0 seconds, or None for ever")
    if keep_keys is not None and (keep_events is None or keep_keys < keep_events):
        raise ConfigurationError("keep_keys_seconds", "must be at least keep_events_seconds")


def _key_row(envelope: Envelope) -> dict[str, object]:
    return {
        "key": envelope.key,
        "status": envelope.answer.status,
        "answer": json.dumps(envelope.answer.content),
        "received_at_ms": envelope.received_at_ms,
    }


def _stored_answer(connection: Connection, key: str) -> Answer:
    row = connection.execute(select(KEYS.c.status, KEYS.c.answer).where(KEYS.c.key == key)).one()
    return Answer(row.status, json.loads(row.answer))


def _event_row(envelope: Envelope) -> dict[str, object]:
    return {
        "key": envelope.key,
        "kind": envelope.kind.value,
        "event": envelope.event,
        "source": envelope.source,
        "lane": envelope.lane,
        "received_at_ms": envelope.received_at_ms,
        "occurred_at_ms": envelope.occurred_at_ms,
        "body": envelope.body,
        "state": (EventState.PENDING if envelope.pending else EventState.RECORDED).value,
        "attempts": 0,
        "due_at_ms": 0,
    }


def _usage_row(report: UsageReport, occurred_at_ms: int | None) -> dict[str, object]:
    subject = report.subject
    return {
        "subject_kind": subject.kind,
        "subject_id": subject.id,
        "used": report.used,
        "occurred_at_ms": occurred_at_ms,
    }


def _rejected_rows(envelope: Envelope, number: int) -> list[dict[str, object]]:
    return [
        {
            "event_number": number,
            "position": rejected.position,
            "reason": rejected.reason,
            "record": rejected.record,
            "source": envelope.source,
            "received_at_ms": envelope.received_at_ms,
        }
        for rejected in envelope.effects.rejected
    ]


def _stored_event(row: Row[Any]) -> StoredEvent:
    return StoredEvent(
        number=row.number,
        kind=CallbackKind(row.kind),
        event=row.event,
        source=row.source,
        lane=row.lane,
        received_at_ms=row.received_at_ms,
        state=EventState(row.state),
        attempts=row.attempts,
        last_error=row.last_error,
        body=row.body,
        due_at_ms=row.due_at_ms,
    )


def _storable(error: str) -> str:
    """Return the beginning of a text that any database takes: without lone surrogates and NUL."""
    return error[:SHOWN_ERROR_CHARACTERS].encode("utf-8", "replace").decode().replace("\0", "?")


def _is_subject(table: Table, subject: Subject) -> ColumnElement[bool]:
    return and_(table.c.subject_kind == subject.kind, table.c.subject_id == subject.id)


def _subject(row: Row[Any]) -> Subject:
    return Subject(row.subject_kind, row.subject_id)


def _count(result: CursorResult[Any]) -> int:
    return result.rowcount

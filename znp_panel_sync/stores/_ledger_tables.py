"""The tables of a ledger, and the statements that differ from database to database."""

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Connection,
    Dialect,
    Index,
    Insert,
    Integer,
    LargeBinary,
    MetaData,
    Select,
    String,
    Table,
    Text,
    bindparam,
    case,
    func,
    insert,
    literal,
    literal_column,
    select,
    true,
)
from sqlalchemy.dialects import mysql, postgresql, sqlite

from znp_panel_sync.events._fields import MAX_INTEGER
from znp_panel_sync.events.envelopes import TrafficIncrement
from znp_panel_sync.events.ledger import EventState
from znp_panel_sync.stores._database import BYTEWISE

_MEDIUM_BLOB: Final = 2**24 - 1

METADATA: Final = MetaData()

_ROW_NUMBER: Final = BigInteger().with_variant(Integer, "sqlite")
_OPTIONS: Final[dict[str, Any]] = {**BYTEWISE, "sqlite_autoincrement": True}

KEYS: Final = Table(
    "znp_event_keys",
    METADATA,
    Column("key", String(64), primary_key=True),
    Column("status", Integer, nullable=False),
    Column("answer", Text, nullable=False),
    Column("received_at_ms", BigInteger, nullable=False, index=True),
    **_OPTIONS,
)

EVENTS: Final = Table(
    "znp_events",
    METADATA,
    Column("number", _ROW_NUMBER, primary_key=True, autoincrement=True),
    Column("key", String(64), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("event", String(64), nullable=False),
    Column("source", String(128), nullable=False),
    Column("lane", String(192), nullable=False),
    Column("received_at_ms", BigInteger, nullable=False, index=True),
    Column("occurred_at_ms", BigInteger),
    Column("body", LargeBinary(_MEDIUM_BLOB), nullable=False),
    Column("state", String(16), nullable=False),
    Column("attempts", Integer, nullable=False, default=0),
    Column("due_at_ms", BigInteger, nullable=False),
    Column("last_error", Text),
    **_OPTIONS,
)


def _in_state(state: EventState) -> ColumnElement[bool]:
    """Compare with a state that is part of the text: planners use no partial index for the sake of a parameter."""
    return EVENTS.c.state == literal(state.value, literal_execute=True)


IS_PENDING: Final = _in_state(EventState.PENDING)
IS_DEAD: Final = _in_state(EventState.DEAD)

_PENDING_ONLY: Final[dict[str, Any]] = {"sqlite_where": IS_PENDING, "postgresql_where": IS_PENDING}
_DEAD_ONLY: Final[dict[str, Any]] = {"sqlite_where": IS_DEAD, "postgresql_where": IS_DEAD}
Index("znp_events_pending", EVENTS.c.state, EVENTS.c.lane, EVENTS.c.number, **_PENDING_ONLY)
Index("znp_events_dead", EVENTS.c.state, EVENTS.c.number, **_DEAD_ONLY)

TOTALS: Final = Table(
    "znp_traffic_totals",
    METADATA,
    Column("subject_kind", String(16), primary_key=True),
    Column("subject_id", String(128), primary_key=True),
    Column("node_id", String(128), primary_key=True),
    Column("protocol", String(64), primary_key=True),
    Column("bytes_up", BigInteger, nullable=False),
    Column("bytes_down", BigInteger, nullable=False),
    **_OPTIONS,
)

USAGE: Final = Table(
    "znp_usage",
    METADATA,
    Column("subject_kind", String(16), primary_key=True),
    Column("subject_id", String(128), primary_key=True),
    Column("used", BigInteger, nullable=False),
    Column("occurred_at_ms", BigInteger),
    **_OPTIONS,
)

REJECTED: Final = Table(
    "znp_rejected_records",
    METADATA,
    Column("number", _ROW_NUMBER, primary_key=True, autoincrement=True),
    Column("event_number", _ROW_NUMBER, nullable=False),
    Column("position", Integer, nullable=False),
    Column("reason", Text, nullable=False),
    Column("record", Text, nullable=False),
    Column("source", String(128), nullable=False),
    Column("received_at_ms", BigInteger, nullable=False, index=True),
    **_OPTIONS,
)


def insert_key(dialect: str) -> Insert:
    """Return the statement that inserts a key, or nothing where it is there; the count of rows tells which."""
    statement: Insert
    if dialect in ("mysql", "mariadb"):
        statement = insert(KEYS).prefix_with("IGNORE")
    else:
        statement = _conflicting(dialect, KEYS).on_conflict_do_nothing()
    return statement.execution_options(preserve_rowcount=True)


class TotalsWriter:
    """Adds bytes to totals, in one statement for a batch where the database has such; sums stay at 2^63-1."""

    def __init__(self, dialect: Dialect) -> None:
        self._dialect = dialect.name
        self._statement = _add_totals(dialect.name)
        self._text = str(self._statement.compile(dialect=dialect))

    def write(self, connection: Connection, increments: Sequence[TrafficIncrement]) -> None:
        """Add all of these."""
        rows = [
            (one.subject.kind, one.subject.id, one.node_id, one.protocol, one.bytes_up, one.bytes_down)
            for one in increments
        ]
        names = TOTALS.c.keys()
        if self._dialect == "sqlite":
            # SQLAlchemy takes as long to arrange the parameters of a row as SQLite takes to write it.
            connection.exec_driver_sql(self._text, rows)
        elif self._dialect == "postgresql":
            connection.execute(self._statement, dict(zip(names, map(list, zip(*rows, strict=True)), strict=True)))
        else:
            connection.execute(self._statement, [dict(zip(names, row, strict=True)) for row in rows])


def _add_totals(dialect: str) -> Insert:
    if dialect in ("mysql", "mariadb"):
        statement = mysql.insert(TOTALS)
        new = statement.inserted
        return statement.on_duplicate_key_update(
            {name: _saturated(TOTALS.c[name], new[name]) for name in ("bytes_up", "bytes_down")}
        )
    rows = _conflicting(dialect, TOTALS)
    upsert = rows.from_select(list(TOTALS.c), _columns_as_rows()) if dialect == "postgresql" else rows
    return upsert.on_conflict_do_update(
        index_elements=list(TOTALS.primary_key),
        set_={name: _saturated(TOTALS.c[name], upsert.excluded[name]) for name in ("bytes_up", "bytes_down")},
    )


def set_usage(dialect: str) -> Insert:
    """Return the statement that sets a total, unless one is there that was true later.

    A total without a time is the newest when it arrives, and leaves the time that is there: clocks of receivers do not
    mix with those of kernels.
    """
    if dialect in ("mysql", "mariadb"):
        statement = mysql.insert(USAGE)
        new = statement.inserted
        # MySQL assigns from left to right: the time is compared before it changes.
        return statement.on_duplicate_key_update(
            [
                ("used", case((_is_older(new.occurred_at_ms), USAGE.c.used), else_=new.used)),
                ("occurred_at_ms", _latest(new.occurred_at_ms)),
            ]
        )
    upsert = _conflicting(dialect, USAGE)
    return upsert.on_conflict_do_update(
        index_elements=list(USAGE.primary_key),
        set_={"used": upsert.excluded.used, "occurred_at_ms": _latest(upsert.excluded.occurred_at_ms)},
        where=_is_older(upsert.excluded.occurred_at_ms).is_not(true()),
    )


def _is_older(occurred: ColumnElement[int]) -> ColumnElement[bool]:
    """Return whether a time lies before the one that is there; NULL where one of them is missing."""
    return occurred < USAGE.c.occurred_at_ms


def _latest(occurred: ColumnElement[int]) -> ColumnElement[int]:
    """Return a time, unless it is missing or older than the one that is there."""
    return case((occurred >= USAGE.c.occurred_at_ms, occurred), else_=func.coalesce(USAGE.c.occurred_at_ms, occurred))


def _conflicting(dialect: str, table: Table) -> postgresql.Insert | sqlite.Insert:
    return postgresql.insert(table) if dialect == "postgresql" else sqlite.insert(table)


def _columns_as_rows() -> Select[Any]:
    """Turn an array for each column into rows: one statement for a batch, where the driver would send one for each."""
    return select(*(func.unnest(bindparam(one.name, type_=postgresql.ARRAY(one.type))) for one in TOTALS.c))


def _saturated(old: ColumnElement[int], new: ColumnElement[int]) -> ColumnElement[int]:
    """Return the sum, or the largest integer where it would pass it.

    The integer is part of the text: MySQL's driver takes no parameters behind the rows of a batch.
    """
    largest: ColumnElement[int] = literal_column(str(MAX_INTEGER))
    return case((old > largest - new, largest), else_=old + new)

"""Nodes in a SQL database: in a table of our own, or in the panel's with its names."""

import threading
from asyncio import CancelledError
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, Final, TypeVar

from attrs import field, fields, frozen
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ColumnClause,
    ColumnElement,
    Connection,
    Engine,
    Float,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    and_,
    cast,
    column,
    func,
    or_,
    select,
    table,
    update,
)
from sqlalchemy.types import NullType, TypeEngine

from znp_panel_sync.errors import ZnpError
from znp_panel_sync.polling.model import Node, NodeId, NodeStatus, StatusChange
from znp_panel_sync.settings import SITE_PROBE_MAXIMUM
from znp_panel_sync.stores._claims import CLAIMS, claim, claim_key, is_claimed
from znp_panel_sync.stores._database import Database
from znp_panel_sync.stores.threaded import StoreThreads

T = TypeVar("T")

_IDS_IN_STATEMENT: Final = 500
"""Ids in one statement: below the number of parameters that any of the databases takes."""


class NodeStoreUnavailableError(ZnpError):
    """The database with the nodes cannot be used now."""

    retryable = True


@frozen
class NodeTable:
    """What the panel calls its table of nodes, and the columns in it.

    A column that the panel's table does not have is None; only `id`, `status` and `control_endpoint` are needed.
    `schema` is the database schema (None: the connection's own).
    """

    name: str = "nodes"
    schema: str | None = None
    id: str = "id"
    status: str = "status"
    status_sync_enabled: str | None = "status_sync_enabled"
    control_endpoint: str = "control_endpoint"
    control_access_key: str | None = "control_access_key"
    control_secret_key: str | None = "control_secret_key"  # noqa: S105 - the name of a column
    control_token: str | None = "control_token"  # noqa: S105 - the name of a column
    timeout: str | None = None
    verify: str | None = None
    client_cert: str | None = None
    client_key: str | None = None
    interval: str | None = None

    def columns(self) -> dict[str, str]:
        """Return the columns that there are, by what they mean."""
        given = {part.name: getattr(self, part.name) for part in fields(NodeTable)[2:]}
        return {meaning: name for meaning, name in given.items() if name is not None}


@frozen
class SiteSettingsTable:
    """Where the panel keeps its site settings: a table with a row for each, with a name and a value."""

    name: str
    key: str = "name"
    value: str = "value"
    schema: str | None = None


@frozen
class _Known:
    """A row as it was read last, and the node made of it: unchanged rows are not read into controls again."""

    row: tuple[Any, ...] = field(repr=False)  # with credentials in it
    node: Node


class SqlNodeStore:
    """A `NodeStore` on SQLAlchemy 2: SQLite, PostgreSQL or MySQL, by URL or by an engine of the panel's.

    Without `nodes`, the store makes a table `znp_nodes` of its own, which `add` fills; with one, it reads and writes
    the panel's, and makes nothing. `site_settings` says where the panel keeps those (None: nowhere).

    A status is written by one conditional statement for each new status in a batch, all in one transaction: rows that
    are `disabled`, or whose `status_sync_enabled` is false, are left out by the database itself. Statements run in two
    threads of the store's own. A write that its caller has given up is rolled back.

    Several replicas may poll one store (`FencedNodeStore`): a table `znp_node_claims` is made for them, and a status
    is then written by a statement for each node that has its epoch among its conditions.

    Trouble of the database is raised as `NodeStoreUnavailableError`.
    """

    def __init__(
        self,
        url: str | Engine,
        *,
        nodes: NodeTable | None = None,
        site_settings: SiteSettingsTable | None = None,
    ) -> None:
        own = MetaData()
        self._names = nodes or _OWN_NAMES
        self._table = _own_table(own) if nodes is None else _panel_table(nodes)
        self._meanings = self._names.columns()
        self._site = site_settings
        self._database = Database(url, own, unavailable=NodeStoreUnavailableError)
        self._threads = StoreThreads()
        self._known: dict[NodeId, _Known] = {}

    async def list_nodes(self) -> Sequence[Node]:
        """Return all nodes."""
        return await self._threads.read(self._list)

    async def site_settings(self) -> Mapping[str, object]:
        """Return the site's settings that the poller asks for; empty where no table of them was given."""
        site = self._site
        return {} if site is None else await self._threads.read(lambda: self._read_site(site))

    async def apply(self, changes: Sequence[StatusChange]) -> Collection[NodeId]:
        """Write the statuses of the nodes that may be written; returns their ids."""
        return await self._write(lambda connection: self._write_statuses(connection, changes))

    async def claim(self, node_ids: Collection[NodeId], owner: str) -> Mapping[NodeId, int]:
        """Make `owner` the only one that can write these nodes' statuses; returns the epoch of each, which has grown.

        Epochs are kept in a table of their own, `znp_node_claims`, with the owner's name beside each.
        """
        self._database.require(CLAIMS)
        return await self._write(lambda connection: claim(connection, node_ids, owner))

    async def apply_claimed(self, changes: Sequence[StatusChange], epochs: Mapping[NodeId, int]) -> Collection[NodeId]:
        """Write the statuses of the nodes that may be written and whose epoch is still the given one."""
        self._database.require(CLAIMS)
        return await self._write(lambda connection: self._write_claimed(connection, changes, epochs))

    async def add(self, nodes: Sequence[Mapping[str, Any]]) -> None:
        """Insert nodes, given by the fields of `Node.from_mapping`, all of them with the same fields."""
        rows = [{self._meanings[meaning]: value for meaning, value in node.items()} for node in nodes]
        await self._threads.write(lambda: self._insert(rows))

    def close(self) -> None:
        """End the threads and close all connections; a later use opens new ones."""
        self._threads.close()
        self._database.close()

    def _list(self) -> list[Node]:
        query = select(*(self._table.c[name] for name in self._meanings.values()))
        with self._database.read() as connection:
            rows = connection.execute(query).all()
        self._known = {row[0]: self._read_row(tuple(row)) for row in rows}
        return [known.node for known in self._known.values()]

    def _read_row(self, row: tuple[Any, ...]) -> _Known:
        known = self._known.get(row[0])
        if known is not None and known.row == row:
            return known
        return _Known(row, Node.from_mapping(dict(zip(self._meanings, row, strict=True))))

    def _read_site(self, site: SiteSettingsTable) -> dict[str, object]:
        key: ColumnClause[Any] = column(site.key)
        value: ColumnClause[Any] = column(site.value)
        source = table(site.name, key, value, schema=site.schema)
        query = select(value).select_from(source).where(key == SITE_PROBE_MAXIMUM)
        with self._database.read() as connection:
            found = connection.execute(query).scalar_one_or_none()
        return {} if found is None else {SITE_PROBE_MAXIMUM: found}

    def _insert(self, rows: Sequence[Mapping[str, Any]]) -> None:
        with self._database.write() as connection:
            connection.execute(self._table.insert(), rows)

    async def _write(self, work: Callable[[Connection], T]) -> T:
        """Do something in one transaction, which is rolled back when the caller has given up by its end."""
        given_up = threading.Event()
        try:
            return await self._threads.write(lambda: self._transact(work, given_up))
        except CancelledError:
            given_up.set()
            raise

    def _transact(self, work: Callable[[Connection], T], given_up: threading.Event) -> T:
        with self._database.write() as connection:
            result = work(connection)
            if given_up.is_set():
                raise NodeStoreUnavailableError("the write was given up by its caller, and is rolled back")
        return result

    def _write_statuses(self, connection: Connection, changes: Sequence[StatusChange]) -> list[NodeId]:
        written: list[NodeId] = []
        for status in dict.fromkeys(change.status for change in changes):
            ids = [change.node_id for change in changes if change.status is status]
            for start in range(0, len(ids), _IDS_IN_STATEMENT):
                written += self._write_status(connection, status, ids[start : start + _IDS_IN_STATEMENT])
        return written

    def _write_claimed(
        self, connection: Connection, changes: Sequence[StatusChange], epochs: Mapping[NodeId, int]
    ) -> list[NodeId]:
        """Write one status by one statement, which is the fence too; in the order in which claims are made."""
        in_order = sorted(changes, key=lambda change: claim_key(change.node_id))
        return [change.node_id for change in in_order if self._write_fenced(connection, change, epochs[change.node_id])]

    def _write_fenced(self, connection: Connection, change: StatusChange, epoch: int) -> bool:
        this = self._table.c[self._names.id] == change.node_id
        statement = update(self._table).where(this, *self._writable(), is_claimed())
        claimed = {"claim_key": claim_key(change.node_id), "claim_epoch": epoch}
        return connection.execute(statement.values({self._names.status: change.status.value}), claimed).rowcount == 1

    def _write_status(self, connection: Connection, status: NodeStatus, ids: Sequence[NodeId]) -> Sequence[NodeId]:
        """Write one status and return whose it is now: not every database tells which rows an UPDATE changed."""
        column_of = self._table.c
        wanted = and_(column_of[self._names.id].in_(ids), *self._writable())
        connection.execute(update(self._table).where(wanted).values({self._names.status: status.value}))
        return connection.execute(select(column_of[self._names.id]).where(wanted)).scalars().all()

    def _writable(self) -> list[ColumnElement[bool]]:
        """Return the conditions under which a row's status may be written; no value at all counts as the default.

        The casts let the panel's status be of an enum type of the database, and its flag a number.
        """
        status = self._table.c[self._names.status]
        word = func.lower(func.trim(cast(status, String)))
        conditions = [or_(status.is_(None), word != NodeStatus.DISABLED.value)]
        if self._names.status_sync_enabled is not None:
            enabled = self._table.c[self._names.status_sync_enabled]
            conditions.append(or_(enabled.is_(None), cast(enabled, Integer) != 0))
        return conditions


def _own_table(metadata: MetaData) -> Table:
    table = Table(_OWN_NAMES.name, metadata)
    for meaning, name in _OWN_NAMES.columns().items():
        kind = _OWN_TYPES.get(meaning, Text())
        table.append_column(Column[Any](name, kind, primary_key=meaning == "id"))
    return table


def _panel_table(names: NodeTable) -> Table:
    """Describe the panel's table as far as it matters here."""
    table = Table(names.name, MetaData(), schema=names.schema)
    for name in names.columns().values():
        flag = name == names.status_sync_enabled
        table.append_column(Column[Any](name, Boolean() if flag else NullType()))
    return table


_OWN_TYPES: Final[Mapping[str, TypeEngine[Any]]] = {
    "id": BigInteger().with_variant(Integer, "sqlite"),
    "status": String(32),
    "status_sync_enabled": Boolean(),
    "timeout": Float(),
    "interval": Float(),
}
_OWN_NAMES: Final = NodeTable(
    name="znp_nodes",
    timeout="timeout",
    verify="verify",
    client_cert="client_cert",
    client_key="client_key",
    interval="poll_interval",
)

"""Protocol bindings in a table of our own in a SQL database."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, Final

from attrs import asdict
from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Engine,
    Integer,
    MetaData,
    Row,
    String,
    Table,
    Text,
    and_,
    delete,
    insert,
    select,
    true,
    update,
)
from sqlalchemy.sql import ColumnElement

from znp_panel_sync.errors import ZnpError
from znp_panel_sync.panel.bindings import Binding, BindingUser
from znp_panel_sync.polling.model import NodeId
from znp_panel_sync.stores._database import Database
from znp_panel_sync.stores.threaded import StoreThreads

_IDS_IN_STATEMENT: Final = 500
"""Ids in one statement: below the number of parameters that any of the databases takes."""


class BindingStoreUnavailableError(ZnpError):
    """The database with the bindings cannot be used now."""

    retryable = True


_METADATA: Final = MetaData()
_NUMBER: Final = BigInteger().with_variant(Integer, "sqlite")
_BINDINGS: Final = Table(
    "znp_protocol_bindings",
    _METADATA,
    Column("id", _NUMBER, primary_key=True, autoincrement=False),
    Column("node_id", String(128), nullable=False, index=True),
    Column("node_id_is_number", Boolean, nullable=False),
    Column("kernel_id", String(128), index=True),
    Column("protocol", String(64), nullable=False),
    Column("role", String(32), nullable=False),
    Column("listen", String(255)),
    Column("access_port", Integer),
    Column("connect", String(255)),
    Column("tags", JSON, nullable=False),
    Column("description", Text),
    Column("profile", JSON, nullable=False),
    Column("users", JSON, nullable=False),
    Column("active", Boolean, nullable=False),
    Column("health", String(32), nullable=False),
)


class SqlBindingStore:
    """A `BindingStore` on SQLAlchemy 2, by URL or by an engine of the panel's: SQLite, PostgreSQL or MySQL.

    It keeps bindings with their users in a table `znp_protocol_bindings` of its own, which `put` fills; a panel that
    has them in its own tables writes its own store. Statements run in threads. Trouble of the database is raised as
    `BindingStoreUnavailableError`.
    """

    def __init__(self, url: str | Engine) -> None:
        self._database = Database(url, _METADATA, unavailable=BindingStoreUnavailableError)
        self._threads = StoreThreads()

    async def put(self, bindings: Sequence[Binding]) -> None:
        """Add bindings, or replace those with their ids."""
        await self._threads.write(lambda: self._put(bindings))

    async def get_bindings(self, ids: Sequence[int]) -> Sequence[Binding]:
        """Return the bindings with these ids."""
        return await self._threads.read(lambda: self._select(_BINDINGS.c.id, ids))

    async def bindings_of_nodes(self, node_ids: Sequence[NodeId]) -> Sequence[Binding]:
        """Return all bindings of these nodes."""
        return await self._threads.read(lambda: self._select(_BINDINGS.c.node_id, list(map(str, node_ids))))

    async def bindings_of_kernel(self, kernel_id: str) -> Sequence[Binding]:
        """Return all bindings that a kernel knows by this id."""
        return await self._threads.read(lambda: self._select(_BINDINGS.c.kernel_id, [kernel_id]))

    async def write_health(self, health: Mapping[int, str]) -> Collection[int]:
        """Write the health of active bindings; return the ids of those whose health has changed."""
        return await self._threads.write(lambda: self._write_health(health))

    def close(self) -> None:
        """End the threads and close all connections; a later use opens new ones."""
        self._threads.close()
        self._database.close()

    def _put(self, bindings: Sequence[Binding]) -> None:
        with self._database.write() as connection:
            connection.execute(delete(_BINDINGS).where(_BINDINGS.c.id.in_([one.id for one in bindings])))
            connection.execute(insert(_BINDINGS), [_to_row(one) for one in bindings])

    def _select(self, column: ColumnElement[Any], values: Sequence[object]) -> list[Binding]:
        found: list[Binding] = []
        with self._database.read() as connection:
            for chunk in _chunks(values):
                query = select(_BINDINGS).where(column.in_(chunk)).order_by(_BINDINGS.c.id)
                found += map(_from_row, connection.execute(query))
        return found

    def _write_health(self, health: Mapping[int, str]) -> list[int]:
        changed: list[int] = []
        with self._database.write() as connection:
            for state in dict.fromkeys(health.values()):
                for ids in _chunks([id_ for id_, wanted in health.items() if wanted == state]):
                    other = and_(_BINDINGS.c.id.in_(ids), _BINDINGS.c.health != state, _BINDINGS.c.active == true())
                    found = connection.execute(select(_BINDINGS.c.id).where(other)).scalars().all()
                    connection.execute(update(_BINDINGS).where(_BINDINGS.c.id.in_(found)).values(health=state))
                    changed += found
        return changed


def _chunks(values: Sequence[Any]) -> Iterable[Sequence[Any]]:
    return (values[start : start + _IDS_IN_STATEMENT] for start in range(0, len(values), _IDS_IN_STATEMENT))


def _to_row(binding: Binding) -> dict[str, object]:
    return {
        **asdict(binding),
        "node_id": str(binding.node_id),
        "node_id_is_number": isinstance(binding.node_id, int),
        "tags": list(binding.tags),
    }


def _from_row(row: Row[Any]) -> Binding:
    values = dict(row._mapping)
    is_number = values.pop("node_id_is_number")
    return Binding(
        **{
            **values,
            "node_id": int(row.node_id) if is_number else row.node_id,
            "tags": tuple(row.tags),
            "users": tuple(BindingUser(**user) for user in row.users),
        }
    )

"""Which replica may write a node's status: a number for each node, which grows with every claim."""

from collections.abc import Collection, Iterator, Sequence
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Exists,
    Insert,
    MetaData,
    String,
    Table,
    bindparam,
    exists,
    select,
)
from sqlalchemy.dialects import mysql, postgresql, sqlite

from znp_panel_sync.polling.model import NodeId
from znp_panel_sync.stores._database import BYTEWISE

_ROWS_IN_STATEMENT: Final = 250
"""Three parameters each: below the number that any of the databases takes."""

_MYSQL: Final = ("mysql", "mariadb")

CLAIMS: Final = Table(
    "znp_node_claims",
    MetaData(),
    Column("node_id", String(255), primary_key=True),
    Column("epoch", BigInteger, nullable=False),
    Column("owner", String(255), nullable=False),
    **BYTEWISE,
)

_RAISED: Final = (CLAIMS.c.node_id, CLAIMS.c.epoch)


def claim_key(node_id: NodeId) -> str:
    """Return what a node is called in the table of claims."""
    return str(node_id)


def claim(connection: Connection, node_ids: Collection[NodeId], owner: str) -> dict[NodeId, int]:
    """Raise the epochs of nodes, and return them.

    The rows are locked until the transaction ends: a write with an older epoch that is under way goes before it, one
    that comes later is refused. They are taken in one order, so that two replicas that claim do not wait in a circle.
    """
    ids = {claim_key(node_id): node_id for node_id in node_ids}
    keys = sorted(ids)
    epochs: dict[NodeId, int] = {}
    for start in range(0, len(keys), _ROWS_IN_STATEMENT):
        some = keys[start : start + _ROWS_IN_STATEMENT]
        epochs |= {ids[key]: epoch for key, epoch in _raise(connection, some, owner)}
    return epochs


def is_claimed() -> Exists:
    """Return the condition that a node `claim_key` is still claimed with the epoch `claim_epoch`.

    It locks the claim, so that none can come between the condition and what is written under it. SQLite, where
    nobody else can write at all meanwhile, needs no lock and is asked for none.
    """
    mine = select(CLAIMS.c.epoch).where(
        CLAIMS.c.node_id == bindparam("claim_key"), CLAIMS.c.epoch == bindparam("claim_epoch")
    )
    return exists(mine.with_for_update())


def _raise(connection: Connection, keys: Sequence[str], owner: str) -> Iterator[tuple[str, int]]:
    """Raise the epochs and yield them; a second statement asks for them only where one cannot do both."""
    raising = _raising(connection.dialect.name, keys, owner)
    if connection.dialect.name in _MYSQL:
        connection.execute(raising)
        raised = connection.execute(select(*_RAISED).where(CLAIMS.c.node_id.in_(keys)))
    else:
        raised = connection.execute(raising.returning(*_RAISED))
    for row in raised:
        yield row.node_id, row.epoch


def _raising(dialect: str, keys: Sequence[str], owner: str) -> Insert:
    rows: list[dict[str, Any]] = [{"node_id": key, "epoch": 1, "owner": owner} for key in keys]
    if dialect in _MYSQL:
        upsert = mysql.insert(CLAIMS).values(rows)
        return upsert.on_duplicate_key_update(epoch=CLAIMS.c.epoch + 1, owner=upsert.inserted.owner)
    insert = postgresql.insert(CLAIMS) if dialect == "postgresql" else sqlite.insert(CLAIMS)
    statement = insert.values(rows)
    return statement.on_conflict_do_update(
        index_elements=[CLAIMS.c.node_id],
        set_={"epoch": CLAIMS.c.epoch + 1, "owner": statement.excluded.owner},
    )

"""Nodes that several replicas write: whose claim is the newest writes, and nobody else."""

import asyncio
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from tests.functional.stores.test_sql_nodes import change, rows, statuses
from znp_panel_sync.polling import FencedNodeStore, NodeStatus
from znp_panel_sync.stores import MemoryNodeStore, NodeTable, SqlNodeStore

HANG = 60.0
MANY = 600


@pytest.fixture
def replicas(database_url: str) -> Iterator[tuple[SqlNodeStore, SqlNodeStore]]:
    """Two replicas' stores of one database."""
    stores = SqlNodeStore(database_url), SqlNodeStore(database_url)
    yield stores
    for store in stores:
        store.close()


async def test_a_claim_raises_the_epoch_and_shuts_the_former_owner_out(
    replicas: tuple[SqlNodeStore, SqlNodeStore], database_url: str
) -> None:
    former, current = replicas
    await former.add(rows((1, "http://k", "online", True), (2, "http://k", "online", True)))
    old = await former.claim([1, 2], "replica-a")
    assert old == {1: 1, 2: 1}
    assert sorted(await former.apply_claimed([change(1), change(2)], old)) == [1, 2]
    new = await current.claim([2], "replica-b")
    assert new == {2: 2}
    online = [change(1, NodeStatus.ONLINE), change(2, NodeStatus.ONLINE)]
    assert list(await former.apply_claimed(online, old)) == [1]
    assert await statuses(current) == ["online", "offline"]
    assert list(await current.apply_claimed([change(2, NodeStatus.ONLINE)], new)) == [2]
    assert await statuses(former) == ["online", "online"]
    engine = sa.create_engine(database_url)
    with engine.connect() as connection:
        owners = connection.execute(sa.text("SELECT node_id, owner FROM znp_node_claims ORDER BY node_id")).all()
    engine.dispose()
    assert [tuple(row) for row in owners] == [("1", "replica-a"), ("2", "replica-b")]


async def test_a_node_that_must_not_be_written_is_not_written_by_its_owner_either(
    replicas: tuple[SqlNodeStore, SqlNodeStore],
) -> None:
    store, _ = replicas
    await store.add(rows((1, "http://k", "disabled", True), (2, "http://k", "online", False)))
    epochs = await store.claim([1, 2], "replica")
    assert list(await store.apply_claimed([change(1), change(2)], epochs)) == []
    assert await statuses(store) == ["disabled", "online"]


async def test_what_was_never_claimed_is_not_written(replicas: tuple[SqlNodeStore, SqlNodeStore]) -> None:
    store, _ = replicas
    await store.add(rows((1, "http://k", "online", True)))
    assert list(await store.apply_claimed([change(1)], {1: 1})) == []
    assert await statuses(store) == ["online"]


async def test_replicas_that_claim_the_same_at_once_get_different_epochs(
    replicas: tuple[SqlNodeStore, SqlNodeStore],
) -> None:
    first, second = replicas
    await first.claim([0], "makes the table")
    ids = range(1, MANY + 1)
    one, other = await asyncio.gather(first.claim(ids, "a"), second.claim([*reversed(ids)], "b"))
    assert {frozenset((one[number], other[number])) for number in ids} == {frozenset((1, 2))}
    assert len(set(one.values())) == 1  # all of them before the other's, or all after


async def test_a_claim_waits_for_the_write_that_goes_before_it(
    replicas: tuple[SqlNodeStore, SqlNodeStore], database_url: str
) -> None:
    """A write whose condition has held is not over yet when the claim comes: it must not end after the claim."""
    _, current = replicas
    engine = sa.create_engine(database_url)
    former = SqlNodeStore(engine)
    await current.add(rows((1, "http://k", "online", True)))
    old = await former.claim([1], "replica-a")
    writing, claimed = threading.Event(), threading.Event()
    claimed_too_early: list[bool] = []

    def hold(*_: object) -> None:
        writing.set()
        claimed_too_early.append(claimed.wait(0.3))

    sa.event.listen(engine, "commit", hold)
    write = asyncio.ensure_future(former.apply_claimed([change(1)], old))
    await asyncio.to_thread(writing.wait, HANG)
    claim = asyncio.ensure_future(current.claim([1], "replica-b"))
    claim.add_done_callback(lambda _: claimed.set())
    assert list(await write) == [1]
    assert claimed_too_early == [False]
    assert await claim == {1: 2}
    assert await statuses(current) == ["offline"]
    former.close()


async def test_nodes_of_a_panels_own_table_may_be_called_anything(database_url: str) -> None:
    engine = sa.create_engine(database_url)
    with engine.begin() as connection:
        connection.execute(sa.text("CREATE TABLE n (id VARCHAR(64) PRIMARY KEY, status VARCHAR(16), ep VARCHAR(64))"))
        for name in ("é", "a'b", "Z%"):
            connection.execute(sa.text("INSERT INTO n VALUES (:id, 'online', 'http://k')"), {"id": name})
    engine.dispose()
    names = NodeTable(
        "n", control_endpoint="ep", status_sync_enabled=None, control_access_key=None, control_secret_key=None,
        control_token=None,
    )  # fmt: skip
    store = SqlNodeStore(database_url, nodes=names)
    epochs = await store.claim(["é", "a'b", "Z%"], "replica")
    written = await store.apply_claimed([change(name) for name in epochs], epochs)
    assert sorted(written) == sorted(epochs)
    store.close()


async def test_a_panel_without_replicas_gets_no_table_of_claims(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/nodes.db"
    store = SqlNodeStore(url)
    await store.list_nodes()
    assert not sa.inspect(sa.create_engine(url)).has_table("znp_node_claims")
    await store.claim([], "replica")
    assert sa.inspect(sa.create_engine(url)).has_table("znp_node_claims")
    store.close()


def test_only_stores_with_epochs_are_taken_for_such(tmp_path: Path) -> None:
    assert isinstance(SqlNodeStore(f"sqlite:///{tmp_path}/nodes.db"), FencedNodeStore)
    assert not isinstance(MemoryNodeStore(), FencedNodeStore)

"""Nodes in real databases: what is written, and what never is."""

import asyncio
import os
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
import sqlalchemy as sa

from tests.functional.servers import PostgresServer
from znp_panel_sync.control import NodeControl
from znp_panel_sync.polling import Node, NodeStatus, Reason, StatusChange
from znp_panel_sync.stores import NodeTable, SiteSettingsTable, SqlNodeStore
from znp_panel_sync.stores.sql import NodeStoreUnavailableError

FIELDS = ("id", "control_endpoint", "status", "status_sync_enabled")


@pytest.fixture
def store(database_url: str) -> Iterator[SqlNodeStore]:
    """An empty store in each kind of database."""
    opened = SqlNodeStore(database_url)
    yield opened
    opened.close()


def change(node_id: int | str, status: NodeStatus = NodeStatus.OFFLINE) -> StatusChange:
    return StatusChange(node_id, NodeStatus.ONLINE, status, Reason.REFUSED, 0.0, 0.0)


def rows(*values: Sequence[object]) -> list[dict[str, object]]:
    return [dict(zip(FIELDS, row, strict=True)) for row in values]


async def statuses(store: SqlNodeStore) -> list[str]:
    return [node.status.value for node in sorted(await store.list_nodes(), key=lambda node: int(node.id))]


async def test_nodes_come_back_as_they_were_put_in(store: SqlNodeStore) -> None:
    node = {
        "id": 1, "control_endpoint": "https://k/v1", "control_access_key": "ak", "control_secret_key": "sk",
        "control_token": None, "timeout": 2.5, "interval": 7.5, "status": "online", "status_sync_enabled": False,
    }  # fmt: skip
    await store.add([node])
    assert await store.list_nodes() == [
        Node(1, NodeControl("https://k/v1", access_key="ak", secret_key="sk", timeout=2.5), "online", False, 7.5)
    ]
    assert await store.site_settings() == {}


async def test_a_status_is_written_only_where_it_may_be(store: SqlNodeStore) -> None:
    await store.add(
        rows(
            (1, "http://k", "online", True),
            (2, "http://k", "disabled", True),
            (3, "http://k", "online", False),
            (4, "http://k", None, None),
            (5, "http://k", " Disabled ", True),
        )
    )
    changes = [change(1), change(2), change(3), change(4, NodeStatus.ONLINE), change(5), change(6)]
    assert sorted(await store.apply(changes)) == [1, 4]
    assert await statuses(store) == ["offline", "disabled", "online", "online", "disabled"]
    assert sorted(await store.apply([change(1)])) == [1]  # written again is written


async def test_a_thousand_changes_are_one_transaction(store: SqlNodeStore) -> None:
    await store.add(rows(*((number, "http://k", "online", True) for number in range(1, 1201))))
    written = await store.apply([change(number) for number in range(1, 1201)])
    assert len(set(written)) == 1200
    assert set(await statuses(store)) == {"offline"}


async def test_a_node_disabled_at_the_same_moment_stays_disabled(database_url: str) -> None:
    first, second = SqlNodeStore(database_url), SqlNodeStore(database_url)
    await first.add(rows(*((number, "http://k", "online", True) for number in range(1, 51))))
    engine = sa.create_engine(database_url)

    def disable() -> None:
        for number in range(1, 51):
            with engine.begin() as connection:
                connection.execute(sa.text("UPDATE znp_nodes SET status = 'disabled' WHERE id = :id"), {"id": number})

    async def write(store: SqlNodeStore) -> None:
        for number in range(1, 51):
            await store.apply([change(number)])

    await asyncio.gather(asyncio.to_thread(disable), write(first), write(second))
    assert set(await statuses(first)) == {"disabled"}
    engine.dispose()
    first.close()
    second.close()


async def test_rows_that_did_not_change_are_the_same_nodes(store: SqlNodeStore) -> None:
    await store.add(rows((1, "http://a", "online", True), (2, "http://b", "online", True)))
    before = {node.id: node for node in await store.list_nodes()}
    await store.apply([change(2)])
    after = {node.id: node for node in await store.list_nodes()}
    assert after[1] is before[1]
    assert after[2] is not before[2]


async def test_a_wrong_endpoint_costs_its_node_alone(store: SqlNodeStore) -> None:
    await store.add(rows((1, "ftp://a", "online", True), (2, "http://b", "online", True)))
    first, second = sorted(await store.list_nodes(), key=lambda node: int(node.id))
    assert first.control is None
    assert first.problem is not None
    assert second.control == NodeControl("http://b")


async def test_the_panels_own_tables_and_names(database_url: str) -> None:
    engine = sa.create_engine(database_url)
    with engine.begin() as connection:
        connection.execute(
            sa.text(
                "CREATE TABLE panel_servers (server_no BIGINT PRIMARY KEY, state VARCHAR(20), url VARCHAR(200), "
                "sync BOOLEAN, api_token VARCHAR(200), secret_note VARCHAR(20))"
            )
        )
        connection.execute(
            sa.text(
                "INSERT INTO panel_servers VALUES (7, 'online', 'http://k', true, 't', 'mine'), "
                "(8, 'online', 'http://l', false, NULL, 'mine')"
            )
        )
        connection.execute(sa.text("CREATE TABLE site (item VARCHAR(60), content VARCHAR(60))"))
        connection.execute(sa.text("INSERT INTO site VALUES ('kernel_offline_probe_max_interval_seconds', '90')"))
    names = NodeTable(
        "panel_servers",
        id="server_no",
        status="state",
        control_endpoint="url",
        status_sync_enabled="sync",
        control_access_key=None,
        control_secret_key=None,
        control_token="api_token",
    )
    store = SqlNodeStore(engine, nodes=names, site_settings=SiteSettingsTable("site", key="item", value="content"))
    assert {node.id: node.control for node in await store.list_nodes()} == {
        7: NodeControl("http://k", token="t"),
        8: NodeControl("http://l"),
    }
    assert await store.apply([change(7), change(8)]) == [7]
    assert await store.site_settings() == {"kernel_offline_probe_max_interval_seconds": "90"}
    with engine.begin() as connection:
        connection.execute(sa.text("DELETE FROM site"))
        assert connection.execute(sa.text("SELECT state, secret_note FROM panel_servers ORDER BY 1")).all() == [
            ("offline", "mine"),
            ("online", "mine"),
        ]
        assert "znp_nodes" not in sa.inspect(connection).get_table_names()
    assert await store.site_settings() == {}
    store.close()
    engine.dispose()


@pytest.mark.parametrize("flag", ["BOOLEAN", "SMALLINT", "INTEGER"])
async def test_a_status_of_an_enum_type_and_flags_of_every_kind(postgres_url: str, flag: str) -> None:
    engine = sa.create_engine(postgres_url)
    yes, no = ("true", "false") if flag == "BOOLEAN" else ("1", "0")
    with engine.begin() as connection:
        connection.execute(sa.text("CREATE TYPE node_state AS ENUM ('online', 'offline', 'disabled')"))
        connection.execute(
            sa.text(
                "CREATE TABLE nodes (id BIGINT PRIMARY KEY, status node_state, control_endpoint TEXT, "
                f"status_sync_enabled {flag}, every NUMERIC)"
            )
        )
        connection.execute(
            sa.text(
                f"INSERT INTO nodes VALUES (1, 'online', 'http://k', {yes}, 7.5), "
                f"(2, 'disabled', 'http://k', {yes}, 5), (3, 'online', 'http://k', {no}, 0), "
                "(4, NULL, 'http://k', NULL, NULL)"
            )
        )
    names = NodeTable(control_access_key=None, control_secret_key=None, control_token=None, interval="every")
    store = SqlNodeStore(engine, nodes=names)
    assert [node.interval for node in await store.list_nodes()] == [7.5, 5.0, None, None]
    assert sorted(await store.apply([change(number) for number in range(1, 5)])) == [1, 4]
    assert await statuses(store) == ["offline", "disabled", "online", "offline"]
    epochs = await store.claim([1, 2], "a")
    assert await store.apply_claimed([change(1, NodeStatus.ONLINE), change(2)], epochs) == [1]
    assert await statuses(store) == ["online", "disabled", "online", "offline"]
    store.close()
    engine.dispose()


async def test_a_table_without_the_flag_syncs_every_node(tmp_path: Path) -> None:
    engine = sa.create_engine(f"sqlite:///{tmp_path}/panel.db")
    with engine.begin() as connection:
        connection.execute(sa.text("CREATE TABLE nodes (id TEXT, status TEXT, control_endpoint TEXT)"))
        connection.execute(
            sa.text("INSERT INTO nodes VALUES ('a', 'online', 'http://k'), ('b', 'disabled', 'http://k')")
        )
    names = NodeTable(status_sync_enabled=None, control_access_key=None, control_secret_key=None, control_token=None)
    store = SqlNodeStore(engine, nodes=names)
    assert await store.apply([change("a"), change("b")]) == ["a"]
    store.close()
    engine.dispose()


async def test_a_write_that_is_given_up_is_rolled_back(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/nodes.db"
    store = SqlNodeStore(url)
    await store.add(rows((1, "http://k", "online", True)))
    engine = sa.create_engine(url)
    other = engine.connect()
    other.exec_driver_sql("BEGIN IMMEDIATE")  # the write has to wait for this one
    writing = asyncio.create_task(store.apply([change(1)]))
    await asyncio.sleep(0.1)
    writing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await writing
    other.rollback()
    other.close()
    engine.dispose()
    assert await store.apply([]) == []  # comes after it in the one writing thread
    assert await statuses(store) == ["online"]
    store.close()


async def test_a_database_that_is_away_is_reported_without_a_secret(
    postgres_server: PostgresServer, postgres_url: str
) -> None:
    store = SqlNodeStore(postgres_url)
    await store.add([{"id": 1, "control_endpoint": "http://k", "control_token": "canary", "status": "online"}])
    postgres_server.stop()
    try:
        with pytest.raises(NodeStoreUnavailableError) as caught:
            await store.apply([change(1)])
        assert caught.value.retryable
        assert "canary" not in str(caught.value)
    finally:
        postgres_server.start()
    assert await store.apply([change(1)]) == [1]
    assert await statuses(store) == ["offline"]
    assert "canary" not in repr(vars(store))
    store.close()


async def test_a_closed_store_opens_again(store: SqlNodeStore) -> None:
    await store.add(rows((1, "http://k", "online", True)))
    store.close()
    store.close()
    assert await statuses(store) == ["online"]


async def test_blocking_work_is_done_in_two_threads_at_most(tmp_path: Path) -> None:
    store = SqlNodeStore(f"sqlite:///{tmp_path}/nodes.db")
    await store.add(rows((1, "http://k", "online", True)))
    await asyncio.gather(*(store.list_nodes() for _ in range(20)), *(store.apply([change(1)]) for _ in range(20)))
    names = {thread.name for thread in threading.enumerate() if thread.name.startswith("znp-store")}
    assert names == {"znp-store-read_0", "znp-store-write_0"}
    store.close()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork()")
def test_a_child_process_uses_threads_of_its_own(tmp_path: Path) -> None:
    store = SqlNodeStore(f"sqlite:///{tmp_path}/nodes.db")
    asyncio.run(store.add(rows((1, "http://k", "online", True))))
    child = os.fork()
    if child == 0:
        written = asyncio.run(store.apply([change(1)]))
        os._exit(0 if written == [1] else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert asyncio.run(statuses(store)) == ["offline"]
    store.close()

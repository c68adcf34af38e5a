import logging
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve

from znp_panel_sync.panel import Binding, BindingUser
from znp_panel_sync.stores import MemoryBindingStore, SqlBindingStore
from znp_panel_sync.stores.bindings import BindingStoreUnavailableError

Store = MemoryBindingStore | SqlBindingStore

USERS = (BindingUser(7, "alice", "pass", subscription_id=2), BindingUser("bob", "bob", "word"))
FULL = Binding(
    1,
    10,
    "edge-1",
    "vless",
    role="connector",
    listen="127.0.0.1:443",
    access_port=8443,
    connect="10.0.0.1:80",
    tags=("hk", "eu"),
    description="爱",
    profile={"flow": {"deep": [1, None]}},
    users=USERS,
)
PLAIN = Binding(2, "ten", None, "socks", active=False)
THIRD = Binding(3, 10, "edge-3", "vless", health="healthy")


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Store]:
    if request.param == "memory":
        yield MemoryBindingStore([FULL, PLAIN, THIRD])
        return
    url = f"sqlite:///{tmp_path}/b.db" if request.param == "sqlite" else request.getfixturevalue("postgres_url")
    opened = SqlBindingStore(url)
    await opened.put([FULL, PLAIN, THIRD])
    yield opened
    opened.close()


async def test_bindings_are_found_by_id_as_they_were_put(store: Store) -> None:
    assert await store.get_bindings([1, 2, 99]) == [FULL, PLAIN]
    assert await store.get_bindings([]) == []


async def test_bindings_are_found_by_node_and_by_kernel_id(store: Store) -> None:
    assert await store.bindings_of_nodes([10]) == [FULL, THIRD]
    assert await store.bindings_of_nodes(["ten", 11]) == [PLAIN]
    assert await store.bindings_of_kernel("edge-3") == [THIRD]
    assert await store.bindings_of_kernel("edge-9") == []


async def test_only_changed_health_of_active_bindings_is_written(store: Store) -> None:
    assert list(await store.write_health({1: "degraded", 2: "healthy", 3: "healthy", 99: "healthy"})) == [1]
    assert [one.health for one in await store.get_bindings([1, 2, 3])] == ["degraded", "unknown", "healthy"]
    assert sorted(await store.write_health({1: "offline", 3: "unknown"})) == [1, 3]


async def test_a_binding_can_be_replaced(store: Store) -> None:
    changed = Binding(1, 11, "edge-1", "vless")
    if isinstance(store, MemoryBindingStore):
        store.put(changed)
        assert store[1] == changed
    else:
        await store.put([changed])
    assert await store.get_bindings([1]) == [changed]


async def test_long_lists_of_ids_are_read_in_pieces(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("znp_panel_sync.stores.bindings._IDS_IN_STATEMENT", 2)
    store = SqlBindingStore(f"sqlite:///{tmp_path}/b.db")
    await store.put([Binding(number, 1, "edge", "vless") for number in range(1, 6)])
    assert len(await store.get_bindings(range(1, 6))) == 5
    assert len(await store.write_health(dict.fromkeys(range(1, 6), "healthy"))) == 5
    store.close()


async def test_a_database_that_is_away_is_told(tmp_path: Any) -> None:
    store = SqlBindingStore(f"sqlite:///{tmp_path}/no folder/b.db")
    with pytest.raises(BindingStoreUnavailableError):
        await store.get_bindings([1])
    store.close()


async def test_passwords_are_in_no_log(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG), caplog.at_level(logging.DEBUG, "sqlalchemy"):
        store = SqlBindingStore(f"sqlite:///{tmp_path}/b.db")
        await store.put([evolve(FULL, users=(BindingUser(1, "alice", "canary"),))])
        (found,) = await store.get_bindings([1])
        store.close()
    assert found.users[0].password == "canary"
    assert "canary" not in caplog.text


async def test_statements_are_not_logged_unasked(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    store = SqlBindingStore(f"sqlite:///{tmp_path}/b.db")
    await store.put([FULL])
    store.close()
    assert caplog.text == ""

"""The stores' package: everything by name, loaded when it is used."""

import subprocess
import sys

import pytest

from znp_panel_sync import stores
from znp_panel_sync.stores.memory import MemoryNodeStore


def test_every_name_is_there() -> None:
    expected = {"BlockingNodeStore", "MemoryNodeStore", "NodeTable", "SiteSettingsTable", "SqlNodeStore"}
    assert expected <= set(stores.__all__)
    assert all(getattr(stores, name).__name__ == name for name in stores.__all__)
    assert stores.MemoryNodeStore is MemoryNodeStore


def test_other_names_are_not() -> None:
    with pytest.raises(AttributeError, match="Nothing"):
        _ = stores.Nothing


def test_the_memory_store_needs_no_sqlalchemy() -> None:
    code = "import sys; from znp_panel_sync.stores import MemoryNodeStore; sys.exit('sqlalchemy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_missing_library_is_named_with_the_extra_that_brings_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "znp_panel_sync.stores.ledger", raising=False)
    monkeypatch.setitem(sys.modules, "sqlalchemy", None)

    with pytest.raises(ModuleNotFoundError, match=r"^SqlEventLedger needs sqlalchemy, .*znp-panel-sync\[sql\]"):
        _ = stores.SqlEventLedger

"""The examples, run as a user runs them."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.functional.events.programs import running
from znp_panel_sync.testing import KernelSimulator


def states(path: Path, query: str) -> dict[int, str]:
    with closing(sqlite3.connect(path)) as connection:
        return dict(connection.execute(query).fetchall())


@pytest.mark.parametrize("way", [(), ("--watch",)], ids=["polls", "watches"])
def test_the_async_panel_follows_its_nodes(tmp_path: Path, way: tuple[str, ...]) -> None:
    database = tmp_path / "panel.db"
    with KernelSimulator() as first, KernelSimulator() as second:
        nodes = (f"--node=1={first.url}", f"--node=2={second.url}")
        with running("poller_async.py", f"--database=sqlite:///{database}", *nodes, "--interval=0.3", *way) as program:
            for _ in nodes:
                program.wait_for("recovered")
            first.die()
            program.wait_for("node 1: offline (refused)")
            assert states(database, "SELECT id, status FROM znp_nodes") == {1: "offline", 2: "online"}
            first.come_back()
            program.wait_for("node 1: online (reached)")
            program.wait_for("node 1: recovered")
    assert program.output.endswith("stopped\n")
    assert states(database, "SELECT id, status FROM znp_nodes") == {1: "online", 2: "online"}


def test_the_blocking_panel_follows_its_servers(tmp_path: Path) -> None:
    database = tmp_path / "panel.db"
    with KernelSimulator() as kernel:
        arguments = (f"--database={database}", f"--node=7={kernel.url}", "--interval=0.3")
        with running("poller_blocking.py", *arguments) as program:
            program.wait_for("node 7: online (reached)")
            assert states(database, "SELECT id, state FROM servers") == {7: "online"}
            kernel.die()
            program.wait_for("node 7: offline (refused)")
            kernel.come_back()
            program.wait_for("node 7: online (reached)")
    assert program.output.endswith("stopped\n")

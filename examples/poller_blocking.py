"""A panel without an event loop that keeps the status of its nodes in a table of its own.

The poller runs in a thread; the panel gives it a store with plain methods over whatever it has, here `sqlite3`::

    python examples/poller_blocking.py --node 1=http://127.0.0.1:23860 --interval 5
"""

import argparse
import signal
import sqlite3
import threading
from collections.abc import Collection, Mapping, Sequence
from contextlib import closing

from znp_panel_sync.polling import BackgroundPoller, Node, NodeId, StatusChange
from znp_panel_sync.settings import KernelSettings
from znp_panel_sync.stores import ThreadedNodeStore

TABLE = (
    "CREATE TABLE IF NOT EXISTS servers (id INTEGER PRIMARY KEY, url TEXT, token TEXT, state TEXT DEFAULT 'offline')"
)
STATE = "UPDATE servers SET state = ? WHERE id = ? AND state <> 'disabled'"


class Servers:
    """The panel's own records; the poller calls it from two threads, so each call has its own connection."""

    def __init__(self, path: str) -> None:
        self._path = path
        with closing(self._connect()) as connection, connection:
            connection.execute(TABLE)

    def add(self, number: int, url: str) -> None:
        """Put a server in, or change its address."""
        with closing(self._connect()) as connection, connection:
            connection.execute("INSERT OR REPLACE INTO servers (id, url) VALUES (?, ?)", (number, url))

    def list_nodes(self) -> Sequence[Node]:
        """Return all servers as nodes."""
        with closing(self._connect()) as connection:
            rows = connection.execute("SELECT id, url, token, state FROM servers").fetchall()
        names = ("id", "control_endpoint", "control_token", "status")
        return [Node.from_mapping(dict(zip(names, row, strict=True))) for row in rows]

    def site_settings(self) -> Mapping[str, object]:
        """Say that this panel has no site settings."""
        return {}

    def apply(self, changes: Sequence[StatusChange]) -> Collection[NodeId]:
        """Write the states in one transaction, but none of a server that is disabled by now."""
        with closing(self._connect()) as connection, connection:
            return [
                change.node_id
                for change in changes
                if connection.execute(STATE, (change.status.value, change.node_id)).rowcount
            ]

    def _connect(self) -> sqlite3.Connection:
        return sqlite3.connect(self._path, timeout=5)


def show(change: StatusChange) -> None:
    """Tell of a transition; this runs in a thread of its own, and may block."""
    print(f"node {change.node_id}: {change.status} ({change.reason})", flush=True)


def main() -> None:
    """Read the arguments, and follow the servers until SIGINT or SIGTERM."""
    parser = argparse.ArgumentParser(description="Follow the status of servers.")
    parser.add_argument("--database", default="panel.db", help="path of the SQLite file")
    parser.add_argument("--node", action="append", default=[], metavar="ID=URL", help="put this server in first")
    parser.add_argument("--interval", type=float, default=30.0, help="seconds between polls of a server")
    given = parser.parse_args()
    servers = Servers(given.database)
    for number, _, url in (node.partition("=") for node in given.node):
        servers.add(int(number), url)
    ended = threading.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, lambda *_: ended.set())
    store = ThreadedNodeStore(servers)
    with BackgroundPoller(store, settings=KernelSettings(given.interval), listeners=[show]):
        ended.wait()
    store.close()
    print("stopped", flush=True)


if __name__ == "__main__":
    main()

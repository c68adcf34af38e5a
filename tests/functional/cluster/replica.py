"""Replicas of a panel, as processes: ``python -m tests.functional.cluster.replica`` forks one for each line it reads.

A line is a `Config`, and is answered by the process id. What a replica needs is imported once, ahead of the forks.

SIGTERM makes a replica leave in order, with a `Farewell`. Between SIGUSR1 and SIGUSR2 its writes wait ahead of the
database.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import signal
import sys
from collections.abc import Collection, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import NoReturn

import attrs

from znp_panel_sync.cluster import Cluster
from znp_panel_sync.polling import Node, NodeId, PollerOptions, StatusChange, StatusPoller
from znp_panel_sync.settings import KernelSettings
from znp_panel_sync.stores import SqlNodeStore

logger = logging.getLogger(__name__)

_STORE_SECONDS = 60.0
"""Longer than any pause, so that a write which was under way at its beginning is still wanted at its end."""

_POLL_SECONDS = 30.0
"""Longer than a busy machine takes, so that no node seems to be down that is not."""


@attrs.frozen
class Config:
    """What a replica is told; its log and its farewell are files in `folder`."""

    name: str
    folder: str
    database_url: str
    engine_url: str
    group: str
    ttl: float
    tick: float
    interval: float

    @property
    def log(self) -> Path:
        """Where the replica logs to."""
        return Path(self.folder, f"{self.name}.log")

    @property
    def farewell(self) -> Path:
        """Where the replica puts its last words."""
        return Path(self.folder, f"{self.name}.json")


@attrs.frozen
class Farewell:
    """What a replica says at its end.

    The counters of its cluster, how many changes came `late` by a wait, and how many of those the database `refused`.
    """

    counters: dict[str, int]
    late: int
    refused: int


class Store(SqlNodeStore):
    """The panel's store, for a replica that can be told apart by its access key, and whose writes can be held up."""

    def __init__(self, url: str, name: str) -> None:
        super().__init__(url)
        self._name = name
        self._open = asyncio.Event()
        self._open.set()
        self._named: dict[NodeId, tuple[Node, Node]] = {}
        self.late = self.refused = 0

    def hold(self) -> None:
        self._open.clear()

    def release(self) -> None:
        self._open.set()

    async def list_nodes(self) -> Sequence[Node]:
        return [self._with_name(node) for node in await super().list_nodes()]

    async def apply_claimed(self, changes: Sequence[StatusChange], epochs: Mapping[NodeId, int]) -> Collection[NodeId]:
        late = not self._open.is_set()
        await self._open.wait()
        written = await super().apply_claimed(changes, epochs)
        if late:
            self.late += len(changes)
            self.refused += len(changes) - len(written)
        return written

    def _with_name(self, node: Node) -> Node:
        known = self._named.get(node.id)
        if known is None or known[0] is not node:
            assert node.control is not None
            control = attrs.evolve(
                node.control, access_key=self._name, secret_key="canary-secret", timeout=_POLL_SECONDS
            )
            known = self._named[node.id] = (node, attrs.evolve(node, control=control))
        return known[1]


async def run(config: Config) -> None:
    """Poll until told to leave."""
    loop, leaving = asyncio.get_running_loop(), asyncio.Event()
    store = Store(config.database_url, config.name)
    for number, act in ((signal.SIGTERM, leaving.set), (signal.SIGUSR1, store.hold), (signal.SIGUSR2, store.release)):
        loop.add_signal_handler(number, act)
    cluster = Cluster(config.engine_url, config.group, member=config.name, ttl=config.ttl, tick=config.tick)
    settings = KernelSettings(config.interval, offline_probe_max_interval=config.interval)
    options = PollerOptions(store_timeout=_STORE_SECONDS)
    async with StatusPoller(store, settings=settings, options=options, cluster=cluster):
        await leaving.wait()
    store.close()
    farewell = Farewell(attrs.asdict(cluster.counters), store.late, store.refused)
    config.farewell.write_text(json.dumps(attrs.asdict(farewell)), encoding="utf-8")


def be_replica(config: Config) -> NoReturn:
    """Be a replica in this process, until its end."""
    with config.log.open("w", encoding="utf-8") as log:
        os.dup2(log.fileno(), 1)
        os.dup2(log.fileno(), 2)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(levelname)s %(message)s")
    try:
        asyncio.run(run(config))
    except BaseException:
        logger.exception("the replica fails")
        os._exit(1)
    os._exit(0)


def main() -> None:
    """Fork replicas until there is nothing more to read."""
    for module in ("psycopg", "tooz.drivers.etcd3gw", "tooz.drivers.redis"):
        import_module(module)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the system buries those that end
    for line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            be_replica(Config(**json.loads(line)))
        sys.stdout.write(f"{pid}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()

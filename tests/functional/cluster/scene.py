"""Three replicas as processes, their nodes, their database and their engine: what a drill plays on."""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import Sequence

import attrs
from sqlalchemy import Engine, create_engine, text

from tests.functional.cluster.launcher import Launcher, Replica
from tests.functional.cluster.nodes import Panel
from tests.functional.cluster.replica import Config, Farewell
from tests.functional.cluster.servers import EngineServer, until
from tests.functional.cluster.timeline import Write, is_settled, since
from znp_panel_sync.stores import SqlNodeStore

REPLICAS = 3

_AUDIT = (
    "CREATE TABLE audit (at double precision, node bigint, by text, status text)",
    """CREATE FUNCTION record_status() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
       INSERT INTO audit VALUES (extract(epoch FROM clock_timestamp()), NEW.id,
                                 current_setting('application_name'), NEW.status);
       RETURN NEW; END $$""",
    """CREATE TRIGGER audited AFTER UPDATE ON znp_nodes FOR EACH ROW
       WHEN (OLD.status IS DISTINCT FROM NEW.status) EXECUTE FUNCTION record_status()""",
)


@attrs.frozen
class Timing:
    """How large a drill is: in nodes, and in seconds of the lease, between ticks and polls, and of each pause.

    `noise` is by how many seconds the machine may be late: where tests run, processes may take long to start.
    """

    nodes: int
    ttl: float
    tick: float
    interval: float
    pause: float
    noise: float

    @property
    def patience(self) -> float:
        """How long a replica may be silent about a node that it still owns."""
        return 2 * self.interval

    @property
    def settling(self) -> float:
        """How long to wait, on a busy machine, until each node has one owner again."""
        return 10 * self.ttl + 60.0


FULL = Timing(nodes=1000, ttl=15.0, tick=2.0, interval=1.0, pause=20.0, noise=5.0)
SMALL = Timing(nodes=1000, ttl=2.0, tick=0.5, interval=1.0, pause=3.0, noise=10.0)


def let_pass(seconds: float, *, begun: float) -> None:
    """Let so many seconds pass since a moment: they are a part of the drill, and not a wait for something."""
    time.sleep(max(0.0, begun + seconds - time.monotonic()))


class Scene:
    """A panel of three replicas."""

    def __init__(
        self, name: str, timing: Timing, *, panel: Panel, server: EngineServer, database_url: str, launcher: Launcher
    ) -> None:
        self.name = name
        self.timing = timing
        self.panel = panel
        self.server = server
        self.replicas: dict[str, Replica] = {}
        self.farewells: list[Farewell] = []
        self._url = database_url
        self._database: Engine = create_engine(database_url)
        self._launcher = launcher
        self._folder = tempfile.TemporaryDirectory(prefix="replicas-")
        self._started = 0

    @property
    def nodes(self) -> Sequence[int]:
        """The ids of all nodes."""
        return range(1, self.timing.nodes + 1)

    def prepare(self) -> None:
        """Put the nodes into the database, all of them online, and have it write down who changes a status."""
        store = SqlNodeStore(self._url)
        rows = [{"id": node, "status": "online", "control_endpoint": self.panel.endpoint(node)} for node in self.nodes]
        asyncio.run(store.add(rows))
        store.close()
        with self._database.begin() as connection:
            for statement in _AUDIT:
                connection.execute(text(statement))

    def begin(self, number: int = 1) -> list[Replica]:
        """Start so many replicas more."""
        return [self._start() for _ in range(number)]

    def complete(self) -> None:
        """Start what is missing of three replicas, and wait until each node has one owner."""
        self.begin(REPLICAS - len(self.replicas))
        self.settle()

    def some_replica(self) -> Replica:
        """The replica that has been there for longest."""
        return next(iter(self.replicas.values()))

    def remove(self, replica: Replica) -> None:
        """Expect nothing more of a replica that is dead or has left."""
        del self.replicas[replica.name]
        replica.close()

    def leave(self, replica: Replica) -> None:
        """Have a replica leave in order."""
        self.farewells.append(replica.leave())
        self.remove(replica)

    def settle(self, *without: Replica) -> None:
        """Wait until each node has one owner among the replicas, but for those `without`, and each of them has nodes.

        What was polled before this is called does not count.
        """
        called = time.monotonic()
        expected = {*self.replicas} - {replica.name for replica in without}

        def settled() -> bool:
            begins = max(called, time.monotonic() - self.timing.patience)
            return is_settled(since(self.panel.polls, begins), self.nodes, expected)

        until(settled, self.timing.settling, f"{self.name}: one owner among {sorted(expected)} for each node")

    def wait_for_polls(self, nodes: set[int], moment: float) -> None:
        """Wait until all of `nodes` have been polled since a moment."""

        def polled() -> bool:
            return nodes <= {poll.node for poll in since(self.panel.polls, moment)}

        until(polled, self.timing.settling, f"{self.name}: a poll of each node")

    def owned_by(self, replica: Replica) -> set[int]:
        """Return the nodes that a replica polls now."""
        recent = since(self.panel.polls, time.monotonic() - self.timing.patience)
        return {poll.node for poll in recent if poll.by == replica.name}

    def wait_for_status(self, nodes: set[int], status: str) -> None:
        """Wait until the database says so about all of `nodes`."""
        until(lambda: nodes <= self.having(status), self.timing.settling, f"{self.name}: {status} in the database")

    def having(self, status: str) -> set[int]:
        """Return the nodes that have a status in the database."""
        with self._database.connect() as connection:
            found = connection.execute(text("SELECT id FROM znp_nodes WHERE status = :status"), {"status": status})
            return set(found.scalars())

    def writes_since(self, moment: float) -> list[Write]:
        """Return the changes of a status since a moment of the polls' clock, at that clock."""
        ahead = time.time() - time.monotonic()
        query = text("SELECT at, node, by, status FROM audit WHERE at >= :moment ORDER BY at")
        with self._database.connect() as connection:
            rows = connection.execute(query, {"moment": moment + ahead}).all()
        return [Write(row.at - ahead, row.node, row.by, up=row.status == "online") for row in rows]

    def end(self) -> list[Farewell]:
        """Have all replicas leave in order; returns what they said, and those that left before."""
        for replica in tuple(self.replicas.values()):
            self.leave(replica)
        return self.farewells

    def close(self) -> None:
        """End everything that was started here."""
        for replica in self.replicas.values():
            replica.close()
        self._database.dispose()
        self._folder.cleanup()

    def _start(self) -> Replica:
        self._started += 1
        config = Config(
            name := f"{self.name}-{self._started}",
            self._folder.name,
            f"{self._url}?application_name={name}",
            self.server.url,
            self.name,
            self.timing.ttl,
            self.timing.tick,
            self.timing.interval,
        )
        replica = self.replicas[name] = self._launcher.start(config)
        return replica

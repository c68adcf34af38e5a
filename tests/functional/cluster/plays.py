"""Drills one after the other on one panel, and several panels at a time."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import attrs

from tests.functional.cluster.drills import FREEZE, KILL, LEAVE, PAUSE, RESTART, ROLL, Drill, Outcome
from tests.functional.cluster.launcher import running_launcher
from tests.functional.cluster.nodes import simulated_nodes
from tests.functional.cluster.replica import Farewell
from tests.functional.cluster.scene import REPLICAS, Scene, Timing
from tests.functional.cluster.servers import ENGINES, running_engine
from tests.functional.servers import PostgresServer


@attrs.frozen
class Play:
    """Drills that follow each other on one panel with an engine of its own."""

    name: str
    engine: str
    drills: Sequence[Drill]


FEW = (
    Play("replicas", "redis", (LEAVE, ROLL, KILL)),
    Play("engine", "redis", (RESTART, FREEZE, PAUSE)),
    Play("etcd", "etcd", (RESTART, FREEZE, KILL)),
)
"""Each drill once on Redis, and those on etcd in which the engines differ. After the engine's trouble a replica falls
out, to show that the others have found each other again."""

ALL = tuple(
    Play(f"{engine}-{name}", engine, drills)
    for engine in ENGINES
    for name, drills in (("replicas", (LEAVE, ROLL, KILL, PAUSE)), ("engine", (RESTART, FREEZE, KILL)))
)
"""All drills on all engines."""


@attrs.frozen
class Result:
    """What a play came to: the outcome of each drill, and what those replicas said that were not killed."""

    play: Play
    outcomes: Sequence[Outcome]
    farewells: Sequence[Farewell]


def play(plays: Sequence[Play], timing: Timing, postgres: PostgresServer) -> list[Result]:
    """Play all of them at a time, with one server of nodes and one database server for all."""
    connections = len(plays) * REPLICAS * timing.nodes
    with (
        simulated_nodes(connections) as nodes,
        running_launcher() as launcher,
        ThreadPoolExecutor(len(plays)) as threads,
    ):

        def played(one: Play) -> Result:
            with running_engine(one.engine) as server:
                panel, url = nodes.panel(one.name), postgres.new_database()
                scene = Scene(one.name, timing, panel=panel, server=server, database_url=url, launcher=launcher)
                with closing(scene):
                    scene.prepare()
                    outcomes = [drill.run(scene) for drill in one.drills]
                    return Result(one, outcomes, scene.end())

        return list(threads.map(played, plays))

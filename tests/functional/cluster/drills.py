"""What is done to three replicas and their engine, and what the polls and writes of that time show."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Sequence

import attrs

from tests.functional.cluster.scene import Scene, let_pass
from tests.functional.cluster.timeline import Span, double_ownership, longest_gap, stale_writes

Action = Callable[[Scene], None]

_FLAPPING_SHARE = 10
"""One node in so many fails for a moment while a replica is paused."""


@attrs.frozen
class Outcome:
    """What one drill showed. Times are seconds, and the promised ones are those that the documentation gives.

    `gap` is the longest time of any node between two polls, `double` the longest in which nodes had two owners,
    `shared` how many nodes had. `stale` counts the writes of replicas that had lost the node. `noise` is how late the
    machine may be.
    """

    engine: str
    drill: str
    gap: float
    promised_gap: float
    double: float
    promised_double: float
    shared: int
    stale: int
    noise: float

    @property
    def kept(self) -> bool:
        """Whether the promises hold: loosely, as machines are noisy, but for what is never to happen."""
        late = max(self.gap - self.promised_gap, self.double - self.promised_double)
        return late <= self.noise and not self.stale


@attrs.frozen
class Drill:
    """Something to do, and whether a replica goes without a word."""

    name: str
    act: Action
    in_order: bool = False

    def run(self, scene: Scene) -> Outcome:
        """Do it to a scene with three replicas and each node owned by one; return what it showed.

        Raises `TimeoutError` when not every node has one owner after it, and its true status in the database.
        """
        scene.complete()
        begun = time.monotonic()
        self.act(scene)
        scene.wait_for_status(set(scene.nodes), "online")
        window = Span(begun, time.monotonic())
        return self._outcome(scene, window)

    def _outcome(self, scene: Scene, window: Span) -> Outcome:
        timing, polls = scene.timing, tuple(scene.panel.polls)
        double = double_ownership([poll for poll in polls if poll.at >= window.since], timing.patience)
        agreement = 2 * timing.tick
        takeover = timing.tick if self.in_order else timing.ttl + agreement
        return Outcome(
            engine=scene.server.name,
            drill=self.name,
            gap=longest_gap(polls, scene.nodes, window).seconds,
            promised_gap=takeover + 2 * timing.interval,
            double=double.longest.seconds,
            promised_double=agreement,
            shared=double.nodes,
            stale=len(stale_writes(polls, scene.writes_since(window.since), timing.patience)),
            noise=timing.noise,
        )


def kill(scene: Scene) -> None:
    """Kill a replica."""
    replica = scene.some_replica()
    replica.kill()
    scene.remove(replica)
    scene.settle()


def pause(scene: Scene) -> None:
    """Stop a replica that is about to write, and let it go on when others have its nodes.

    Some nodes are down just before it stops, so that it knows something which is not true any more when it goes on.
    """
    replica, online = scene.some_replica(), set(scene.nodes)
    flapping = set(scene.nodes[::_FLAPPING_SHARE])
    its_own = flapping & scene.owned_by(replica)
    replica.signal(signal.SIGUSR1)
    scene.panel.down |= flapping
    scene.wait_for_polls(its_own, time.monotonic())
    scene.wait_for_status(flapping - its_own, "offline")
    replica.signal(signal.SIGSTOP)
    stopped = time.monotonic()
    scene.panel.down.clear()
    scene.settle(replica)
    scene.wait_for_status(online, "online")
    let_pass(scene.timing.pause, begun=stopped)
    replica.signal(signal.SIGUSR2, signal.SIGCONT)
    scene.settle()


def leave(scene: Scene) -> None:
    """Have a replica leave in order."""
    scene.leave(scene.some_replica())
    scene.settle()


def roll(scene: Scene) -> None:
    """Replace the replicas by new ones, one after the other."""
    for replica in tuple(scene.replicas.values()):
        scene.leave(replica)
        scene.begin()
        scene.settle()


def restart_engine(scene: Scene) -> None:
    """Have the engine forget everything."""
    scene.server.restart_empty()
    _watch(scene)


def freeze_engine(scene: Scene) -> None:
    """Stop the engine for a while, with its connections open."""
    scene.server.freeze()
    let_pass(scene.timing.pause, begun=time.monotonic())
    scene.server.thaw()
    _watch(scene)


def _watch(scene: Scene) -> None:
    """See what the engine's trouble comes to: for as long as it takes to notice that somebody is missing."""
    let_pass(scene.timing.ttl + 2 * scene.timing.tick, begun=time.monotonic())
    scene.settle()


KILL = Drill("kill -9", kill)
PAUSE = Drill("SIGSTOP, SIGCONT", pause)
LEAVE = Drill("graceful leave", leave, in_order=True)
ROLL = Drill("rolling restart", roll, in_order=True)
RESTART = Drill("engine restarted empty", restart_engine)
FREEZE = Drill("engine frozen", freeze_engine)


def table(outcomes: Sequence[Outcome]) -> str:
    """Return the outcomes as a table; times are seconds, measured / promised."""
    head = f"{'engine':8}{'drill':26}{'longest gap':>18}{'double ownership':>20}{'nodes':>7}{'stale':>7}"
    return "\n".join([head, *map(_row, outcomes)])


def _row(outcome: Outcome) -> str:
    gap = f"{outcome.gap:.1f} / {outcome.promised_gap:.1f}"
    double = f"{outcome.double:.1f} / {outcome.promised_double:.1f}"
    counts = f"{outcome.shared:>7}{outcome.stale:>7}"
    return f"{outcome.engine:8}{outcome.drill:26}{gap:>18}{double:>20}{counts}{'' if outcome.kept else '  BROKEN'}"

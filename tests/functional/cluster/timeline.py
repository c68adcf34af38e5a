"""What a record of polls and writes says about who owned which node when. Pure.

All times are seconds of one clock. `patience` is how long a replica may be silent about a node that it still owns:
two intervals of polling or so.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

_NEVER = float("-inf")


class Poll(NamedTuple):
    """One poll: when, of which node, by which replica, and whether the node was up."""

    at: float
    node: int
    by: str
    up: bool = True


class Write(NamedTuple):
    """One change of a node's status in the database: when, of which node, by which replica, and whether to online."""

    at: float
    node: int
    by: str
    up: bool


class Span(NamedTuple):
    """A time from `since` until `until`."""

    since: float
    until: float

    @property
    def seconds(self) -> float:
        """How long it is."""
        return self.until - self.since


def since(polls: Sequence[Poll], moment: float) -> Sequence[Poll]:
    """Return the polls from a moment on; `polls` are in order."""
    return polls[bisect_left(polls, moment, key=lambda poll: poll.at) :]


def longest_gap(polls: Iterable[Poll], nodes: Collection[int], window: Span) -> Span:
    """Return the longest time of any node without a poll.

    A time without polls that reaches over the end of the window counts up to there, so that a node which nobody polls
    any more is seen; what lies before the node's last poll ahead of the window does not count.
    """
    longest = Span(window.since, window.since)
    for times in _times_of(polls, nodes).values():
        before = [at for at in times if at <= window.since]
        inside = [at for at in times if window.since < at < window.until]
        marks = [before[-1] if before else window.since, *inside, window.until]
        longest = max(longest, *(Span(*pair) for pair in pairwise(marks)), key=lambda span: span.seconds)
    return longest


def is_settled(polls: Iterable[Poll], nodes: Collection[int], replicas: Collection[str]) -> bool:
    """Whether each node was polled, by exactly one replica, and each of `replicas` and nobody else polled."""
    owners: dict[int, set[str]] = defaultdict(set)
    for poll in polls:
        owners[poll.node].add(poll.by)
    one_each = all(len(owners[node]) == 1 for node in nodes)
    return one_each and set().union(*owners.values()) == set(replicas)


class DoubleOwnership(NamedTuple):
    """How long nodes were owned by two replicas at once, at the longest, and how many nodes were so."""

    longest: Span
    nodes: int


def double_ownership(polls: Iterable[Poll], patience: float) -> DoubleOwnership:
    """Return the longest time in which nodes were owned by two replicas at once.

    A replica owns a node from one of its polls to the next, unless they are further apart than `patience`. Since a
    node is polled at its own phase of the interval by whoever owns it, two replicas that share all nodes for a second
    meet at few of them: so times of all nodes are taken together when less than `patience` lies between them.
    """
    overlaps: list[Span] = []
    shared: set[int] = set()
    for node, of_node in _by_node(polls).items():
        found = _overlaps(_stints(of_node, patience))
        overlaps += found
        shared.update([node] if found else [])
    return DoubleOwnership(_longest_run(overlaps, patience), len(shared))


def stale_writes(polls: Iterable[Poll], writes: Iterable[Write], patience: float) -> list[Write]:
    """Return the writes of what was known to be otherwise.

    That is so when another replica has found the node otherwise since the writer last found it as it writes, and the
    latter is longer ago than `patience`.
    """
    history = _by_node(polls)
    return [write for write in writes if _is_stale(write, history.get(write.node, []), patience)]


def _is_stale(write: Write, polls: Sequence[Poll], patience: float) -> bool:
    before = [poll for poll in polls if poll.at <= write.at]
    found = max((poll.at for poll in before if poll.by == write.by and poll.up == write.up), default=_NEVER)
    denied = max((poll.at for poll in before if poll.by != write.by and poll.up != write.up), default=_NEVER)
    return denied > found and write.at - found > patience


def _by_node(polls: Iterable[Poll]) -> Mapping[int, list[Poll]]:
    grouped: dict[int, list[Poll]] = defaultdict(list)
    for poll in polls:
        grouped[poll.node].append(poll)
    return grouped


def _times_of(polls: Iterable[Poll], nodes: Collection[int]) -> Mapping[int, list[float]]:
    times: dict[int, list[float]] = {node: [] for node in nodes}
    for poll in polls:
        if poll.node in times:
            times[poll.node].append(poll.at)
    return times


def _stints(polls: Sequence[Poll], patience: float) -> dict[str, list[Span]]:
    """Return for each replica when it owned the node that all of `polls` are of."""
    stints: dict[str, list[Span]] = defaultdict(list)
    for poll in polls:
        own = stints[poll.by]
        if own and poll.at - own[-1].until <= patience:
            own[-1] = Span(own[-1].since, poll.at)
        else:
            own.append(Span(poll.at, poll.at))
    return stints


def _overlaps(stints: Mapping[str, Sequence[Span]]) -> list[Span]:
    if len(stints) == 1:
        return []
    spans = sorted((span, by) for by, own in stints.items() for span in own)
    found = []
    for position, (first, owner) in enumerate(spans):
        for second, other in spans[position + 1 :]:
            if second.since > first.until:
                break
            if other != owner:
                found.append(Span(second.since, min(first.until, second.until)))
    return found


def _longest_run(spans: Iterable[Span], patience: float) -> Span:
    """Return the longest of the times that `spans` make when those are joined that are near each other."""
    runs: list[Span] = []
    for span in sorted(spans):
        if runs and span.since - runs[-1].until <= patience:
            runs[-1] = Span(runs[-1].since, max(runs[-1].until, span.until))
        else:
            runs.append(span)
    return max(runs, key=lambda run: run.seconds, default=Span(0.0, 0.0))

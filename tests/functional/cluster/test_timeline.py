"""What the drills measure with: each figure from timelines made by hand."""

import pytest

from tests.functional.cluster.timeline import (
    Poll,
    Span,
    Write,
    double_ownership,
    is_settled,
    longest_gap,
    since,
    stale_writes,
)

PATIENCE = 2.0


def polls(**owners: list[float]) -> list[Poll]:
    """Polls of node 1, by the replica and its times."""
    return sorted(Poll(at, 1, by) for by, times in owners.items() for at in times)


def test_the_longest_gap_is_between_two_polls_by_whomever() -> None:
    record = polls(a=[0, 1, 2], b=[7.5, 8.5, 9.5])
    assert longest_gap(record, [1], Span(0, 10)) == Span(2, 7.5)


def test_a_gap_is_one_node_s_own() -> None:
    record = [Poll(at, node, "a") for at in range(10) for node in (1, 2) if node == 1 or not 3 < at < 7]
    assert longest_gap(record, [1], Span(0, 9.5)).seconds == 1
    assert longest_gap(record, [1, 2], Span(0, 9.5)) == Span(3, 7)


def test_a_node_that_nobody_polls_any_more_is_a_gap_up_to_the_end() -> None:
    assert longest_gap(polls(a=[0, 1, 2]), [1], Span(0, 10)) == Span(2, 10)
    assert longest_gap([], [1], Span(3, 10)) == Span(3, 10)


def test_a_gap_begins_with_the_last_poll_ahead_of_the_window() -> None:
    record = polls(a=[0, 4, 20, 30])
    assert longest_gap(record, [1], Span(5, 21)) == Span(4, 20)


@pytest.mark.parametrize(
    ("record", "settled"),
    [
        ([Poll(0, 1, "a"), Poll(0, 2, "b"), Poll(1, 1, "a")], True),
        ([Poll(0, 1, "a"), Poll(0, 2, "b"), Poll(1, 1, "b")], False),  # one node has two owners
        ([Poll(0, 1, "a")], False),  # one node has none
        ([Poll(0, 1, "a"), Poll(0, 2, "a")], False),  # one replica has no nodes
        ([Poll(0, 1, "a"), Poll(0, 2, "c")], False),  # a stranger has one
        ([], False),
    ],
)
def test_when_ownership_is_settled(record: list[Poll], settled: bool) -> None:
    assert is_settled(record, [1, 2], ["a", "b"]) is settled


def test_the_polls_since_a_moment_are_those_at_it_and_after() -> None:
    record = polls(a=[0, 1, 2, 3])
    assert since(record, 2) == record[2:]
    assert since(record, 4) == []


def test_one_after_the_other_is_no_double_ownership() -> None:
    record = polls(a=[0, 1, 2], b=[3, 4, 5], c=[5.5, 6.5])
    assert double_ownership(record, PATIENCE) == (Span(0, 0), 0)


def test_ownership_that_returns_after_a_pause_is_no_double_ownership() -> None:
    assert double_ownership(polls(a=[0, 1, 7, 8], b=[2.5, 3.5, 4.5]), PATIENCE).nodes == 0


def test_two_who_poll_alternately_own_the_node_twice() -> None:
    record = polls(a=[0, 1, 2, 3, 4, 5], b=[2.5, 3.5, 4.5, 5.5, 6.5])
    assert double_ownership(record, PATIENCE) == (Span(2.5, 5), 1)


def test_a_single_poll_of_a_replica_that_lost_the_node_is_seen() -> None:
    record = polls(a=[0, 1, 21], b=[17, 18, 19, 20, 21.5, 22])
    assert double_ownership(record, PATIENCE) == (Span(21, 21), 1)


def test_double_ownership_of_many_nodes_is_taken_together() -> None:
    phases = {1: 0.0, 2: 0.4, 3: 0.8}
    record = [Poll(at + phase, node, "b") for node, phase in phases.items() for at in range(10)]
    record += [Poll(4 + phase, node, "a") for node, phase in phases.items()]
    longest, nodes = double_ownership(sorted(record), PATIENCE)
    assert (longest, nodes) == (Span(4, 4.8), 3)


def test_double_ownership_at_times_far_apart_is_not_added_up() -> None:
    record = [Poll(float(at), 1, "b") for at in range(40)]
    record += [Poll(at, 1, "a") for at in (5.5, 6.5, 30.5, 31.5, 32.5)]
    assert double_ownership(sorted(record), PATIENCE) == (Span(30.5, 32.5), 1)


DOWN = [Poll(0, 1, "a"), Poll(1, 1, "a"), Poll(2, 1, "a", up=False)]
UP_AGAIN = [Poll(at, 1, "b") for at in (17, 18, 19, 20)]


def test_a_write_is_stale_when_another_replica_has_found_otherwise_since() -> None:
    late = Write(20.5, 1, "a", up=False)
    assert stale_writes(DOWN + UP_AGAIN, [late, Write(20.6, 1, "b", up=True)], PATIENCE) == [late]


def test_a_poll_after_it_woke_does_not_excuse_what_a_replica_writes() -> None:
    late = Write(20.5, 1, "a", up=False)
    assert stale_writes([*DOWN, *UP_AGAIN, Poll(20.4, 1, "a")], [late], PATIENCE) == [late]


@pytest.mark.parametrize("at", [2.2, 4.0, 16.0])
def test_a_write_is_not_stale_before_another_replica_finds_otherwise(at: float) -> None:
    assert stale_writes(DOWN + UP_AGAIN, [Write(at, 1, "a", up=False)], PATIENCE) == []


def test_a_write_that_follows_its_poll_is_not_stale_even_if_the_node_comes_back_in_between() -> None:
    assert stale_writes([*DOWN, Poll(2.5, 1, "b")], [Write(2.6, 1, "a", up=False)], PATIENCE) == []


def test_a_write_of_what_the_writer_never_found_is_stale() -> None:
    assert stale_writes(UP_AGAIN, [Write(20.5, 1, "a", up=False)], PATIENCE) != []
    assert stale_writes([], [Write(20.5, 2, "a", up=False)], PATIENCE) == []

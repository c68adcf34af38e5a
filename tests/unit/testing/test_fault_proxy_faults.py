"""What faults decide, without a socket."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from znp_panel_sync.testing.connection_faults import (
    Blackhole,
    ConnectionFault,
    Delay,
    Direction,
    Drip,
    Ending,
    Garble,
    Refuse,
    Reset,
    Slice,
    Step,
    Truncate,
)

ENDINGS = [(Reset, Ending.RESET), (Refuse, Ending.RESET), (Truncate, Ending.CLOSE), (Blackhole, Ending.SILENCE)]


def test_what_does_not_reach_the_end_passes_whole() -> None:
    fault = Reset(after=5)
    assert list(fault.steps(b"abc", 0)) == [b"abc"]
    assert list(fault.steps(b"def", 3)) == [b"de", Ending.RESET]


def played(fault: ConnectionFault, pieces: list[bytes]) -> list[Step]:
    """All steps for pieces that arrive one after the other, up to the first ending."""
    steps: list[Step] = []
    passed = 0
    for piece in pieces:
        for step in fault.steps(piece, passed):
            steps.append(step)
            if isinstance(step, Ending):
                return steps
        passed += len(piece)
    return steps


def sent(steps: list[Step]) -> bytes:
    return b"".join(step for step in steps if isinstance(step, bytes))


@pytest.mark.parametrize(("kind", "ending"), ENDINGS)
@given(pieces=st.lists(st.binary(min_size=1, max_size=5), max_size=5), after=st.integers(0, 20))
def test_a_connection_ends_after_exactly_so_many_bytes(
    kind: type[Reset | Truncate | Blackhole], ending: Ending, pieces: list[bytes], after: int
) -> None:
    whole = b"".join(pieces)

    steps = played(kind(after=after), pieces)

    assert sent(steps) == whole[:after]
    assert (steps[-1:] == [ending]) == (len(whole) >= after and bool(pieces))


@pytest.mark.parametrize("kind", [kind for kind, _ in ENDINGS])
def test_without_a_number_it_ends_at_once(kind: type[Reset | Truncate | Blackhole]) -> None:
    assert len(played(kind(), [b"abc"])) == 1


def test_a_delay_waits_before_each_piece() -> None:
    assert played(Delay(1.5), [b"ab", b"c"]) == [1.5, b"ab", 1.5, b"c"]


def test_a_drip_pauses_between_pieces() -> None:
    assert played(Drip(0.2, size=2), [b"abc"]) == [b"ab", 0.2, b"c", 0.2]


@given(data=st.binary(max_size=50), size=st.integers(1, 10))
def test_slices_are_the_data_in_small_pieces(data: bytes, size: int) -> None:
    steps = played(Slice(size=size), [data])

    assert sent(steps) == data
    assert all(len(step) <= size for step in steps if isinstance(step, bytes))


@given(pieces=st.lists(st.binary(min_size=1, max_size=5), max_size=5), after=st.integers(0, 20))
def test_garbling_changes_every_byte_after_those_to_spare(pieces: list[bytes], after: int) -> None:
    whole = b"".join(pieces)

    garbled = sent(played(Garble(after=after), pieces))

    assert garbled[:after] == whole[:after]
    assert len(garbled) == len(whole)
    assert all(ours != theirs for ours, theirs in zip(garbled[after:], whole[after:], strict=True))


@pytest.mark.parametrize("fault", [Truncate(), Delay(0), Drip(0), Garble()])
def test_answers_are_spoiled_unless_said_otherwise(fault: ConnectionFault) -> None:
    assert fault.direction is Direction.ANSWERS


@pytest.mark.parametrize("fault", [Reset(), Refuse(), Blackhole(), Slice()])
def test_what_breaks_a_connection_breaks_both_ways(fault: ConnectionFault) -> None:
    assert fault.direction is Direction.BOTH


@pytest.mark.parametrize(
    "make",
    [
        lambda: Reset(after=-1),
        lambda: Garble(after=-1),
        lambda: Delay(-0.1),
        lambda: Drip(-1),
        lambda: Drip(1, size=0),
        lambda: Slice(size=0),
    ],
)
def test_numbers_that_make_no_sense_are_refused(make: Callable[[], ConnectionFault]) -> None:
    with pytest.raises(ValueError, match=">"):
        make()

"""Who shares the work, and until when that holds: by examples, and for any sequence of what can happen."""

import math
from collections.abc import Set as AbstractSet

from hypothesis import given
from hypothesis import strategies as st

from znp_panel_sync.cluster._standing import Standing

TTL = 15.0
KEEP = 100.0


def agreed(*members: str, at: float = 0.0, keep: float = KEEP) -> Standing:
    """Return the standing of a replica that has just been answered."""
    standing = Standing(ttl=TTL, keep=keep)
    standing.woke(at, at)
    assert standing.answered(at, at, frozenset(members), forgotten=True)
    return standing


def ask(standing: Standing, now: float, *members: str, forgotten: bool = False) -> AbstractSet[str]:
    """Have an exchange that takes no time."""
    standing.woke(now, now)
    standing.answered(now, now, frozenset(members), forgotten=forgotten)
    return standing.members


def fail(standing: Standing, now: float) -> AbstractSet[str]:
    """Have an exchange that fails."""
    standing.woke(now, now)
    standing.failed()
    return standing.members


def test_nothing_is_known_before_the_first_answer() -> None:
    standing = Standing(ttl=TTL, keep=KEEP)
    assert (standing.members, standing.until) == (frozenset(), -math.inf)
    standing.woke(0.0, 0.0)
    standing.failed()
    assert standing.members == frozenset()
    assert ask(standing, 1.0, "a") == {"a"}


def test_an_answer_holds_for_a_ttl_from_the_question() -> None:
    standing = agreed("a", "b")
    standing.woke(2.0, 2.0)
    assert standing.answered(2.0, 6.0, frozenset({"a"}), forgotten=False)
    assert (standing.until, set(standing.members)) == (2.0 + TTL, {"a"})


def test_an_answer_that_comes_after_a_ttl_tells_nothing() -> None:
    standing = agreed("a", "b")
    fail(standing, 5.0)
    standing.woke(19.0, 19.0)
    assert not standing.answered(4.0, 19.0, frozenset({"a"}), forgotten=False)
    assert (standing.failing, set(standing.members)) == (True, {"a", "b"})


def test_while_the_engine_is_away_the_last_answer_holds_up_to_the_limit() -> None:
    standing = agreed("a", "b")
    now = 0.0
    while now < KEEP:
        assert fail(standing, now) == {"a", "b"}
        now += 2.0
    assert standing.until == KEEP
    assert fail(standing, KEEP + 0.5) == frozenset()
    assert ask(standing, KEEP + 2.0, "a") == {"a"}  # nobody is waited for any more


def test_it_holds_for_ever_where_that_is_wanted() -> None:
    standing = agreed("a", keep=math.inf)
    now = 1.0
    while now < 1e6:
        assert fail(standing, now) == {"a"}
        now += TTL


def test_a_process_that_was_paused_knows_nothing_until_it_is_answered() -> None:
    standing = agreed("a", "b")
    standing.woke(2.0, 2.0)
    standing.woke(2.0 + TTL + 0.1, 2.0 + TTL + 0.1)
    assert (standing.members, standing.until) == (frozenset(), -math.inf)
    standing.failed()  # that the engine is away now does not tell what it was meanwhile
    standing.woke(18.0, 18.0)
    assert standing.members == frozenset()
    assert ask(standing, 20.0, "a", forgotten=True) == {"a"}


def test_a_process_that_was_paused_in_an_exchange_is_not_taken_for_one_whose_engine_is_away() -> None:
    standing = agreed("a", "b")
    standing.woke(2.0, 2.0)
    standing.woke(
        TTL + 0.5, TTL + 0.5
    )  # awake again before a TTL is over, but not before the answer has ceased to hold
    standing.failed()
    assert standing.members == frozenset()


def test_members_that_leave_are_gone_at_once() -> None:
    assert ask(agreed("a", "b", "c"), 2.0, "a", "c") == {"a", "c"}


def test_when_the_engine_is_back_the_others_have_one_ttl_to_be_seen() -> None:
    standing = agreed("a", "b", "c")
    fail(standing, 2.0)
    assert ask(standing, 10.0, "a") == {"a", "b", "c"}
    assert ask(standing, 12.0, "a", "b") == {"a", "b", "c"}
    assert ask(standing, 14.0, "a") == {"a", "c"}  # seen, and then gone: it has left
    assert ask(standing, 10.0 + TTL, "a") == {"a"}


def test_when_the_engine_has_forgotten_everybody_the_others_have_one_ttl_to_be_seen() -> None:
    standing = agreed("a", "b")
    assert ask(standing, 2.0, "a", forgotten=True) == {"a", "b"}
    assert ask(standing, 2.0 + TTL, "a") == {"a"}


def test_an_engine_that_comes_and_goes_does_not_keep_the_dead_alive() -> None:
    standing = agreed("a", "b")
    now, limit = 0.0, 0.0
    while "b" in standing.members:
        fail(standing, now + 1.0)
        now += 2.0
        limit = limit or now + TTL
        ask(standing, now, "a")
    assert now <= limit + 2.0


EVENTS = st.lists(
    st.tuples(
        st.integers(0, 3 * int(TTL)),
        st.one_of(st.none(), st.just("fail"), st.frozensets(st.sampled_from("bcd"))),
        st.booleans(),
    ),
    max_size=60,
)


@given(EVENTS)
def test_whatever_happens_it_never_holds_longer_than_promised(events: list[tuple[int, object, bool]]) -> None:
    """Who was not answered for `KEEP`, or did not run for a TTL, knows nothing; and who knows something is in it."""
    standing = Standing(ttl=TTL, keep=KEEP)
    now, answered_at, awake_at, failed = 0.0, -math.inf, -math.inf, False
    for pause, event, forgotten in events:
        now += pause
        if now - awake_at > TTL or now - answered_at > (KEEP if failed else TTL):
            assert standing.until < now
        standing.woke(now, now)
        awake_at = now
        if isinstance(event, frozenset):
            seen = event | {"a"}
            assert standing.answered(now, now, seen, forgotten=forgotten)
            assert seen <= standing.members
            answered_at, failed = now, False
        elif event == "fail":
            standing.failed()
            failed = True
        assert standing.until <= now + TTL
        assert bool(standing.members) == (standing.until >= now)
        assert not standing.members or "a" in standing.members

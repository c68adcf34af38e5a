"""The ring: what it promises for any members and any keys."""

from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

from znp_panel_sync.cluster.ring import Ring

PARTITIONS = 64
NAMES = st.text(st.characters(codec="ascii", categories=["L", "N"]), min_size=1, max_size=20)
MEMBERS = st.sets(NAMES, min_size=1, max_size=6)
KEYS = st.lists(st.text(max_size=20), max_size=40)


@settings(deadline=None)
@given(MEMBERS, KEYS)
def test_each_key_has_one_owner_and_the_order_of_the_members_does_not_matter(
    members: set[str], keys: list[str]
) -> None:
    ring, other = Ring(sorted(members), PARTITIONS), Ring(sorted(members, reverse=True), PARTITIONS)
    assert ring.members == other.members == tuple(sorted(members))
    for key in keys:
        assert ring.owner(key) == other.owner(key)
        assert ring.owner(key) in members


@settings(deadline=None)
@given(MEMBERS, NAMES, KEYS)
def test_a_member_that_comes_takes_and_nothing_else_moves(members: set[str], newcomer: str, keys: list[str]) -> None:
    before, after = Ring(members - {newcomer}, PARTITIONS), Ring(members | {newcomer}, PARTITIONS)
    for key in keys:
        assert after.owner(key) in (newcomer, before.owner(key))


def test_nobody_owns_anything_where_there_is_no_member() -> None:
    assert Ring((), PARTITIONS).owner("node:1") is None


def test_the_shares_are_even() -> None:
    """512 places keep three members within 15 % of a third; what a member leaves goes to both of the others."""
    keys = [f"node:{number}" for number in range(10_000)]
    ring = Ring(["a", "b", "c"], 512)
    shares = Counter(ring.owner(key) for key in keys)
    assert all(abs(share - len(keys) / 3) < 0.15 * len(keys) / 3 for share in shares.values())
    without = Ring(["a", "b"], 512)
    heirs = Counter(without.owner(key) for key in keys if ring.owner(key) == "c")
    assert min(heirs["a"], heirs["b"]) > shares["c"] / 4

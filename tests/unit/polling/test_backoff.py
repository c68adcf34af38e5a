"""Delays after failures: the panel's formula, its normalising, and its bounds."""

import math
from itertools import islice
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from znp_panel_sync.errors import ConfigurationError
from znp_panel_sync.polling import Backoff

# base, multiplier, maximum, jitter, failures, spread, delay: min(base * multiplier^n, maximum) * (1 + jitter * spread)
VECTORS = [
    (30, 2, 300, 0.0, 0, 0.0, 30),
    (30, 2, 300, 0.0, 1, 0.0, 60),
    (30, 2, 300, 0.0, 2, 0.0, 120),
    (30, 2, 300, 0.0, 3, 0.0, 240),
    (30, 2, 300, 0.0, 4, 0.0, 300),
    (30, 2, 300, 0.0, 5, 0.0, 300),
    (30, 2, 300, 0.2, 1, 1.0, 72),
    (30, 2, 300, 0.2, 1, -1.0, 48),
    (30, 2, 300, 0.2, 3, 0.5, 264),
    (30, 2, 300, 0.2, 4, 1.0, 300),  # jitter never passes the maximum
    (30, 2, 300, 0.2, 4, -1.0, 240),
    (30, 2, 300, 1.0, 1, -1.0, 30),  # nor falls below the base
    (30, 1.5, 300, 0.0, 2, 0.0, 67.5),
    (30, 1, 300, 0.0, 2, 0.0, 120),  # a multiplier of 1 or less means 2
    (30, -3, 300, 0.0, 2, 0.0, 120),
    (30, 2, 0, 0.0, 9, 0.0, 240),  # no maximum means 8 bases
    (30, 2, -5, 0.0, 9, 0.0, 240),
    (30, 2, 10, 0.0, 9, 0.0, 30),  # a maximum below the base means the base
    (30, 2, 300, 7.0, 1, -1.0, 30),  # jitter is clamped to 1
    (30, 2, 300, -1.0, 1, 1.0, 60),  # and to 0
    (0.5, 3, 100, 0.0, 3, 0.0, 13.5),
    (30, 2, 300, 0.0, 10**9, 0.0, 300),
]


@pytest.mark.parametrize(("base", "multiplier", "maximum", "jitter", "failures", "spread", "delay"), VECTORS)
def test_delay_follows_the_formula(
    base: float, multiplier: float, maximum: float, jitter: float, failures: int, spread: float, delay: float
) -> None:
    backoff = Backoff(base, multiplier=multiplier, maximum=maximum, jitter=jitter)
    assert backoff.delay(failures, spread) == pytest.approx(delay)


def test_delay_is_always_the_base_when_not_enabled() -> None:
    backoff = Backoff(30, maximum=300, enabled=False)
    assert [backoff.delay(failures, 1.0) for failures in (0, 1, 50)] == [30, 30, 30]


@given(
    base=st.floats(1e-3, 1e6),
    multiplier=st.floats(-10, 1e300),
    maximum=st.floats(-10, 1e9),
    jitter=st.floats(-1, 2),
    failures=st.integers(0, 2**70),
    spread=st.floats(-1, 1),
)
def test_delay_is_between_base_and_maximum_for_any_count(
    base: float, multiplier: float, maximum: float, jitter: float, failures: int, spread: float
) -> None:
    backoff = Backoff(base, multiplier=multiplier, maximum=maximum, jitter=jitter)
    assert backoff.base <= backoff.delay(failures, spread) <= backoff.longest


@given(failures=st.integers(0, 5000), base=st.floats(0.1, 100), maximum=st.floats(0, 1e5))
def test_delay_without_jitter_never_shrinks(failures: int, base: float, maximum: float) -> None:
    backoff = Backoff(base, maximum=maximum)
    assert backoff.delay(failures) <= backoff.delay(failures + 1)


def test_delays_are_those_of_the_formula_for_every_seed() -> None:
    backoff = Backoff(1, maximum=60, jitter=0.5)
    for seed in range(5):
        spreads = Random(seed)
        expected = [backoff.delay(n, spreads.uniform(-1, 1)) for n in range(1, 9)]
        assert list(islice(backoff.delays(Random(seed)), 8)) == expected


def test_with_base_keeps_everything_else() -> None:
    backoff = Backoff(30, multiplier=3, maximum=900, jitter=0.1, enabled=False)
    assert backoff.with_base(10) == Backoff(10, multiplier=3, maximum=900, jitter=0.1, enabled=False)
    assert backoff.with_base(30) is backoff


@pytest.mark.parametrize(("maximum", "longest"), [(0, 40), (-1, 40), (10, 10), (2, 5)])
def test_another_base_has_the_maximum_that_was_given_or_one_of_its_own(maximum: float, longest: float) -> None:
    assert Backoff(300, maximum=maximum).with_base(5).longest == longest


@pytest.mark.parametrize(
    ("arguments", "field"),
    [
        ({"base": 0}, "base"),
        ({"base": -1}, "base"),
        ({"base": math.inf}, "base"),
        ({"base": math.nan}, "base"),
        ({"base": 1, "multiplier": math.inf}, "multiplier"),
        ({"base": 1, "maximum": math.nan}, "maximum"),
        ({"base": 1, "jitter": math.nan}, "jitter"),
    ],
)
def test_numbers_that_mean_nothing_are_refused(arguments: dict[str, Any], field: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        Backoff(**arguments)
    assert caught.value.field == field

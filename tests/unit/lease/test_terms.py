"""Intervals, delays and what answers grant."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from znp_kernel_client.types import UNSET
from znp_panel_sync.errors import ConfigurationError
from znp_panel_sync.lease import LeaseTimings
from znp_panel_sync.lease._terms import Grant, read_grant

HOUR_MS = 3_600_000


@pytest.mark.parametrize(
    ("lease", "asked", "interval"),
    [
        (90.0, 10.0, 10.0),
        (90.0, 60.0, 30.0),
        (90.0, None, 30.0),
        (math.inf, 45.0, 45.0),
        (math.inf, None, 30.0),
        (0.03, 10.0, 0.05),
    ],
)
def test_the_interval_is_the_kernels_unless_fewer_than_three_beats_fit(
    lease: float, asked: float | None, interval: float
) -> None:
    assert LeaseTimings().interval(lease, asked) == interval


@given(lease=st.floats(1, 1e6), asked=st.none() | st.floats(0.1, 1e6))
def test_three_beats_fit_in_every_lease(lease: float, asked: float | None) -> None:
    assert LeaseTimings().interval(lease, asked) * 3 <= lease * (1 + 1e-9)


@given(failures=st.integers(1, 10**9), interval=st.floats(0.05, 1e6), chance=st.floats(0, 1, exclude_max=True))
def test_a_delay_is_bounded_for_any_number_of_failures(failures: int, interval: float, chance: float) -> None:
    delay = LeaseTimings(max_retry_delay=20).backoff(failures, interval, lambda: chance)
    assert 0 < delay <= min(20, interval)


@pytest.mark.parametrize("offset_ms", [0, HOUR_MS, -HOUR_MS])
def test_only_the_distance_of_the_kernels_times_counts(offset_ms: int) -> None:
    now_ms = 1_700_000_000_000 + offset_ms
    assert read_grant(now_ms, now_ms + 60_000, 20) == Grant(lease=60.0, interval=20.0)


@pytest.mark.parametrize(
    ("begins", "expires", "lease"),
    [
        (1000, None, math.inf),
        (1000, UNSET, None),
        (UNSET, 2000, None),
        ("1000", 2000, None),
        (2000, 1000, -1.0),
        (0, 10**400, 1e12),
    ],
)
def test_a_lease_that_makes_no_sense_breaks_nothing(begins: object, expires: object, lease: float | None) -> None:
    assert read_grant(begins, expires).lease == lease


@pytest.mark.parametrize("interval", [None, UNSET, 0, -5, "20", math.nan])
def test_an_interval_that_makes_no_sense_counts_as_missing(interval: object) -> None:
    assert read_grant(0, None, interval).interval is None


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("default_interval", 0),
        ("request_timeout", -1),
        ("retry_delay", math.inf),
        ("stop_timeout", math.nan),
        ("jitter", 1.0),
        ("jitter", -0.1),
    ],
)
def test_timings_that_make_no_sense_are_refused_by_name(field: str, value: float) -> None:
    with pytest.raises(ConfigurationError, match=field):
        LeaseTimings(**{field: value})

"""The offline probe: 1, 3, 5, 7, … seconds, again from every local midnight, whatever the day's length."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta, tzinfo
from unittest import mock
from zoneinfo import ZoneInfo

import pytest
from dateutil.tz import tzlocal
from hypothesis import given
from hypothesis import strategies as st

from znp_panel_sync.errors import ConfigurationError
from znp_panel_sync.polling import OfflineProbe, ProbePosition

UTC = ZoneInfo("UTC")
ZONES = (
    "UTC", "Asia/Shanghai", "Europe/Berlin", "America/New_York", "Africa/Cairo", "America/Santiago", "America/Havana",
    "Australia/Lord_Howe",
)  # fmt: skip


@contextmanager
def zone_of(name: str, kind: str) -> Iterator[tzinfo]:
    """A zone by its name, or the machine's own while that is this one."""
    if kind == "named":
        yield ZoneInfo(name)
        return
    with mock.patch.dict(os.environ, TZ=name):
        time.tzset()
        yield tzlocal()
    time.tzset()


def moments(probe: OfflineProbe, start: datetime, until: datetime, phase: float = 0.0) -> list[float]:
    """Return when a kernel that stays offline from `start` on is probed, in epoch seconds."""
    now, position = start.timestamp(), None
    found: list[float] = []
    while True:
        delay, position = probe.following(position, now, phase)
        assert delay > 0
        now += delay
        if now >= until.timestamp():
            return found
        found.append(now)


@pytest.mark.parametrize(
    ("attempt", "maximum", "delay"),
    [
        (0, 0, 1),
        (1, 0, 3),
        (2, 0, 5),
        (3, 0, 7),
        (292, 0, 585),
        (0, 4, 1),
        (1, 4, 3),
        (2, 4, 4),
        (9, 4, 4),
        (0, 0.5, 0.5),
    ],
)
def test_delay_grows_by_two_seconds_up_to_the_maximum(attempt: int, maximum: float, delay: float) -> None:
    assert OfflineProbe(maximum, UTC).delay(attempt) == delay


def test_the_first_probes_are_after_1_4_9_16_seconds() -> None:
    start = datetime(2024, 5, 1, 12, tzinfo=UTC)
    found = moments(OfflineProbe(0, UTC), start, start + timedelta(seconds=60))
    assert [moment - start.timestamp() for moment in found] == [1, 4, 9, 16, 25, 36, 49]


@pytest.mark.parametrize("kind", ["named", "the machine's"])
@pytest.mark.parametrize(
    ("zone", "day", "hours", "probes"),
    [
        ("UTC", date(2024, 5, 1), 24, 293),
        ("Europe/Berlin", date(2024, 3, 31), 23, 287),  # 02:00 does not exist
        ("Europe/Berlin", date(2024, 10, 27), 25, 299),  # 02:30 comes twice
        ("America/New_York", date(2024, 11, 3), 25, 299),
        ("Australia/Lord_Howe", date(2024, 4, 7), 24.5, 296),
        ("Africa/Cairo", date(2024, 4, 26), 23, 287),  # midnight itself does not exist
        ("America/Santiago", date(2026, 9, 5), 24, 293),  # nor does the midnight that ends this day
    ],
)
def test_a_day_of_any_length_has_its_own_sequence(zone: str, day: date, hours: float, probes: int, kind: str) -> None:
    there = ZoneInfo(zone)
    start = datetime.combine(day, datetime.min.time(), there)
    end = datetime.combine(day + timedelta(days=1), datetime.min.time(), there)
    assert end.timestamp() - start.timestamp() == hours * 3600
    with zone_of(zone, kind) as probed:
        assert len(moments(OfflineProbe(0, probed), start, end)) == probes


def test_midnight_of_the_zone_begins_the_sequence_again() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    midnight = datetime(2024, 7, 2, tzinfo=berlin)
    found = moments(OfflineProbe(0, berlin), midnight - timedelta(hours=5), midnight + timedelta(seconds=30))
    assert [moment - midnight.timestamp() for moment in found if moment >= midnight.timestamp()] == [0, 1, 4, 9, 16, 25]


@given(
    zone=st.sampled_from(ZONES),
    kind=st.sampled_from(["named", "the machine's"]),
    now=st.integers(1_600_000_000, 1_900_000_000),
    attempt=st.integers(0, 2000),
    maximum=st.sampled_from([0.0, 10.0, 600.0]),
)
def test_no_delay_reaches_past_midnight(zone: str, kind: str, now: int, attempt: int, maximum: float) -> None:
    with zone_of(zone, kind) as there:
        today = datetime.fromtimestamp(now, there).date()
        delay, position = OfflineProbe(maximum, there).following(ProbePosition(today, attempt), now)
        assert 0 < delay <= 1 + 2 * attempt
        assert position == ProbePosition(today, attempt + 1)
        assert datetime.fromtimestamp(now + delay - 0.001, there).date() == today


def test_phase_is_added_where_many_would_probe_at_once() -> None:
    probe = OfflineProbe(0, UTC)
    noon, evening = datetime(2024, 5, 1, 12, tzinfo=UTC), datetime(2024, 5, 1, 23, 59, tzinfo=UTC)
    first = probe.following(None, noon.timestamp(), 0.25)
    assert first == (1.25, ProbePosition(date(2024, 5, 1), 1))
    assert probe.following(first[1], noon.timestamp(), 0.25)[0] == 3
    assert probe.following(ProbePosition(date(2024, 5, 1), 290), evening.timestamp(), 0.25)[0] == 62.5
    assert len(moments(probe, noon, noon + timedelta(seconds=60), 0.25)) == 7


def test_a_position_of_yesterday_counts_as_none() -> None:
    now = datetime(2024, 5, 2, 0, 0, 1, tzinfo=UTC).timestamp()
    assert OfflineProbe(0, UTC).following(ProbePosition(date(2024, 5, 1), 200), now) == (
        1,
        ProbePosition(date(2024, 5, 2), 1),
    )


def test_the_default_zone_is_the_machines() -> None:
    assert OfflineProbe().zone == tzlocal()


@pytest.mark.parametrize("maximum", [-1, float("nan")])
def test_a_maximum_below_zero_is_refused(maximum: float) -> None:
    with pytest.raises(ConfigurationError) as caught:
        OfflineProbe(maximum)
    assert caught.value.field == "maximum"

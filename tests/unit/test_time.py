"""Time stamps that come as text."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from znp_panel_sync._time import parse_timestamp


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("2024-01-01T00:00:00Z", datetime(2024, 1, 1, tzinfo=UTC)),
        ("2024-01-01T00:00:00.123456789Z", datetime(2024, 1, 1, microsecond=123456, tzinfo=UTC)),
        ("2024-01-01T08:00:00+08:00", datetime(2024, 1, 1, tzinfo=UTC)),
        ("2024-01-01 10:00", datetime(2024, 1, 1, 10, tzinfo=UTC)),
        ("20240101T100000Z", datetime(2024, 1, 1, 10, tzinfo=UTC)),
        ("Wed, 21 Oct 2015 07:28:00 GMT", datetime(2015, 10, 21, 7, 28, tzinfo=UTC)),
        ("Wednesday, 21-Oct-15 07:28:00 GMT", datetime(2015, 10, 21, 7, 28, tzinfo=UTC)),
    ],
)
def test_common_notations_are_understood(text: str, time: datetime) -> None:
    assert parse_timestamp(text) == time


@pytest.mark.parametrize(
    "text",
    [
        *("", "soon", "10:00", "5", "120", "Jan 5", "2024-13-01", "2024-02-30", "0000-00-00", "\x00", "1" * 100),
        *("2024-01-01T00:00:00 CST", "2024-01-01T00:00:00+99:00", None, 1733965196123, b"2024-01-01"),
    ],
)
def test_what_is_no_full_date_is_none(text: object) -> None:
    assert parse_timestamp(text) is None


@given(st.text() | st.from_regex(r"[0-9TZ:+. -]{1,64}", fullmatch=True))
def test_no_text_raises(text: str) -> None:
    parsed = parse_timestamp(text)
    assert parsed is None or parsed.tzinfo is not None


@given(st.datetimes(timezones=st.builds(timezone, st.integers(-1439, 1439).map(lambda m: timedelta(minutes=m)))))
def test_iso_texts_come_back_as_the_same_time(time: datetime) -> None:
    assert parse_timestamp(time.isoformat()) == time

"""Time stamps that come as text."""

from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import Final

LONGEST_TIMESTAMP: Final = 64
"""Longer texts are no time stamps; parsing foreign text has its bound here."""

_DEFAULTS: Final = (datetime(2000, 1, 1, tzinfo=UTC), datetime(2001, 2, 2, tzinfo=UTC))
"""Two dates to fill gaps with: a text that leaves its date open gives two answers, and is refused."""


def parse_timestamp(text: object) -> datetime | None:
    """Read a time stamp in any common notation (ISO 8601, RFC 3339, the dates of HTTP) into an aware time.

    Without a zone it counts as UTC. None for everything that is no full date, or names a zone nobody knows.
    """
    from dateutil.parser import parse

    if not isinstance(text, str) or len(text) > LONGEST_TIMESTAMP:
        return None
    try:
        first, second = (parse(text, default=default, tzinfos=_zone) for default in _DEFAULTS)
    except (ValueError, OverflowError):
        return None
    return first if first == second else None


def _zone(name: str | None, offset: int | None) -> tzinfo:
    """Choose the zone: never the machine's own, whose name may be that of another one elsewhere."""
    if offset is not None:
        return timezone(timedelta(seconds=offset))
    if name:
        raise ValueError(f"the zone {name} is not known")
    return UTC

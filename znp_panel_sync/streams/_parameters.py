"""What a stream is asked for, checked before anything is sent."""

import math
from collections.abc import Iterable
from typing import Final, Literal

from znp_kernel_client.types import Request
from znp_panel_sync.errors import ConfigurationError

Transport = Literal["sse", "websocket"]
Mode = Literal["full", "diff"]
Words = str | Iterable[str]

DEFAULT_INTERVAL: Final = 5
"""Seconds between two status frames."""

SHORTEST_INTERVAL: Final = 1
LONGEST_INTERVAL: Final = 60
SILENT_INTERVALS: Final = 3
"""So many intervals without a sign of life are the end of a connection."""

DEFAULT_EVENT_SILENCE: Final = 300.0
"""Seconds: kernels need not send anything while nothing happens."""

MAX_EVENT_BYTES: Final = 1024 * 1024
MAX_SNAPSHOT_BYTES: Final = 4 * 1024 * 1024
_KINDS: Final = ("runtime", "node", "service")


def status_request(
    transport: str,
    *,
    interval: object,
    mode: object = "full",
    events: Words | None = None,
    include: Words | None = None,
    redact_users: object = None,
    rate_limit_summary: object = None,
) -> Request:
    """Return the request for a status stream."""
    if isinstance(interval, bool) or not isinstance(interval, int):
        raise ConfigurationError("interval", f"must be a whole number of seconds, not {interval!r}")
    if not SHORTEST_INTERVAL <= interval <= LONGEST_INTERVAL:
        raise ConfigurationError("interval", f"must be from 1 to 60 seconds, not {interval}")
    _refuse_other("mode", mode, ("full", "diff"))
    query = {
        "interval": str(interval),
        "mode": str(mode),
        "events": _kinds(events),
        "include": _words("include", include),
        "redact_users": _flag("redact_users", redact_users),
        "rate_limit_summary": _flag("rate_limit_summary", rate_limit_summary),
    }
    return _request(transport, "stream_status", "/v1/status", query)


def event_request(transport: str, events: Words | None) -> Request:
    """Return the request for an event stream."""
    return _request(transport, "stream_events", "/v1/events", {"events": _kinds(events)})


def checked_seconds(name: str, seconds: object) -> float:
    """Return a limit of time; None means that there is none."""
    if seconds is None:
        return math.inf
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not seconds > 0:
        raise ConfigurationError(name, f"must be more than 0 seconds, or None, not {seconds!r}")
    return float(seconds)


def checked_bytes(name: str, size: object) -> int:
    """Return a limit of size."""
    if isinstance(size, bool) or not isinstance(size, int) or size < 1:
        raise ConfigurationError(name, f"must be a number of bytes above 0, not {size!r}")
    return size


def _request(transport: str, operation: str, path: str, query: dict[str, str | None]) -> Request:
    _refuse_other("transport", transport, ("sse", "websocket"))
    given = tuple((name, value) for name, value in query.items() if value is not None)
    if transport == "websocket":
        return Request(f"{operation}_ws", "GET", f"{path}/ws", given, success=(101,))
    return Request(operation, "GET", f"{path}/stream", given, accept="text/event-stream")


def _refuse_other(name: str, value: object, known: tuple[str, ...]) -> None:
    if value not in known:
        raise ConfigurationError(name, f"must be one of {', '.join(known)}, not {value!r}")


def _kinds(events: Words | None) -> str | None:
    words = _words("events", events)
    for word in words.split(",") if words else ():
        _refuse_other("events", word, _KINDS)
    return words


def _words(name: str, words: object) -> str | None:
    """Return a comma-separated list; given as such a text already, or as single words."""
    if words is None:
        return None
    single = words.split(",") if isinstance(words, str) else list(words) if isinstance(words, Iterable) else []
    if not single or not all(map(_is_word, single)):
        raise ConfigurationError(name, f"must be words, not {words!r}")
    return ",".join(word.strip() for word in single)


def _is_word(word: object) -> bool:
    return isinstance(word, str) and bool(word.strip())


def _flag(name: str, flag: object) -> str | None:
    if flag is not None and not isinstance(flag, bool):
        raise ConfigurationError(name, f"must be True, False or None, not {flag!r}")
    return None if flag is None else str(flag).lower()

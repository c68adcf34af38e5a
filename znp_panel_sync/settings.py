"""The panel's `Kernel:` and `Webhook:` settings, and durations as Go writes them."""

import re
from typing import Final

from znp_panel_sync.errors import ConfigurationError

_UNITS: Final = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "μs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}
_DURATION: Final = re.compile(r"[+-]?(?:0|(?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+)", re.ASCII)
_PART: Final = re.compile(r"(\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h)", re.ASCII)


def parse_duration(text: object, *, field: str = "duration") -> float:
    """Return the seconds of a duration as Go writes it: `30s`, `5m`, `1h30m`, `500ms`, `-1.5s`, or `0`.

    Raises `ConfigurationError` naming `field` for anything else; a number needs its unit, as in Go.
    """
    if not isinstance(text, str) or not _DURATION.fullmatch(text):
        raise ConfigurationError(field, f"must be a duration such as 30s, 5m, 1h30m or 500ms, not {text!r}")
    seconds = sum(float(number) * _UNITS[unit] for number, unit in _PART.findall(text))
    return -seconds if text.startswith("-") else seconds

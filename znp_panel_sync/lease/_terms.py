"""How long a lease lasts and how often to beat: what the kernel grants, and what the agent makes of it."""

import math
from collections.abc import Callable
from typing import Final

from attrs import Attribute, field, frozen

from znp_panel_sync.errors import ConfigurationError

BEATS_IN_A_LEASE: Final = 3
"""At least so many beats fit in a lease, as in etcd, so that one may time out, or several fail at once."""

SHORTEST_INTERVAL: Final = 0.05
"""Seconds; a lease too short for its three beats does not turn the agent into a flood."""

LONGEST_RETRY_AFTER: Final = 3600.0
"""Seconds; a kernel that asks to wait longer is asked again nevertheless."""

LARGEST_JITTER: Final = 0.9

_LARGEST_EXPONENT: Final = 32
_LARGEST_NUMBER: Final = 10**15

Random = Callable[[], float]
"""A source of numbers that are uniform in [0, 1), such as `random.random`."""


def _seconds(instance: object, attribute: "Attribute[float]", value: float) -> None:
    del instance
    if not (math.isfinite(value) and value > 0):
        raise ConfigurationError(attribute.name, f"must be a positive number of seconds, not {value}")


def _part(instance: object, attribute: "Attribute[float]", value: float) -> None:
    del instance
    if not 0 <= value <= LARGEST_JITTER:
        raise ConfigurationError(attribute.name, f"must be between 0 and {LARGEST_JITTER}, not {value}")


def check_seconds(field_name: str, value: object) -> None:
    """Raise `ConfigurationError` for what is no time to wait; None is left to the caller."""
    if value is None:
        return
    if not isinstance(value, int | float) or not (math.isfinite(value) and value >= 0):
        raise ConfigurationError(field_name, f"must be a number of seconds, finite and not negative, not {value!r}")


@frozen(kw_only=True)
class LeaseTimings:
    """How an agent spends its time. All values but `jitter` are seconds."""

    default_interval: float = field(default=30.0, validator=_seconds)
    """Between heartbeats, where the kernel names neither an interval nor the end of the lease."""
    jitter: float = field(default=0.1, validator=_part)
    """Each interval is shortened by a random part of it, at most this one."""
    request_timeout: float = field(default=5.0, validator=_seconds)
    """For one registration or heartbeat; a heartbeat gets a third of its lease at most."""
    retry_delay: float = field(default=1.0, validator=_seconds)
    """After the first failure; doubled with each further one, of which a random part of at most half is taken off."""
    max_retry_delay: float = field(default=30.0, validator=_seconds)
    """Where doubling ends; the interval, where it is shorter."""
    refused_retry_delay: float = field(default=60.0, validator=_seconds)
    """While the state is `failed`."""
    health_timeout: float = field(default=2.0, validator=_seconds)
    """For a health check; the heartbeat leaves without it then."""
    stop_timeout: float = field(default=5.0, validator=_seconds)
    """For the sign-off, where `stop()` is not told."""

    def interval(self, lease: float, asked: float | None) -> float:
        """Return the interval for a lease of this length (infinite: it never ends); `asked` is the kernel's wish."""
        longest = lease / BEATS_IN_A_LEASE
        wanted = asked or (longest if math.isfinite(longest) else self.default_interval)
        return max(min(wanted, longest), SHORTEST_INTERVAL)

    def beat_timeout(self, lease: float) -> float:
        """Return how long one heartbeat may take, so that another one still fits in the lease."""
        return min(self.request_timeout, lease / BEATS_IN_A_LEASE)

    def backoff(self, failures: int, interval: float, random: Random) -> float:
        """Return how long to wait after so many failures (≥ 1) in a row, for an agent that beats at `interval`."""
        longest = min(self.max_retry_delay, interval)
        first = min(self.retry_delay, interval / 4)
        return float(min(longest, first * 2 ** min(failures - 1, _LARGEST_EXPONENT)) * (1 - random() / 2))

    def shortened(self, delay: float, random: Random) -> float:
        """Take a random part off a delay, so that agents that began together drift apart."""
        return delay * (1 - self.jitter * random())


@frozen
class Grant:
    """What an answer of the kernel grants, in seconds.

    `lease` is the length of the lease (None: not said; infinite: it never ends), `interval` the one asked for
    (None: not said).
    """

    lease: float | None = None
    interval: float | None = None


def read_grant(begins_at_ms: object, expires_at_ms: object, interval_seconds: object = None) -> Grant:
    """Read an answer: both times are by the kernel's clock, so that only their distance means something to us.

    `expires_at_ms` of None says that the lease never ends. A value of another type than the contract's is taken as
    missing, as is an interval that is not positive.
    """
    return Grant(_lease(begins_at_ms, expires_at_ms), _interval(interval_seconds))


def _lease(begins_at_ms: object, expires_at_ms: object) -> float | None:
    if expires_at_ms is None:
        return math.inf
    if isinstance(begins_at_ms, int) and isinstance(expires_at_ms, int):
        return _clamped(expires_at_ms - begins_at_ms) / 1000
    return None


def _interval(seconds: object) -> float | None:
    return _clamped(seconds) if isinstance(seconds, int | float) and seconds > 0 else None


def _clamped(number: float) -> float:
    """Keep absurd numbers from overflowing in arithmetic."""
    return float(max(-_LARGEST_NUMBER, min(number, _LARGEST_NUMBER)))

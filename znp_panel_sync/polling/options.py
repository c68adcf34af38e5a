"""What a poller can be told beside the panel's own `Kernel:` settings."""

import math
from collections.abc import Callable
from datetime import tzinfo
from typing import Any, Final

from attrs import field, frozen
from attrs.validators import optional
from dateutil.tz import tzlocal

from znp_panel_sync.errors import ConfigurationError
from znp_panel_sync.polling.guard import GuardLimits

DEFAULT_BODY_LIMIT: Final = 4 * 1024 * 1024
_OTHER_DESCRIPTORS: Final = 128
"""File descriptors left to the rest of the process: its database, its own clients, its log."""
_LIMIT_WHERE_UNKNOWN: Final = 512


def _at_least(low: float, kinds: type | tuple[type, ...] = (int, float)) -> Callable[[object, Any, Any], None]:
    def check(_: object, attribute: Any, value: Any) -> None:
        usable = isinstance(value, kinds) and not isinstance(value, bool)
        if not usable or not math.isfinite(value):
            raise ConfigurationError(attribute.name, f"must be a finite number, not {value!r}")
        if value < low:
            raise ConfigurationError(attribute.name, f"must be at least {low:g}, not {value}")

    return check


@frozen(kw_only=True)
class PollerOptions:
    """How a poller behaves. All times are seconds.

    `failure_threshold` and `success_threshold` are the polls in a row that make a node offline or online.
    `guard` says what counts as a mass failure, during which nobody is marked offline (None: no guard).

    `refresh_interval` is the time between readings of the nodes. `store_timeout` bounds each call of the store.

    `first_polls_within` is the time over which the first polls are spread when the poller starts (None: each comes in
    its own phase, up to an interval later, so that a large panel starts as evenly as it runs).

    `max_in_flight` bounds the requests under way, `probes_per_second` the offline probes. `kept_connections` is how
    many connections stay open between polls; None keeps as many as the process's limit of file descriptors allows.
    `max_body_bytes` bounds an answer, unpacked.

    `zone` is the time zone at whose midnight offline probes begin again; the default is the machine's own.

    Recovery actions run `recovery_concurrency` at a time, each within `recovery_timeout`, and are tried
    `recovery_attempts` times. `listener_backlog` is how many changes a listener may be behind before it loses the
    oldest.
    """

    failure_threshold: int = field(default=1, validator=_at_least(1, int))
    success_threshold: int = field(default=1, validator=_at_least(1, int))
    guard: GuardLimits | None = field(factory=GuardLimits)
    refresh_interval: float = field(default=10.0, validator=_at_least(0.1))
    store_timeout: float = field(default=10.0, validator=_at_least(0.01))
    first_polls_within: float | None = field(default=None, validator=optional(_at_least(0)))
    max_in_flight: int = field(default=2048, validator=_at_least(1, int))
    probes_per_second: float = field(default=15.0, validator=_at_least(0.01))
    kept_connections: int | None = field(default=None, validator=optional(_at_least(0, int)))
    max_body_bytes: int = field(default=DEFAULT_BODY_LIMIT, validator=_at_least(1, int))
    zone: tzinfo = field(factory=tzlocal)
    recovery_concurrency: int = field(default=8, validator=_at_least(1, int))
    recovery_attempts: int = field(default=5, validator=_at_least(1, int))
    recovery_timeout: float = field(default=30.0, validator=_at_least(0.01))
    listener_backlog: int = field(default=10_000, validator=_at_least(1, int))

    def within_descriptors(self) -> tuple[int, int]:
        """Return how many requests may be under way, and how many connections kept, under the process's limits."""
        usable = max(2, descriptor_limit() - _OTHER_DESCRIPTORS)
        in_flight = min(self.max_in_flight, usable // 2)
        kept = usable - in_flight if self.kept_connections is None else self.kept_connections
        return in_flight, kept


def descriptor_limit() -> int:
    """Return how many files and sockets this process may have open."""
    try:
        import resource
    except ImportError:  # no such limits on Windows
        return _LIMIT_WHERE_UNKNOWN
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return int(soft) if soft != resource.RLIM_INFINITY else 1 << 20

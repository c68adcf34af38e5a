"""How long a registration lives, and what its silence means.

A lease is split into thirds, the beats that an agent is expected to send. Counted from the last sign of life:

========================  ============================================================
silence                   health of the node
========================  ============================================================
less than half a lease    as the last heartbeat said
half a lease              at best degraded (one beat missed)
four fifths of a lease    unhealthy (two beats missed)
a whole lease             the registration is gone: 404 for heartbeats, `node_removed`
========================  ============================================================

A registration without a lifetime lives until it is signed off, and its silence means nothing.
"""

import math
from typing import Any, Final, Literal

from attrs import define, frozen

from znp_panel_sync.health import Health, HealthReport
from znp_panel_sync.testing._kernel.clock import Clock

DEFAULT_TTL_SECONDS: Final = 60.0
SHORTEST_WISH: Final = 1
LONGEST_WISH: Final = 366 * 86_400
BEATS_IN_A_LEASE: Final = 3

_SILENT_AFTER: Final = (
    (0.8, HealthReport(Health.UNHEALTHY, 2)),
    (0.5, HealthReport(Health.DEGRADED, 1)),
)
_SEVERITY: Final = {Health.HEALTHY: 0, Health.DEGRADED: 1, Health.UNHEALTHY: 2}

HEALTHY: Final = HealthReport(Health.HEALTHY)


@frozen
class LeaseTerms:
    """What the kernel grants to an agent that asks for nothing.

    `ttl_seconds` is the lease's length (None: it never ends). An agent's own wish goes first; one below a second or
    above a year is brought within these limits.
    `heartbeat_interval_seconds` is the interval that agents are told: a number is told as it is, `auto` is a third of
    the lease but at least one second, None is not told at all.
    """

    ttl_seconds: float | None = DEFAULT_TTL_SECONDS
    heartbeat_interval_seconds: int | Literal["auto"] | None = "auto"

    def grant(self, wished_seconds: int | None, clock: Clock) -> "Lease":
        """Begin a lease now."""
        ttl = self.ttl_seconds
        if wished_seconds is not None:
            ttl = float(min(max(wished_seconds, SHORTEST_WISH), LONGEST_WISH))
        return Lease(ttl, self._interval(ttl), clock.now_ms(), clock.monotonic())

    def _interval(self, ttl: float | None) -> int | None:
        if self.heartbeat_interval_seconds != "auto":
            return self.heartbeat_interval_seconds
        return None if ttl is None else max(1, int(ttl / BEATS_IN_A_LEASE))


@define
class Lease:
    """A running registration; its time is counted on the monotonic clock."""

    ttl_seconds: float | None
    interval_seconds: int | None
    registered_at_ms: int
    renewed_at: float

    def expires_at_ms(self, renewed_at_ms: int) -> int | None:
        """Return when the lease ends if it was renewed at the given wall-clock time; None where it never ends."""
        return None if self.ttl_seconds is None else renewed_at_ms + round(self.ttl_seconds * 1000)

    def is_over(self, now: float) -> bool:
        """Tell whether the lease has run out at `now` (monotonic)."""
        return self.ttl_seconds is not None and now - self.renewed_at >= self.ttl_seconds

    def silence(self, now: float) -> HealthReport:
        """Return the best health that the silence at `now` (monotonic) allows."""
        if self.ttl_seconds is None:
            return HEALTHY
        part = (now - self.renewed_at) / self.ttl_seconds
        return next((report for after, report in _SILENT_AFTER if part >= after), HEALTHY)

    def next_change(self, now: float) -> float:
        """Return the monotonic time at which silence has its next effect; infinity where it has none."""
        if self.ttl_seconds is None:
            return math.inf
        moments = (self.renewed_at + part * self.ttl_seconds for part in (0.5, 0.8, 1.0))
        return next((moment for moment in moments if moment > now), now)


def worse(one: HealthReport, other: HealthReport) -> HealthReport:
    """Return the worse of two reports; the first where they are equally bad."""
    return other if _SEVERITY[other.state] > _SEVERITY[one.state] else one


def health_state(report: HealthReport, since_ms: int | None) -> dict[str, Any]:
    """Return the wire form of a node's health; `since_ms` is how long ago the last failure was."""
    healthy = report.state is Health.HEALTHY
    return {
        "status": report.to_wire(),
        "consecutive_failures": report.consecutive_failures or 0,
        "last_failure_elapsed_ms": None if healthy else since_ms,
    }

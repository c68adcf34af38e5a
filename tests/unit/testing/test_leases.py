import math

import pytest

from tests.unit.testing.support import ManualClock
from znp_panel_sync.health import Health, HealthReport
from znp_panel_sync.testing._kernel.leases import HEALTHY, LeaseTerms, health_state, worse


@pytest.mark.parametrize(
    ("terms", "wish", "ttl", "interval"),
    [
        (LeaseTerms(), None, 60.0, 20),
        (LeaseTerms(), 9, 9.0, 3),
        (LeaseTerms(ttl_seconds=0.5), None, 0.5, 1),
        (LeaseTerms(ttl_seconds=None), None, None, None),
        (LeaseTerms(ttl_seconds=None), 30, 30.0, 10),
        (LeaseTerms(heartbeat_interval_seconds=None), None, 60.0, None),
        (LeaseTerms(heartbeat_interval_seconds=45), 6, 6.0, 45),
        (LeaseTerms(), 0, 1.0, 1),
        (LeaseTerms(), -(2**63), 1.0, 1),
        (LeaseTerms(), 2**63 - 1, 31_622_400.0, 10_540_800),
    ],
)
def test_a_lease_is_granted_by_the_terms(
    terms: LeaseTerms, wish: int | None, ttl: float | None, interval: int | None, clock: ManualClock
) -> None:
    lease = terms.grant(wish, clock)

    assert (lease.ttl_seconds, lease.interval_seconds) == (ttl, interval)


def test_the_end_is_told_by_the_wall_clock_and_kept_by_the_monotonic_one(clock: ManualClock) -> None:
    lease = LeaseTerms(ttl_seconds=10).grant(None, clock)

    assert lease.expires_at_ms(clock.now_ms()) == clock.now_ms() + 10_000
    clock.wall_ms += 3_600_000
    assert not lease.is_over(clock.monotonic())
    clock.seconds += 10
    assert lease.is_over(clock.monotonic())


@pytest.mark.parametrize(
    ("silence", "expected"),
    [
        (0.0, HEALTHY),
        (4.9, HEALTHY),
        (5.0, HealthReport(Health.DEGRADED, 1)),
        (7.9, HealthReport(Health.DEGRADED, 1)),
        (8.0, HealthReport(Health.UNHEALTHY, 2)),
    ],
)
def test_silence_makes_a_node_ill(silence: float, expected: HealthReport, clock: ManualClock) -> None:
    lease = LeaseTerms(ttl_seconds=10).grant(None, clock)

    assert lease.silence(clock.monotonic() + silence) == expected


@pytest.mark.parametrize(("silence", "expected"), [(0.0, 5.0), (5.0, 8.0), (8.5, 10.0), (11.0, 11.0)])
def test_the_next_effect_of_silence_is_known(silence: float, expected: float, clock: ManualClock) -> None:
    lease = LeaseTerms(ttl_seconds=10).grant(None, clock)

    assert lease.next_change(clock.monotonic() + silence) == clock.monotonic() + expected


def test_a_lease_without_an_end_never_ends(clock: ManualClock) -> None:
    lease = LeaseTerms(ttl_seconds=None).grant(None, clock)

    assert lease.expires_at_ms(clock.now_ms()) is None
    assert not lease.is_over(1e12)
    assert lease.silence(1e12) == HEALTHY
    assert lease.next_change(clock.monotonic()) == math.inf


def test_the_worse_of_two_reports_counts() -> None:
    degraded, unhealthy = HealthReport(Health.DEGRADED, 7), HealthReport(Health.UNHEALTHY, 2)

    assert worse(degraded, unhealthy) is unhealthy
    assert worse(unhealthy, degraded) is unhealthy
    assert worse(degraded, HealthReport(Health.DEGRADED, 1)) is degraded


def test_health_is_written_as_the_contract_has_it() -> None:
    assert health_state(HEALTHY, 5) == {
        "status": "Healthy",
        "consecutive_failures": 0,
        "last_failure_elapsed_ms": None,
    }
    assert health_state(HealthReport(Health.DEGRADED, 2), 5) == {
        "status": {"Degraded": {"consecutive_failures": 2}},
        "consecutive_failures": 2,
        "last_failure_elapsed_ms": 5,
    }

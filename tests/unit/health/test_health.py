"""One answer for every form of health on the wire."""

import pytest

from znp_kernel_client.models import DegradedStatus, HealthFailureCount, HealthyStatus, NodeHealthState, UnhealthyStatus
from znp_kernel_client.types import UNSET
from znp_panel_sync.health import Health, HealthReport, read_health

HEALTHY = HealthReport(Health.HEALTHY)
UNKNOWN = HealthReport(Health.UNKNOWN)


@pytest.mark.parametrize(
    ("value", "report"),
    [
        ("Healthy", HEALTHY),
        (" healthy\n", HEALTHY),
        ("DEGRADED", HealthReport(Health.DEGRADED)),
        ("unhealthy", HealthReport(Health.UNHEALTHY)),
        ({"Degraded": {"consecutive_failures": 2}}, HealthReport(Health.DEGRADED, 2)),
        ({"Unhealthy": {"consecutive_failures": 5}}, HealthReport(Health.UNHEALTHY, 5)),
        ({"unhealthy": {"consecutive_failures": 0}}, HealthReport(Health.UNHEALTHY, 0)),
        ({"Healthy": {}}, HEALTHY),
        ({"Degraded": None}, HealthReport(Health.DEGRADED)),
        ({"Degraded": {"consecutive_failures": -1}}, HealthReport(Health.DEGRADED)),
        ({"Degraded": {"consecutive_failures": True}}, HealthReport(Health.DEGRADED)),
        ({"Degraded": {"consecutive_failures": "2"}}, HealthReport(Health.DEGRADED)),
        ({"Degraded": {}, "Unhealthy": {"consecutive_failures": 1}}, HealthReport(Health.UNHEALTHY, 1)),
        ({"status": "Healthy", "consecutive_failures": 0}, HEALTHY),
        ({"status": "degraded", "consecutive_failures": 3}, HealthReport(Health.DEGRADED, 3)),
        (
            {"status": {"Unhealthy": {"consecutive_failures": 4}}, "consecutive_failures": 9},
            HealthReport(Health.UNHEALTHY, 4),
        ),
        ({"status": HEALTHY}, HEALTHY),
        ({"status": None}, UNKNOWN),
        ({"status": {"status": "Healthy"}}, UNKNOWN),
        ({"Wonderful": {}}, UNKNOWN),
        ("wonderful", UNKNOWN),
        ("", UNKNOWN),
        (None, UNKNOWN),
        (UNSET, UNKNOWN),
        (7, UNKNOWN),
        ([], UNKNOWN),
        ({1: 2}, UNKNOWN),
        (Health.UNHEALTHY, HealthReport(Health.UNHEALTHY)),
        (HealthReport(Health.DEGRADED, 7), HealthReport(Health.DEGRADED, 7)),
        (HealthyStatus.HEALTHY, HEALTHY),
        (DegradedStatus(degraded=HealthFailureCount(consecutive_failures=2)), HealthReport(Health.DEGRADED, 2)),
        (UnhealthyStatus(unhealthy=HealthFailureCount(consecutive_failures=5)), HealthReport(Health.UNHEALTHY, 5)),
        (NodeHealthState(status=HealthyStatus.HEALTHY), HEALTHY),
        (
            NodeHealthState(status=UnhealthyStatus(unhealthy=HealthFailureCount(consecutive_failures=3))),
            HealthReport(Health.UNHEALTHY, 3),
        ),
        (NodeHealthState(), UNKNOWN),
    ],
)
def test_every_form_has_one_reading(value: object, report: HealthReport) -> None:
    assert read_health(value) == report


@pytest.mark.parametrize(
    ("report", "wire"),
    [
        (HEALTHY, "Healthy"),
        (HealthReport(Health.DEGRADED, 2), {"Degraded": {"consecutive_failures": 2}}),
        (HealthReport(Health.UNHEALTHY), {"Unhealthy": {"consecutive_failures": 0}}),
        (UNKNOWN, None),
    ],
)
def test_the_wire_form_is_the_kernels(report: HealthReport, wire: object) -> None:
    assert report.to_wire() == wire
    assert read_health(wire).state is report.state

"""The ready adapters for what collects metrics."""

from typing import Any

import pytest
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from prometheus_client import CollectorRegistry

from znp_panel_sync.polling import NodeStatus, PollerMetrics, Reason, StatusChange
from znp_panel_sync.polling.opentelemetry import OpenTelemetryMetrics
from znp_panel_sync.polling.prometheus import PrometheusMetrics

CHANGE = StatusChange(1, NodeStatus.ONLINE, NodeStatus.OFFLINE, Reason.REFUSED, 0.0, 0.0)


def exercise(metrics: PollerMetrics) -> None:
    """Report one of everything that happens, and one that goes wrong."""
    metrics.polled(Reason.REACHED, 0.02, -0.01)
    metrics.polled(Reason.REFUSED, 0.01, 0.3)
    metrics.changed(CHANGE)
    metrics.stored(1, 0.01, failed=False)
    metrics.stored(1, 0.01, failed=True)
    metrics.listed(7, 0.01, failed=False)
    metrics.listed(0, 0.01, failed=True)
    metrics.recovered(failed=False)
    metrics.recovered(failed=True)
    metrics.held(4)
    metrics.held(3)


def test_prometheus_gets_every_number() -> None:
    registry = CollectorRegistry()
    exercise(PrometheusMetrics(registry))
    expected: list[tuple[str, dict[str, str], float]] = [
        ("polls_total", {"reason": "reached"}, 1),
        ("polls_total", {"reason": "refused"}, 1),
        ("latency_seconds_count", {}, 2),
        ("latency_seconds_sum", {}, 0.03),
        ("lateness_seconds_sum", {}, 0.3),
        ("status_changes_total", {"status": "offline", "reason": "refused"}, 1),
        ("store_writes_total", {"outcome": "ok"}, 1),
        ("store_writes_total", {"outcome": "failed"}, 1),
        ("store_write_seconds_count", {}, 2),
        ("store_listings_total", {"outcome": "failed"}, 1),
        ("nodes", {}, 7),
        ("recoveries_total", {"outcome": "ok"}, 1),
        ("recoveries_total", {"outcome": "failed"}, 1),
        ("held_kernels", {}, 3),
    ]
    for name, labels, value in expected:
        assert registry.get_sample_value(f"znp_poller_{name}", labels) == pytest.approx(value), name


def test_opentelemetry_gets_every_number() -> None:
    reader = InMemoryMetricReader()
    provider = MeterProvider(metric_readers=[reader])
    exercise(OpenTelemetryMetrics(provider.get_meter("test")))
    data: Any = reader.get_metrics_data()
    points = {
        (metric.name, *(value for _, value in sorted(point.attributes.items()))): point
        for resource in data.resource_metrics
        for scope in resource.scope_metrics
        for metric in scope.metrics
        for point in metric.data.data_points
    }
    provider.shutdown()
    assert points["znp.poller.latency", "reached"].sum == pytest.approx(0.02)
    assert points["znp.poller.latency", "refused"].count == 1
    assert points["znp.poller.lateness",].sum == pytest.approx(0.3)
    assert points["znp.poller.status_changes", "refused", "offline"].value == 1
    assert points["znp.poller.store.write", True].count == points["znp.poller.store.write", False].count == 1
    assert points["znp.poller.store.list", True].count == points["znp.poller.store.list", False].count == 1
    assert points["znp.poller.nodes",].value == 7
    assert points["znp.poller.recoveries", False].value == points["znp.poller.recoveries", True].value == 1
    assert points["znp.poller.held",].value == 3


def test_opentelemetry_takes_the_global_meter_by_default() -> None:
    OpenTelemetryMetrics().held(1)

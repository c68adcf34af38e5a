"""The ready adapters for what collects a cluster's counters."""

from typing import Any

from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from prometheus_client import CollectorRegistry

from znp_panel_sync.cluster import ClusterCounters
from znp_panel_sync.cluster.opentelemetry import OpenTelemetryClusterMetrics
from znp_panel_sync.cluster.prometheus import PrometheusClusterMetrics


def test_prometheus_gets_every_number_of_the_moment() -> None:
    counters, registry = ClusterCounters(), CollectorRegistry()
    PrometheusClusterMetrics(counters, registry)
    counters.members, counters.owned, counters.moves, counters.answers, counters.engine_failures = 3, 40, 5, 6, 7
    names = ("members", "owned", "moves_total", "answers_total", "engine_failures_total")
    assert [registry.get_sample_value(f"znp_cluster_{name}") for name in names] == [3, 40, 5, 6, 7]


def test_opentelemetry_gets_every_number_of_the_moment() -> None:
    counters, reader = ClusterCounters(), InMemoryMetricReader()
    provider = MeterProvider(metric_readers=[reader])
    OpenTelemetryClusterMetrics(counters, provider.get_meter("test"))
    counters.members, counters.owned, counters.moves, counters.answers, counters.engine_failures = 3, 40, 5, 6, 7
    data: Any = reader.get_metrics_data()
    provider.shutdown()
    (scope,) = data.resource_metrics[0].scope_metrics
    assert {metric.name: metric.data.data_points[0].value for metric in scope.metrics} == {
        "znp.cluster.members": 3,
        "znp.cluster.owned": 40,
        "znp.cluster.moves": 5,
        "znp.cluster.answers": 6,
        "znp.cluster.engine_failures": 7,
    }


def test_a_cluster_without_a_meter_of_its_own_reports_to_the_global_provider() -> None:
    OpenTelemetryClusterMetrics(ClusterCounters())  # the global provider takes everything, and does nothing by default

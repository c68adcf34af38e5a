"""A cluster's counters for `prometheus_client` (the `prometheus` extra)."""

from collections.abc import Iterator

from prometheus_client import REGISTRY, CollectorRegistry
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from znp_panel_sync.cluster.counters import ClusterCounters


class PrometheusClusterMetrics(Collector):
    """`Cluster.counters` as metrics whose names begin with `znp_cluster_`. Make one for each registry."""

    def __init__(self, counters: ClusterCounters, registry: CollectorRegistry = REGISTRY) -> None:
        self._counters = counters
        registry.register(self)

    def collect(self) -> Iterator[Metric]:
        """Give the numbers of this moment."""
        now = self._counters
        yield GaugeMetricFamily("znp_cluster_members", "Replicas that share the work", now.members)
        yield GaugeMetricFamily("znp_cluster_owned", "Nodes polled here", now.owned)
        yield CounterMetricFamily("znp_cluster_moves", "Nodes taken over or handed over", now.moves)
        yield CounterMetricFamily("znp_cluster_answers", "Exchanges with the engine that succeeded", now.answers)
        yield CounterMetricFamily(
            "znp_cluster_engine_failures", "Exchanges that failed or took too long", now.engine_failures
        )

"""A poller's metrics for `prometheus_client` (the `prometheus` extra)."""

from typing import Final

from prometheus_client import REGISTRY, CollectorRegistry, Counter, Gauge, Histogram

from znp_panel_sync.polling.model import Reason, StatusChange

_SECONDS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class PrometheusMetrics:
    """`PollerMetrics` as metrics whose names begin with `znp_poller_`.

    Make one for each registry. Labels take few values: how a poll ended, and statuses; never a node.
    """

    def __init__(self, registry: CollectorRegistry = REGISTRY) -> None:
        self._polls = Counter("znp_poller_polls", "Polls, by how they ended", ["reason"], registry=registry)
        self._latency = Histogram(
            "znp_poller_latency_seconds", "Time that a poll took", buckets=_SECONDS, registry=registry
        )
        self._lateness = Histogram(
            "znp_poller_lateness_seconds", "Time by which a poll began late", buckets=_SECONDS, registry=registry
        )
        self._changes = Counter(
            "znp_poller_status_changes",
            "Transitions, by what they led to and why",
            ["status", "reason"],
            registry=registry,
        )
        self._writes = Counter("znp_poller_store_writes", "Writes to the store", ["outcome"], registry=registry)
        self._write_seconds = Histogram(
            "znp_poller_store_write_seconds", "Time that a write took", buckets=_SECONDS, registry=registry
        )
        self._listings = Counter("znp_poller_store_listings", "Readings of the nodes", ["outcome"], registry=registry)
        self._nodes = Gauge("znp_poller_nodes", "Nodes in the store", registry=registry)
        self._recoveries = Counter(
            "znp_poller_recoveries", "Attempts of recovery actions", ["outcome"], registry=registry
        )
        self._held = Gauge(
            "znp_poller_held_kernels", "Kernels that the guard keeps from being marked offline", registry=registry
        )

    def polled(self, reason: Reason, latency: float, lateness: float) -> None:
        """Count a poll."""
        self._polls.labels(reason.value).inc()
        self._latency.observe(latency)
        self._lateness.observe(max(lateness, 0.0))

    def changed(self, change: StatusChange) -> None:
        """Count a transition."""
        self._changes.labels(change.status.value, change.reason.value).inc()

    def stored(self, changes: int, seconds: float, *, failed: bool) -> None:
        """Count a write."""
        self._writes.labels(_outcome(failed)).inc()
        self._write_seconds.observe(seconds)

    def listed(self, nodes: int, seconds: float, *, failed: bool) -> None:
        """Count a reading, and show the number of nodes of the last that succeeded."""
        self._listings.labels(_outcome(failed)).inc()
        if not failed:
            self._nodes.set(nodes)

    def recovered(self, *, failed: bool) -> None:
        """Count an attempt of a recovery action."""
        self._recoveries.labels(_outcome(failed)).inc()

    def held(self, kernels: int) -> None:
        """Show how many kernels are held."""
        self._held.set(kernels)


def _outcome(failed: bool) -> str:
    return "failed" if failed else "ok"

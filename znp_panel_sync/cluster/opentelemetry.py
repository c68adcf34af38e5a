"""A cluster's counters for OpenTelemetry (the `opentelemetry` extra)."""

from collections.abc import Callable, Iterable

from opentelemetry.metrics import CallbackOptions, Meter, Observation, get_meter

from znp_panel_sync.cluster.counters import ClusterCounters


class OpenTelemetryClusterMetrics:
    """`Cluster.counters` as instruments of a `meter` (None: the global provider's), named `znp.cluster.*`."""

    def __init__(self, counters: ClusterCounters, meter: Meter | None = None) -> None:
        meter = meter or get_meter("znp_panel_sync.cluster")
        self._counters = counters
        meter.create_observable_gauge(
            "znp.cluster.members", self._reading("members"), "{replica}", "Replicas that share the work"
        )
        meter.create_observable_gauge("znp.cluster.owned", self._reading("owned"), "{node}", "Nodes polled here")
        meter.create_observable_counter(
            "znp.cluster.moves", self._reading("moves"), "{node}", "Nodes taken over or handed over"
        )
        meter.create_observable_counter(
            "znp.cluster.answers", self._reading("answers"), "{exchange}", "Exchanges with the engine that succeeded"
        )
        meter.create_observable_counter(
            "znp.cluster.engine_failures",
            self._reading("engine_failures"),
            "{exchange}",
            "Exchanges that failed or took too long",
        )

    def _reading(self, name: str) -> list[Callable[[CallbackOptions], Iterable[Observation]]]:
        """Return what reads one number whenever it is collected."""
        return [lambda _: [Observation(getattr(self._counters, name))]]

"""A poller's metrics for OpenTelemetry (the `opentelemetry` extra)."""

from opentelemetry.metrics import Meter, get_meter

from znp_panel_sync.polling.model import Reason, StatusChange


class OpenTelemetryMetrics:
    """`PollerMetrics` as instruments of a `meter` (None: the global provider's), named `znp.poller.*`.

    Attributes take few values: how a poll ended, and statuses; never a node.
    """

    def __init__(self, meter: Meter | None = None) -> None:
        meter = meter or get_meter("znp_panel_sync.polling")
        self._latency = meter.create_histogram("znp.poller.latency", "s", "Time that a poll took, by how it ended")
        self._lateness = meter.create_histogram("znp.poller.lateness", "s", "Time by which a poll began late")
        self._changes = meter.create_counter("znp.poller.status_changes", "{change}", "Transitions of nodes")
        self._writes = meter.create_histogram("znp.poller.store.write", "s", "Time that a write to the store took")
        self._listings = meter.create_histogram("znp.poller.store.list", "s", "Time that reading the nodes took")
        self._nodes = meter.create_up_down_counter("znp.poller.nodes", "{node}", "Nodes in the store")
        self._recoveries = meter.create_counter("znp.poller.recoveries", "{attempt}", "Attempts of recovery actions")
        self._held = meter.create_up_down_counter("znp.poller.held", "{kernel}", "Kernels kept from being offline")
        self._shown_nodes = 0
        self._shown_held = 0

    def polled(self, reason: Reason, latency: float, lateness: float) -> None:
        """Record a poll."""
        self._latency.record(latency, {"reason": reason.value})
        self._lateness.record(max(lateness, 0.0))

    def changed(self, change: StatusChange) -> None:
        """Count a transition."""
        self._changes.add(1, {"status": change.status.value, "reason": change.reason.value})

    def stored(self, changes: int, seconds: float, *, failed: bool) -> None:
        """Record a write."""
        self._writes.record(seconds, {"failed": failed})

    def listed(self, nodes: int, seconds: float, *, failed: bool) -> None:
        """Record a reading, and show the number of nodes of the last that succeeded."""
        self._listings.record(seconds, {"failed": failed})
        if not failed:
            self._nodes.add(nodes - self._shown_nodes)
            self._shown_nodes = nodes

    def recovered(self, *, failed: bool) -> None:
        """Count an attempt of a recovery action."""
        self._recoveries.add(1, {"failed": failed})

    def held(self, kernels: int) -> None:
        """Show how many kernels are held."""
        self._held.add(kernels - self._shown_held)
        self._shown_held = kernels

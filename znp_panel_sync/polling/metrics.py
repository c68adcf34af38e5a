"""Counters and timings of a poller, for whatever collects them."""

import logging
from collections import Counter
from collections.abc import Callable
from typing import Final, ParamSpec, Protocol

from attrs import define, field

from znp_panel_sync.polling.model import NodeStatus, Reason, StatusChange

logger: Final = logging.getLogger("znp_panel_sync.polling")

P = ParamSpec("P")


class PollerMetrics(Protocol):
    """What a poller reports about itself; each call must return at once. All times are seconds.

    `Counters` in this module is the simplest form; adapters for `prometheus_client` and OpenTelemetry are in
    `znp_panel_sync.polling.prometheus` and `znp_panel_sync.polling.opentelemetry`.
    """

    def polled(self, reason: Reason, latency: float, lateness: float) -> None:
        """Take the end of one poll: how it ended, how long it took, and how late it began."""
        ...

    def changed(self, change: StatusChange) -> None:
        """Take one transition of one node."""
        ...

    def stored(self, changes: int, seconds: float, *, failed: bool) -> None:
        """Take the end of one write of changes to the store."""
        ...

    def listed(self, nodes: int, seconds: float, *, failed: bool) -> None:
        """Take the end of one reading of the nodes."""
        ...

    def recovered(self, *, failed: bool) -> None:
        """Take the end of one attempt of a node's recovery action."""
        ...

    def held(self, kernels: int) -> None:
        """Take how many kernels the guard against mass failure keeps from being marked offline."""
        ...


@define
class Counters:
    """`PollerMetrics` that are simply kept: numbers since the start, to be read at any time."""

    polls: Counter[Reason] = field(factory=Counter)
    changes: Counter[NodeStatus] = field(factory=Counter)
    latency_total: float = 0.0
    lateness_total: float = 0.0
    lateness_worst: float = 0.0
    nodes: int = 0
    listings_failed: int = 0
    writes: int = 0
    writes_failed: int = 0
    recoveries: int = 0
    recoveries_failed: int = 0
    kernels_held: int = 0

    def polled(self, reason: Reason, latency: float, lateness: float) -> None:
        """Count a poll."""
        self.polls[reason] += 1
        self.latency_total += latency
        self.lateness_total += lateness
        self.lateness_worst = max(self.lateness_worst, lateness)

    def changed(self, change: StatusChange) -> None:
        """Count a transition by the status it led to."""
        self.changes[change.status] += 1

    def stored(self, changes: int, seconds: float, *, failed: bool) -> None:
        """Count a write."""
        self.writes += 1
        self.writes_failed += failed

    def listed(self, nodes: int, seconds: float, *, failed: bool) -> None:
        """Count a reading, and keep the number of nodes of the last that succeeded."""
        self.listings_failed += failed
        self.nodes = self.nodes if failed else nodes

    def recovered(self, *, failed: bool) -> None:
        """Count an attempt of a recovery action."""
        self.recoveries += 1
        self.recoveries_failed += failed

    def held(self, kernels: int) -> None:
        """Keep how many kernels are held."""
        self.kernels_held = kernels


class ShieldedMetrics:
    """`PollerMetrics` that keep what goes wrong in others from disturbing the polling; it is logged once."""

    def __init__(self, metrics: PollerMetrics) -> None:
        self._complained = False
        self.polled = self._shielded(metrics.polled)
        self.changed = self._shielded(metrics.changed)
        self.stored = self._shielded(metrics.stored)
        self.listed = self._shielded(metrics.listed)
        self.recovered = self._shielded(metrics.recovered)
        self.held = self._shielded(metrics.held)

    def _shielded(self, report: Callable[P, None]) -> Callable[P, None]:
        def shielded(*arguments: P.args, **options: P.kwargs) -> None:
            try:
                report(*arguments, **options)
            except Exception:
                if not self._complained:
                    self._complained = True
                    logger.exception("The poller's metrics failed; polling goes on, and this is not reported again")

        return shielded

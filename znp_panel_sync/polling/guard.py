"""The guard against marking everybody offline when it is the panel that lost its network.

Kernels that are not offline yet are judged together. When one of them fails, results are collected from that moment
on; its offline mark waits for the verdict. When 55 % of them and at least three fail, all marks are held until most
kernels answer again. The share is the one at which Kubernetes stops evicting from a zone (its node lifecycle
controller's `unhealthy-zone-threshold`).
"""

from collections import OrderedDict
from collections.abc import Hashable
from enum import Enum
from typing import Final

from attrs import field, frozen

from znp_panel_sync.errors import ConfigurationError

DEFAULT_SHARE: Final = 0.55
DEFAULT_MINIMUM: Final = 3
_ENOUGH_RESULTS: Final = 10
"""Kernels that must have answered or failed before a round is judged: few enough to be asked at once."""
_REMEMBERED_RESULTS: Final = 60


class Verdict(Enum):
    """What the results of a round say."""

    UNDECIDED = "undecided"
    SINGLE = "single"
    """Some kernels failed; the others answer."""
    MASS = "mass"
    """So many failed that the panel's own network is the likelier cause."""


def _share(_: object, __: object, value: float) -> None:
    if not 0 < value <= 1:
        raise ConfigurationError("share", f"must be above 0 and at most 1, not {value}")


def _minimum(_: object, __: object, value: int) -> None:
    if value < 1:
        raise ConfigurationError("minimum", f"must be at least 1, not {value}")


@frozen
class GuardLimits:
    """When failures count as a mass failure: `share` of the kernels judged, and at least `minimum` of them."""

    share: float = field(default=DEFAULT_SHARE, validator=_share)
    minimum: int = field(default=DEFAULT_MINIMUM, validator=_minimum)


class MassFailureGuard:
    """Judges the results of polls of kernels that are not offline."""

    def __init__(self, limits: GuardLimits) -> None:
        self._limits = limits
        self._results: OrderedDict[Hashable, bool] = OrderedDict()
        self.deadline = 0.0
        """When the round is judged at the latest."""
        self.open = False
        """Whether results are being collected, since some kernel failed."""
        self.holding = False
        """Whether a mass failure was seen and has not ended."""

    def begin(self, deadline: float) -> None:
        """Begin a round; it is judged with what is known at `deadline` at the latest."""
        self._results.clear()
        self.deadline = deadline
        self.open = True

    def end(self) -> None:
        """End the round."""
        self._results.clear()
        self.open = self.holding = False

    def record(self, kernel: Hashable, *, failed: bool) -> None:
        """Take one result; of each kernel the latest counts."""
        self._results[kernel] = failed
        self._results.move_to_end(kernel)
        if len(self._results) > _REMEMBERED_RESULTS:
            self._results.popitem(last=False)

    def forget(self, kernel: Hashable) -> None:
        """Drop the result of a kernel that is no longer watched."""
        self._results.pop(kernel, None)

    def wanted(self, watched: int) -> int:
        """Return how many more kernels should be asked for a verdict, of `watched` that are not offline."""
        return max(0, min(_ENOUGH_RESULTS, watched) - len(self._results))

    @property
    def failing(self) -> int:
        """How many of the kernels judged failed."""
        return sum(self._results.values())

    @property
    def judged(self) -> int:
        """How many kernels are judged."""
        return len(self._results)

    def knows(self, kernel: Hashable) -> bool:
        """Tell whether the round has a result of this kernel."""
        return kernel in self._results

    def verdict(self, watched: int, now: float) -> Verdict:
        """Judge the round, where `watched` kernels are not offline."""
        if watched < self._limits.minimum:
            return self._concluded(Verdict.SINGLE)
        if self.wanted(watched) and now < self.deadline and not self.holding:
            return Verdict.UNDECIDED
        mass = self.failing >= self._limits.minimum and self.failing >= self._limits.share * self.judged
        return self._concluded(Verdict.MASS if mass else Verdict.SINGLE)

    def _concluded(self, verdict: Verdict) -> Verdict:
        self.holding = verdict is Verdict.MASS
        return verdict

"""The guard against marking everybody offline when it is the panel that lost its network.

Kernels that are not offline yet are judged together. When one of them fails, a random sample of them is asked at
once; its offline mark waits for the verdict. When 55 % of the sample and at least three kernels fail, all marks are
held, and samples are taken again and again until most kernels answer. The share is the one at which Kubernetes stops
evicting from a zone (its node lifecycle controller's `unhealthy-zone-threshold`).
"""

from collections.abc import Hashable, Iterable
from enum import Enum
from typing import Final

from attrs import field, frozen

from znp_panel_sync.errors import ConfigurationError

DEFAULT_SHARE: Final = 0.55
DEFAULT_MINIMUM: Final = 3
SAMPLE: Final = 20
"""Kernels in a sample: enough to tell a third from two thirds, few enough to be asked at once."""


class Verdict(Enum):
    """What a sample says."""

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
    """When failures count as a mass failure: `share` of the kernels asked, and at least `minimum` of them."""

    share: float = field(default=DEFAULT_SHARE, validator=_share)
    minimum: int = field(default=DEFAULT_MINIMUM, validator=_minimum)


class SampleVerdict:
    """Judges one sample of kernels; what is not known at `deadline` is left out. Pure."""

    def __init__(self, limits: GuardLimits, kernels: Iterable[Hashable], deadline: float) -> None:
        self._limits = limits
        self._results: dict[Hashable, bool | None] = dict.fromkeys(kernels)
        self.deadline = deadline

    def record(self, kernel: Hashable, *, failed: bool) -> None:
        """Take the result of a kernel; those that are not in the sample do not count."""
        if kernel in self._results:
            self._results[kernel] = failed

    def forget(self, kernel: Hashable) -> None:
        """Leave out a kernel that is no longer watched."""
        self._results.pop(kernel, None)

    @property
    def judged(self) -> int:
        """How many kernels of the sample have answered or failed."""
        return sum(result is not None for result in self._results.values())

    @property
    def failing(self) -> int:
        """How many of those failed."""
        return sum(result is True for result in self._results.values())

    def verdict(self, now: float) -> Verdict:
        """Judge."""
        if None in self._results.values() and now < self.deadline:
            return Verdict.UNDECIDED
        failing = self.failing
        mass = failing >= self._limits.minimum and failing >= self._limits.share * self.judged
        return Verdict.MASS if mass else Verdict.SINGLE

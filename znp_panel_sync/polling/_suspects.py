"""Kernels that would be offline by now, and wait for the guard's verdict."""

import logging
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from typing import Final

from znp_panel_sync.polling._group import Group
from znp_panel_sync.polling.guard import GuardLimits, MassFailureGuard, Verdict

logger: Final = logging.getLogger("znp_panel_sync.polling")

_NATURAL_SAMPLE_SECONDS: Final = 1.0
"""Where this much time brings enough results by itself, no poll is brought forward for the guard."""


class Suspects:
    """Puts the guard's verdicts into practice.

    `well` are the groups that are not offline, which are judged together. `mark` is called for each suspect that is
    offline after all; `ask` for each that is to be polled at once; `held_changed` with how many are held.
    """

    def __init__(
        self,
        limits: GuardLimits,
        *,
        interval: float,
        well: Mapping[Group, None],
        mark: Callable[[Group, float], None],
        ask: Callable[[Group, float], None],
        held_changed: Callable[[int], None],
    ) -> None:
        self._guard = MassFailureGuard(limits)
        self._interval = interval
        self._well = well
        self._mark = mark
        self._ask = ask
        self._held_changed = held_changed
        self._suspects: dict[Group, None] = {}

    @property
    def held(self) -> int:
        """How many kernels are kept from being marked offline."""
        return len(self._suspects) if self._guard.holding else 0

    @property
    def judged_by(self) -> float | None:
        """When a verdict is due; None when none is waited for, or the next result brings it."""
        return self._guard.deadline if self._guard.open and not self._guard.holding else None

    def add(self, group: Group, now: float) -> None:
        """Let a kernel wait that has failed often enough; its result is taken as `record` does."""
        self._suspects[group] = None
        group.held = self._guard.holding
        if not self._guard.open:
            self._guard.begin(now + group.interval + group.control.timeout)
        self.record(group, now, failed=True)

    def record(self, group: Group, now: float, *, failed: bool) -> None:
        """Take the result of any kernel that is not offline."""
        if not self._guard.open or group not in self._well:
            return
        if not failed:
            self._suspects.pop(group, None)
        self._guard.record(group, failed=failed)
        for other in self._needed():
            self._ask(other, now)
        self.judge(now)

    def forget(self, group: Group) -> None:
        """Drop a group that is no longer polled."""
        self._suspects.pop(group, None)
        self._guard.forget(group)

    def judge(self, now: float) -> None:
        """Do what the guard says by now."""
        if not self._guard.open:
            return
        held_before = self._guard.holding
        match self._guard.verdict(len(self._well), now):
            case Verdict.MASS:
                self._hold(announce=not held_before)
            case Verdict.SINGLE:
                self._release(now, recheck=held_before)

    def _needed(self) -> Iterator[Group]:
        """Return who should be asked at once, where their own turns would be long in coming."""
        wanted = self._guard.wanted(len(self._well))
        if self._guard.holding or len(self._well) * _NATURAL_SAMPLE_SECONDS >= wanted * self._interval:
            return iter(())
        unknown = (other for other in self._well if not other.busy and not self._guard.knows(other))
        return islice(unknown, wanted)

    def _hold(self, *, announce: bool) -> None:
        for group in self._suspects:
            group.held = True
        self._held_changed(len(self._suspects))
        if announce:
            reasons = Counter(group.result.reason.value for group in self._suspects if group.result is not None)
            logger.warning(
                "%d of the %d kernels asked last failed (%s): this looks like the panel's own network. "
                "No node is marked offline until most kernels answer again.",
                self._guard.failing,
                self._guard.judged,
                ", ".join(f"{reason}: {count}" for reason, count in reasons.most_common()),
            )

    def _release(self, now: float, *, recheck: bool) -> None:
        """Mark the suspects offline; after a mass failure, ask them again first, since their failures are old."""
        self._guard.end()
        suspects, self._suspects = self._suspects, {}
        for group in suspects:
            group.held = False
            (self._ask if recheck else self._mark)(group, now)
        if recheck:
            self._held_changed(0)
            logger.warning("Most kernels answer again; %d that failed are asked once more.", len(suspects))

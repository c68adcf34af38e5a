"""Kernels that would be offline by now, and wait for the guard's verdict."""

import logging
from collections import Counter
from collections.abc import Callable, Mapping
from random import Random
from typing import Final

from znp_panel_sync.polling._group import Group
from znp_panel_sync.polling.guard import SAMPLE, GuardLimits, SampleVerdict, Verdict

logger: Final = logging.getLogger("znp_panel_sync.polling")

_VERDICT_SECONDS: Final = 1.0
"""How long a verdict that all is well counts for further failures, so that a few of them cost one sample.

A few are less than the guard's minimum: with more of them, all may have ceased to be well since.
"""
_SAMPLES_PER_INTERVAL: Final = 6.0
_RECHECKS_PER_SECOND: Final = 200.0


class Suspects:
    """Puts the guard's verdicts into practice.

    `well` are the groups that are not offline, which are judged together. `mark` is called for each suspect that is
    offline after all; `ask` for a group that is to be polled at a moment at the latest; `held_changed` with how many
    are held.
    """

    def __init__(
        self,
        limits: GuardLimits,
        *,
        interval: float,
        random: Random,
        well: Mapping[Group, None],
        mark: Callable[[Group, float], None],
        ask: Callable[[Group, float], None],
        held_changed: Callable[[int], None],
    ) -> None:
        self._limits = limits
        self._interval = interval
        self._random = random
        self._well = well
        self._mark = mark
        self._ask = ask
        self._held_changed = held_changed
        self._suspects: dict[Group, None] = {}
        self._sample: SampleVerdict | None = None
        self._next_sample = 0.0
        self._all_well_until = 0.0
        self._believed = 0
        self._holding = False

    @property
    def held(self) -> int:
        """How many kernels are kept from being marked offline."""
        return len(self._suspects) if self._holding else 0

    @property
    def due(self) -> float | None:
        """When `look` has something to do, unless a result comes before; None when there is nothing."""
        if self._sample is not None:
            return self._sample.deadline
        return self._next_sample if self._holding else None

    def add(self, group: Group, now: float) -> None:
        """Take a failure of a kernel that has failed often enough to be offline."""
        if group.rechecked or len(self._well) < self._limits.minimum or self._is_believed(now):
            self._mark(group, now)
            return
        self._suspects[group] = None
        group.held = self._holding
        if self._sample is None and not self._holding:
            self._take_sample(now)
        self.record(group, now, failed=True)

    def record(self, group: Group, now: float, *, failed: bool) -> None:
        """Take the result of any kernel that is not offline."""
        if not failed:
            self._suspects.pop(group, None)
        if self._sample is not None:
            self._sample.record(group, failed=failed)
            self.look(now)

    def forget(self, group: Group) -> None:
        """Drop a group that is no longer polled."""
        self._suspects.pop(group, None)
        if self._sample is not None:
            self._sample.forget(group)

    def look(self, now: float) -> None:
        """Do what there is to do by now: judge the sample, or take another one."""
        if self._sample is None:
            if self._holding and now >= self._next_sample:
                self._take_sample(now)
            return
        verdict = self._sample.verdict(now)
        if verdict is Verdict.MASS:
            self._hold(self._sample, now)
        elif verdict is Verdict.SINGLE:
            self._release(now)

    def _is_believed(self, now: float) -> bool:
        """Take a failure that the last verdict covers."""
        believed = now < self._all_well_until and self._believed + 1 < self._limits.minimum
        self._believed += believed
        return believed

    def _take_sample(self, now: float) -> None:
        chosen = self._random.sample(list(self._well), min(SAMPLE, len(self._well)))
        longest = max((group.control.timeout for group in chosen), default=0.0)
        self._sample = SampleVerdict(self._limits, chosen, now + longest + self._interval)
        for group in chosen:
            if group in self._suspects and not self._holding:
                self._sample.record(group, failed=True)
            else:
                self._ask(group, now)

    def _hold(self, sample: SampleVerdict, now: float) -> None:
        self._sample = None
        self._next_sample = now + max(1.0, self._interval / _SAMPLES_PER_INTERVAL)
        for group in self._suspects:
            group.held = True
        self._held_changed(len(self._suspects))
        if not self._holding:
            self._holding = True
            logger.warning(
                "%d of %d kernels failed (%s): this looks like the panel's own network. "
                "No node is marked offline until most kernels answer again.",
                sample.failing,
                sample.judged,
                _reasons(self._suspects),
            )

    def _release(self, now: float) -> None:
        """Mark the suspects offline; after a mass failure, ask them again first, since their failures are old."""
        recheck, self._holding = self._holding, False
        self._sample = None
        self._all_well_until, self._believed = now + _VERDICT_SECONDS, 0
        suspects, self._suspects = self._suspects, {}
        for position, group in enumerate(suspects):
            group.held = False
            group.rechecked = recheck
            if recheck:
                self._ask(group, now + position / _RECHECKS_PER_SECOND)
            else:
                self._mark(group, now)
        if recheck:
            self._held_changed(0)
            logger.warning("Most kernels answer again; %d that failed are asked once more.", len(suspects))


def _reasons(suspects: Mapping[Group, None]) -> str:
    reasons = Counter(group.result.reason.value for group in suspects if group.result is not None)
    return ", ".join(f"{reason}: {count}" for reason, count in reasons.most_common())

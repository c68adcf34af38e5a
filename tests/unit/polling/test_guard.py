"""When so many fail that the panel itself is the likelier cause."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from znp_panel_sync.errors import ConfigurationError
from znp_panel_sync.polling import GuardLimits
from znp_panel_sync.polling.guard import MassFailureGuard, Verdict


def judged(failed: int, answered: int, watched: int | None = None, now: float = 0.0) -> Verdict:
    guard = MassFailureGuard(GuardLimits())
    guard.begin(deadline=100.0)
    for kernel in range(failed + answered):
        guard.record(kernel, failed=kernel < failed)
    return guard.verdict(failed + answered if watched is None else watched, now)


@pytest.mark.parametrize(
    ("failed", "answered", "verdict"),
    [
        (3, 0, Verdict.MASS),
        (3, 2, Verdict.MASS),
        (3, 3, Verdict.SINGLE),  # 50 %
        (11, 9, Verdict.MASS),  # 55 %
        (2, 0, Verdict.SINGLE),  # fewer than three
        (2, 1, Verdict.SINGLE),
        (1, 9, Verdict.SINGLE),
    ],
)
def test_55_percent_and_three_kernels_are_a_mass_failure(failed: int, answered: int, verdict: Verdict) -> None:
    assert judged(failed, answered) is verdict


def test_a_verdict_waits_for_enough_results_or_the_deadline() -> None:
    assert judged(2, 1, watched=10) is Verdict.UNDECIDED
    assert judged(2, 1, watched=10, now=100.0) is Verdict.SINGLE
    assert judged(3, 0, watched=10, now=100.0) is Verdict.MASS
    assert judged(2, 8, watched=10_000) is Verdict.SINGLE
    assert judged(0, 0, watched=10, now=100.0) is Verdict.SINGLE


def test_a_hold_ends_when_most_answer_again() -> None:
    guard = MassFailureGuard(GuardLimits())
    guard.begin(deadline=100.0)
    for kernel in range(5):
        guard.record(kernel, failed=True)
    assert guard.verdict(5, 0.0) is Verdict.MASS
    assert (guard.failing, guard.judged, guard.holding) == (5, 5, True)
    guard.record(0, failed=False)
    guard.record(1, failed=False)
    assert guard.verdict(5, 0.0) is Verdict.MASS
    guard.record(2, failed=False)
    assert guard.verdict(5, 0.0) is Verdict.SINGLE
    guard.end()
    assert (guard.open, guard.holding, guard.judged) == (False, False, 0)


def test_a_kernel_that_is_gone_counts_no_more() -> None:
    guard = MassFailureGuard(GuardLimits())
    guard.begin(deadline=100.0)
    for kernel in range(3):
        guard.record(kernel, failed=True)
    guard.forget(2)
    assert not guard.knows(2)
    assert guard.knows(1)
    assert guard.wanted(3) == 1
    assert guard.verdict(2, 0.0) is Verdict.SINGLE


@given(results=st.lists(st.tuples(st.integers(0, 200), st.booleans()), max_size=400))
def test_only_the_latest_results_count_each_kernel_once(results: list[tuple[int, bool]]) -> None:
    guard = MassFailureGuard(GuardLimits())
    guard.begin(deadline=0.0)
    for kernel, failed in results:
        guard.record(kernel, failed=failed)
    latest: dict[int, bool] = {}
    for kernel, failed in results:
        latest.pop(kernel, None)
        latest[kernel] = failed
    kept = list(latest.values())[-60:]
    assert (guard.judged, guard.failing) == (len(kept), sum(kept))


@pytest.mark.parametrize(
    ("arguments", "field"), [({"share": 0}, "share"), ({"share": 1.1}, "share"), ({"minimum": 0}, "minimum")]
)
def test_limits_that_mean_nothing_are_refused(arguments: dict[str, float], field: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        GuardLimits(**arguments)
    assert caught.value.field == field

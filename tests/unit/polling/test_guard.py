"""When so many fail that the panel itself is the likelier cause."""

from typing import Any

import pytest

from znp_panel_sync.errors import ConfigurationError
from znp_panel_sync.polling import GuardLimits
from znp_panel_sync.polling.guard import SampleVerdict, Verdict


def sample(failed: int, answered: int, unknown: int = 0) -> SampleVerdict:
    judged = SampleVerdict(GuardLimits(), range(failed + answered + unknown), deadline=100.0)
    for kernel in range(failed + answered):
        judged.record(kernel, failed=kernel < failed)
    return judged


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
        (0, 0, Verdict.SINGLE),
    ],
)
def test_55_percent_and_three_kernels_are_a_mass_failure(failed: int, answered: int, verdict: Verdict) -> None:
    assert sample(failed, answered).verdict(0.0) is verdict


def test_a_verdict_waits_for_all_results_or_the_deadline() -> None:
    judged = sample(3, 2, unknown=5)
    assert judged.verdict(99.9) is Verdict.UNDECIDED
    assert judged.verdict(100.0) is Verdict.MASS
    assert (judged.failing, judged.judged) == (3, 5)


def test_of_each_kernel_the_latest_result_counts() -> None:
    judged = sample(5, 0)
    for kernel in (0, 1, 2):
        judged.record(kernel, failed=False)
    assert (judged.failing, judged.judged) == (2, 5)
    assert judged.verdict(0.0) is Verdict.SINGLE


def test_kernels_outside_the_sample_and_gone_do_not_count() -> None:
    judged = sample(3, 0, unknown=1)
    judged.record(77, failed=False)
    judged.forget(3)
    judged.forget(77)
    assert judged.verdict(0.0) is Verdict.MASS
    judged.forget(0)
    assert judged.verdict(0.0) is Verdict.SINGLE


@pytest.mark.parametrize(
    ("arguments", "field"), [({"share": 0}, "share"), ({"share": 1.1}, "share"), ({"minimum": 0}, "minimum")]
)
def test_limits_that_mean_nothing_are_refused(arguments: dict[str, Any], field: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        GuardLimits(**arguments)
    assert caught.value.field == field

"""What is due and when: phases, ticks, and a rate."""

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from znp_panel_sync.polling._rate import RateLimit
from znp_panel_sync.polling.schedule import Schedule, next_in_phase, stable_fraction


def test_a_fraction_is_the_same_for_ever() -> None:
    assert stable_fraction("https://kernel.example.com") == 0.9366626492334468


def test_ten_thousand_phases_are_spread_evenly() -> None:
    seconds = Counter(int(stable_fraction(f"https://kernel-{n}.example.com") * 30) for n in range(10_000))
    assert len(seconds) == 30
    assert all(abs(count - 10_000 / 30) <= 0.2 * 10_000 / 30 for count in seconds.values())


@given(now=st.floats(1e9, 2e9), interval=st.floats(0.1, 1e5), phase=st.floats(0, 1, exclude_max=True))
def test_the_next_phase_is_within_one_interval(now: float, interval: float, phase: float) -> None:
    due = next_in_phase(now, interval, phase)
    assert now < due <= now + interval * (1 + 1e-6) + 1e-6
    cycles = (due - interval * phase) / interval
    assert cycles == pytest.approx(round(cycles), abs=1e-3)


def test_the_next_phase_does_not_depend_on_when_one_asks() -> None:
    assert {next_in_phase(now, 30, 0.5) for now in (1_000_005.1, 1_000_010, 1_000_034.9)} == {1_000_035}


def test_a_key_is_due_at_the_end_of_its_tick_and_once() -> None:
    schedule: Schedule[str] = Schedule(tick=0.1)
    schedule.set("a", 10.01)
    assert schedule.due_at("a") == pytest.approx(10.1)
    assert schedule.take_due(10.05) == []
    assert "a" in schedule
    assert schedule.take_due(10.11) == ["a"]
    assert schedule.take_due(99) == []
    assert "a" not in schedule
    assert schedule.due_at("a") is None
    assert schedule.next_due() is None


class ScheduleMachine(RuleBasedStateMachine):
    """A schedule against a dictionary that is searched through."""

    def __init__(self) -> None:
        super().__init__()
        self.schedule: Schedule[int] = Schedule(tick=1.0)
        self.model: dict[int, int] = {}
        self.now = 0

    @rule(key=st.integers(0, 5), ahead=st.integers(0, 8))
    def set(self, key: int, ahead: int) -> None:
        self.schedule.set(key, self.now + ahead)
        self.model[key] = self.now + ahead

    @rule(key=st.integers(0, 5))
    def discard(self, key: int) -> None:
        self.schedule.discard(key)
        self.model.pop(key, None)

    @rule(passes=st.integers(0, 4))
    def take(self, passes: int) -> None:
        self.now += passes
        due = self.schedule.take_due(self.now)
        assert sorted(due) == sorted(key for key, when in self.model.items() if when <= self.now)
        assert [self.model[key] for key in due] == sorted(self.model[key] for key in due)
        for key in due:
            del self.model[key]

    @invariant()
    def knows_what_is_there(self) -> None:
        assert {key for key in range(6) if key in self.schedule} == set(self.model)
        next_due = self.schedule.next_due()
        if self.model:
            assert next_due is not None
            assert next_due <= min(self.model.values())


TestSchedule = ScheduleMachine.TestCase
TestSchedule.settings = settings(max_examples=40, stateful_step_count=30)


def test_a_rate_gives_so_many_a_second_and_a_small_burst() -> None:
    limit = RateLimit(50)
    given_at = [now for now in range(2000) if limit.take(now / 1000)]
    assert sum(now < 10 for now in given_at) == 5
    assert len(given_at) == pytest.approx(105, abs=1)
    assert not any(limit.take(1.999) for _ in range(3))


def test_a_slow_rate_still_gives_one_at_a_time() -> None:
    limit = RateLimit(0.5)
    assert [limit.take(now) for now in (100, 100, 101, 102.1, 102.2, 104.2)] == [True, False, False, True, False, True]

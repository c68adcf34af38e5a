"""The lease's state machine, one input after the other."""

import math
from collections.abc import Sequence

import pytest

from znp_panel_sync.health import Health, HealthReport
from znp_panel_sync.lease._machine import (
    Abandon,
    Action,
    Failure,
    LeaseMachine,
    LeaseTransition,
    Request,
    Send,
    Trouble,
)
from znp_panel_sync.lease._states import LeaseState, Signal
from znp_panel_sync.lease._terms import Grant, LeaseTimings

UNREACHABLE = Failure(Signal.UNREACHABLE, "no answer")
REFUSED = Failure(Signal.REFUSED, "401")
HELD_BY_ANOTHER = Failure(Signal.REFUSED, "409", conflict=True)
UNKNOWN = Failure(Signal.UNKNOWN_NODE, "404")
TIMINGS = LeaseTimings(
    retry_delay=1, max_retry_delay=8, refused_retry_delay=60, jitter=0.5, request_timeout=5, default_interval=20
)
LEASE = Grant(lease=30.0, interval=10.0)


class Lease:
    """A machine with a hand on its clock; `random` always gives `chance`."""

    def __init__(self, *, chance: float = 0.5, requested: float | None = None) -> None:
        self.chance = chance
        self.machine = LeaseMachine(TIMINGS, lambda: self.chance, requested)
        self.now = 100.0
        self.states: list[LeaseState] = []
        self.reasons: list[str] = []
        self.sent: list[Send] = []
        self.abandoned: list[int] = []
        self.troubles: list[str] = []

    def take(self, actions: Sequence[Action]) -> None:
        for action in actions:
            if isinstance(action, Send):
                self.sent.append(action)
            elif isinstance(action, Abandon):
                self.abandoned.append(action.token)
            elif isinstance(action, Trouble):
                assert action.state is self.states[-1]
                self.troubles.append(action.reason)
            else:
                assert isinstance(action, LeaseTransition)
                self.states.append(action.state)
                self.reasons.append(action.reason)

    def start(self) -> "Lease":
        self.take(self.machine.start(self.now))
        return self

    def answer(self, grant: Grant | None = None, *, after: float = 0.0) -> None:
        self.now += after
        self.take(self.machine.answered(self.now, self.sent[-1].token, grant))

    def fail(self, failure: Failure, *, after: float = 0.0) -> None:
        self.now += after
        self.take(self.machine.failed(self.now, self.sent[-1].token, failure))

    def stop(self, timeout: float = 5.0) -> None:
        self.take(self.machine.stop(self.now, timeout))

    def report(self, health: Health, message: str | None = None) -> None:
        self.take(self.machine.report(self.now, HealthReport(health), message))

    def wake(self) -> float:
        """Go on to the next moment the machine wants to be woken; how long that took."""
        assert self.machine.wake_at is not None
        waited = self.machine.wake_at - self.now
        self.now = self.machine.wake_at
        self.take(self.machine.tick(self.now))
        return waited

    @property
    def state(self) -> LeaseState:
        return self.machine.state


@pytest.fixture
def registered() -> Lease:
    lease = Lease().start()
    lease.answer(LEASE)
    return lease


def test_start_registers_at_once() -> None:
    lease = Lease().start()
    assert lease.states == ["registering"]
    assert lease.sent == [Send(1, Request.REGISTER, 5.0)]
    assert lease.machine.wake_at is None


def test_a_second_start_changes_nothing(registered: Lease) -> None:
    registered.start()
    assert (len(registered.sent), registered.state) == (1, LeaseState.REGISTERED)


@pytest.mark.parametrize(("chance", "wait"), [(0.25, 2.5), (0.5, 5.0), (0.75, 7.5)])
def test_the_first_beat_leaves_after_a_random_part_of_the_interval(chance: float, wait: float) -> None:
    lease = Lease(chance=chance).start()
    lease.answer(LEASE)
    assert lease.wake() == wait
    assert lease.sent[-1].request is Request.BEAT


@pytest.mark.parametrize(("chance", "wait"), [(0.0, 10.0), (0.5, 7.5), (1.0, 5.0)])
def test_further_beats_leave_after_an_interval_that_jitter_shortens(
    registered: Lease, chance: float, wait: float
) -> None:
    registered.wake()
    registered.chance = chance
    registered.answer(LEASE)
    assert registered.wake() == wait


def test_the_interval_is_counted_from_when_the_beat_was_sent(registered: Lease) -> None:
    registered.wake()
    registered.chance = 0.0
    registered.answer(LEASE, after=4)
    assert registered.wake() == 6


def test_the_lease_is_counted_from_before_the_request(registered: Lease) -> None:
    registered.wake()
    sent_at = registered.now
    registered.answer(LEASE, after=4)
    assert registered.machine.deadline == sent_at + 30


def test_a_beat_that_is_not_told_a_lease_renews_by_the_last_one(registered: Lease) -> None:
    registered.wake()
    registered.answer(Grant())
    assert registered.machine.deadline == registered.now + 30


def test_a_lease_may_end_never(registered: Lease) -> None:
    registered.wake()
    registered.answer(Grant(lease=math.inf))
    assert registered.machine.deadline == math.inf
    registered.wake()
    registered.fail(UNREACHABLE)
    assert registered.state is LeaseState.SUSPENDED
    for _ in range(50):
        registered.wake()
        registered.fail(UNREACHABLE)
    assert registered.state is LeaseState.SUSPENDED


def test_a_registration_that_is_told_no_lease_has_the_one_it_asked_for() -> None:
    asked, did_not = Lease(requested=12).start(), Lease().start()
    asked.answer(Grant())
    did_not.answer(Grant())
    assert asked.machine.deadline == 112
    assert asked.machine.interval == 4
    assert did_not.machine.deadline == math.inf
    assert did_not.machine.interval == 20


def test_a_lost_packet_is_repeated_long_before_the_next_interval(registered: Lease) -> None:
    registered.wake()
    registered.fail(UNREACHABLE)
    assert registered.states[-1] == "suspended"
    assert registered.wake() == 0.75
    registered.answer(LEASE)
    assert registered.states[-1] == "registered"


def test_delays_between_repetitions_double_up_to_the_longest(registered: Lease) -> None:
    registered.wake()
    waits = []
    for _ in range(5):
        registered.fail(UNREACHABLE)
        waits.append(registered.wake())
    assert waits == [0.75, 1.5, 3.0, 6.0, 6.0]


def test_success_begins_the_delays_anew(registered: Lease) -> None:
    registered.wake()
    registered.fail(UNREACHABLE)
    registered.wake()
    registered.answer(LEASE)
    registered.wake()
    registered.fail(UNREACHABLE)
    assert registered.wake() == 0.75


def test_a_beat_gets_a_third_of_its_lease(registered: Lease) -> None:
    registered.answer(LEASE)
    registered.wake()
    assert registered.sent[-1].timeout == 5
    registered.answer(Grant(lease=6.0))
    registered.wake()
    assert registered.sent[-1].timeout == 2


def test_a_beat_that_hangs_is_abandoned_at_the_deadline_and_the_node_registers(registered: Lease) -> None:
    registered.wake()
    token = registered.sent[-1].token
    assert registered.machine.wake_at == 130
    registered.wake()
    assert registered.abandoned == [token]
    assert registered.states[-1] == "lost"
    assert registered.sent[-1].request is Request.REGISTER
    registered.take(registered.machine.answered(registered.now, token, LEASE))
    assert registered.state is LeaseState.LOST
    registered.answer(LEASE)
    assert registered.states[-1] == "registered"
    assert registered.machine.counters.times_lost == 1


def test_an_answer_that_comes_after_the_deadline_renews_nothing(registered: Lease) -> None:
    registered.wake()
    registered.answer(LEASE, after=40)
    assert registered.states[-1] == "lost"


def test_the_state_is_lost_from_the_deadline_on_whoever_noticed(registered: Lease) -> None:
    assert registered.machine.snapshot.state_at(129.9) is LeaseState.REGISTERED
    assert registered.machine.snapshot.state_at(130.0) is LeaseState.LOST
    registered.wake()
    registered.fail(UNREACHABLE)
    assert registered.machine.snapshot.state_at(130.0) is LeaseState.LOST
    assert registered.state is LeaseState.SUSPENDED


def test_trouble_while_lost_is_repeated_with_delays(registered: Lease) -> None:
    registered.wake()
    registered.wake()
    registered.fail(UNREACHABLE)
    assert registered.state is LeaseState.LOST
    assert registered.wake() == 0.75
    registered.fail(UNREACHABLE)
    assert registered.wake() == 1.5


def test_404_registers_again_at_once(registered: Lease) -> None:
    registered.wake()
    registered.fail(UNKNOWN)
    assert registered.states[-1] == "lost"
    assert registered.sent[-1].request is Request.REGISTER


def test_trouble_that_changes_no_state_is_told_once_for_each_reason() -> None:
    lease = Lease().start()
    for reason in ("no route", "no route", "no answer", "no answer"):
        lease.fail(Failure(Signal.UNREACHABLE, reason))
        lease.wake()
    assert lease.troubles == ["no route", "no answer"]
    lease.answer(LEASE)
    lease.wake()
    for reason in ("no answer", "no answer", "no route"):
        lease.fail(Failure(Signal.UNREACHABLE, reason))
        lease.wake()
    assert lease.reasons[-1] == "no answer"
    assert lease.troubles == ["no route", "no answer", "no route"]


def test_trouble_that_a_lost_lease_still_has_is_told_again(registered: Lease) -> None:
    registered.wake()
    registered.fail(UNREACHABLE)
    while registered.state is not LeaseState.LOST:
        registered.wake()
    registered.fail(UNREACHABLE)
    assert registered.troubles == ["no answer"]


def test_404_again_and_again_is_no_flood_and_names_the_likely_reason(registered: Lease) -> None:
    for _ in range(2):
        registered.wake()
        registered.fail(UNKNOWN)
        if registered.sent[-1].request is not Request.REGISTER:
            registered.wake()
        registered.answer(LEASE)
    registered.wake()
    before = len(registered.sent)
    registered.fail(UNKNOWN)
    assert len(registered.sent) == before
    assert "another agent may be using the same id" in registered.reasons[-1]
    assert registered.machine.counters.conflicts == 2
    assert registered.wake() == 1.5


def test_a_heartbeat_that_is_acknowledged_forgets_earlier_evictions(registered: Lease) -> None:
    registered.wake()
    registered.fail(UNKNOWN)
    registered.answer(LEASE)
    registered.wake()
    registered.answer(LEASE)
    registered.wake()
    registered.fail(UNKNOWN)
    assert registered.sent[-1].request is Request.REGISTER


def test_a_registration_is_not_lost_by_404() -> None:
    lease = Lease().start()
    lease.fail(UNKNOWN)
    assert lease.state is LeaseState.REGISTERING


def test_a_lease_that_is_over_when_it_is_granted_does_not_count() -> None:
    lease = Lease().start()
    lease.answer(Grant(lease=3.0), after=3)
    assert lease.states == ["registering"]
    assert lease.wake() == 0.75


def test_a_lease_that_is_over_when_it_is_renewed_is_lost(registered: Lease) -> None:
    registered.wake()
    registered.answer(Grant(lease=-1.0))
    assert registered.states[-1] == "lost"


def test_a_refusal_is_reported_once_and_tried_again_slowly() -> None:
    lease = Lease().start()
    for _ in range(3):
        lease.fail(REFUSED)
        assert lease.wake() == 45
    assert lease.states == ["registering", "failed"]
    lease.fail(UNREACHABLE)
    assert lease.state is LeaseState.FAILED
    assert lease.wake() == 45
    lease.answer(LEASE)
    assert lease.states == ["registering", "failed", "registered"]


def test_a_refused_beat_leads_to_failed_then_to_lost_at_the_deadline_at_the_same_slow_pace(registered: Lease) -> None:
    registered.wake()
    registered.fail(REFUSED)
    assert registered.states[-1] == "failed"
    registered.wake()
    assert (registered.now, registered.states[-1]) == (130, "lost")
    last_of_the_lease = registered.sent[-1]
    assert last_of_the_lease.request is Request.BEAT
    registered.wake()
    assert registered.sent[-1].request is Request.REGISTER


@pytest.mark.parametrize("answered", [False, True])
def test_a_lease_that_runs_out_while_a_beat_after_a_refusal_is_under_way_is_registered_again(answered: bool) -> None:
    lease = Lease().start()
    lease.answer(Grant(lease=60.0, interval=10.0))
    lease.wake()
    lease.fail(REFUSED)
    lease.wake()
    assert (lease.now, lease.sent[-1].request, lease.state) == (150, Request.BEAT, LeaseState.FAILED)
    if answered:
        lease.fail(REFUSED, after=15)
    else:
        lease.wake()
        assert lease.abandoned == [lease.sent[-2].token]
    assert lease.states[-1] == "lost"
    assert lease.sent[-1].request is Request.REGISTER
    lease.answer(LEASE)
    assert lease.states[-1] == "registered"


def test_a_repaired_refusal_within_the_lease_is_found_by_a_beat() -> None:
    lease = Lease().start()
    lease.answer(Grant(lease=math.inf, interval=10))
    lease.wake()
    lease.fail(REFUSED)
    lease.wake()
    assert lease.sent[-1].request is Request.BEAT
    lease.answer(Grant())
    assert lease.states[-1] == "registered"


@pytest.mark.parametrize(("asked", "wait"), [(7.0, 7.75), (-5.0, 0.75), (1e9, 3600.75)])
def test_retry_after_is_honoured_within_reason(asked: float, wait: float) -> None:
    lease = Lease().start()
    lease.answer(Grant(lease=math.inf, interval=10))
    lease.wake()
    lease.fail(Failure(Signal.UNREACHABLE, "429", retry_after=asked))
    assert lease.wake() == wait


def test_retry_after_holds_when_the_lease_runs_out_before(registered: Lease) -> None:
    registered.wake()
    registered.fail(Failure(Signal.UNREACHABLE, "429", retry_after=60.0))
    registered.wake()
    assert registered.states[-1] == "lost"
    registered.wake()
    assert registered.now == 105 + 60.75
    assert registered.sent[-1].request is Request.REGISTER


# Health


def test_worse_health_leaves_at_once_and_better_health_with_the_next_beat(registered: Lease) -> None:
    registered.report(Health.UNHEALTHY, "disk full")
    assert registered.sent[-1] == Send(2, Request.BEAT, 5.0, HealthReport(Health.UNHEALTHY), "disk full")
    registered.answer(LEASE)
    registered.report(Health.DEGRADED)
    registered.report(Health.HEALTHY)
    assert len(registered.sent) == 2
    registered.wake()
    assert registered.sent[-1].health == HealthReport(Health.HEALTHY)


def test_health_that_gets_worse_while_a_beat_is_under_way_follows_it(registered: Lease) -> None:
    registered.wake()
    registered.report(Health.DEGRADED)
    assert len(registered.sent) == 2
    registered.answer(LEASE)
    assert registered.sent[-1].health == HealthReport(Health.DEGRADED)
    registered.answer(LEASE)
    assert len(registered.sent) == 3


def test_health_reported_before_registration_follows_it_at_once() -> None:
    lease = Lease()
    lease.report(Health.DEGRADED)
    lease.start()
    lease.answer(LEASE)
    assert lease.sent[-1].health == HealthReport(Health.DEGRADED)


def test_a_worse_report_does_not_break_the_pause_of_a_suspended_lease(registered: Lease) -> None:
    registered.wake()
    registered.fail(UNREACHABLE)
    registered.report(Health.UNHEALTHY)
    assert registered.wake() == 0.75
    assert registered.sent[-1].health == HealthReport(Health.UNHEALTHY)


# Stop


def test_stop_signs_off(registered: Lease) -> None:
    registered.stop()
    assert registered.sent[-1] == Send(2, Request.SIGN_OFF, 5.0)
    registered.answer()
    assert registered.states[-2:] == ["stopping", "stopped"]
    assert registered.machine.signed_off
    assert registered.machine.wake_at is None


def test_stop_abandons_a_beat(registered: Lease) -> None:
    registered.wake()
    registered.stop()
    assert registered.abandoned == [2]
    assert registered.sent[-1].request is Request.SIGN_OFF


def test_stop_waits_for_a_registration_lest_it_overtakes_the_sign_off() -> None:
    lease = Lease().start()
    lease.stop()
    assert len(lease.sent) == 1
    lease.answer(LEASE, after=1)
    assert lease.sent[-1] == Send(2, Request.SIGN_OFF, 4.0)


def test_stop_waits_for_a_registration_no_longer_than_half_its_time() -> None:
    lease = Lease().start()
    lease.stop()
    assert lease.wake() == 2.5
    assert lease.abandoned == [1]
    assert lease.sent[-1] == Send(2, Request.SIGN_OFF, 2.5)


def test_a_registration_that_failed_while_stopping_is_signed_off_too() -> None:
    lease = Lease().start()
    lease.stop()
    lease.fail(UNREACHABLE)
    assert lease.sent[-1].request is Request.SIGN_OFF


@pytest.mark.parametrize("refusal", [REFUSED, HELD_BY_ANOTHER])
def test_a_registration_that_was_refused_is_not_signed_off(refusal: Failure) -> None:
    waiting, under_way = Lease().start(), Lease().start()
    waiting.fail(refusal)
    waiting.stop()
    under_way.stop()
    under_way.fail(refusal)
    for lease in (waiting, under_way):
        assert lease.states[-2:] == ["stopping", "stopped"]
        assert lease.reasons[-1] == "there is nothing to sign off"
        assert [send.request for send in lease.sent] == [Request.REGISTER]
        assert not lease.machine.signed_off


def test_a_registration_that_may_have_arrived_is_signed_off_even_if_the_next_one_was_refused() -> None:
    lease = Lease().start()
    lease.fail(UNREACHABLE)
    lease.wake()
    lease.fail(REFUSED)
    lease.stop()
    assert lease.sent[-1].request is Request.SIGN_OFF


def test_an_id_that_turns_out_to_be_held_by_another_agent_is_left_to_it(registered: Lease) -> None:
    registered.wake()
    registered.fail(HELD_BY_ANOTHER)
    registered.stop()
    assert registered.state is LeaseState.STOPPED
    assert registered.sent[-1].request is Request.BEAT


def test_a_node_that_the_kernel_has_forgotten_is_not_signed_off_before_it_is_registered_again(
    registered: Lease,
) -> None:
    registered.wake()
    registered.fail(UNKNOWN)
    registered.stop()
    registered.fail(REFUSED)
    assert registered.state is LeaseState.STOPPED
    assert registered.sent[-1].request is Request.REGISTER


def test_stop_gives_up_when_its_time_is_over(registered: Lease) -> None:
    registered.stop()
    assert registered.wake() == 5
    assert registered.abandoned == [2]
    assert registered.state is LeaseState.STOPPED
    assert not registered.machine.signed_off


def test_a_second_stop_can_only_shorten_the_first(registered: Lease) -> None:
    registered.stop(5)
    registered.stop(9)
    assert registered.machine.wake_at == 105
    registered.stop(1)
    assert registered.machine.wake_at == 101


def test_stop_before_start_and_after_stop_does_nothing() -> None:
    lease = Lease()
    lease.stop()
    assert (lease.states, lease.sent) == ([], [])


def test_stop_with_no_time_sends_nothing(registered: Lease) -> None:
    registered.stop(0)
    assert registered.state is LeaseState.STOPPED
    assert len(registered.sent) == 1


def test_404_for_a_sign_off_is_one(registered: Lease) -> None:
    registered.stop()
    registered.fail(UNKNOWN)
    assert registered.state is LeaseState.STOPPED
    assert registered.machine.signed_off


def test_a_sign_off_is_repeated_once_after_trouble(registered: Lease) -> None:
    registered.stop()
    registered.fail(UNREACHABLE)
    assert registered.sent[-1].request is Request.SIGN_OFF
    registered.fail(UNREACHABLE)
    assert registered.state is LeaseState.STOPPED
    assert len(registered.sent) == 3


@pytest.mark.parametrize(("asked", "wait"), [(2.0, 2.0), (-1.0, 0.0)])
def test_a_sign_off_is_repeated_when_the_kernel_wants_it(registered: Lease, asked: float, wait: float) -> None:
    registered.stop()
    began = registered.now
    registered.fail(Failure(Signal.UNREACHABLE, "429", retry_after=asked))
    if wait:
        assert registered.wake() == wait
    assert (len(registered.sent), registered.sent[-1]) == (3, Send(3, Request.SIGN_OFF, 5.0 - wait))
    assert registered.now == began + wait


def test_a_sign_off_that_the_kernel_wants_later_than_there_is_time_is_given_up_at_once(registered: Lease) -> None:
    registered.stop()
    registered.fail(Failure(Signal.UNREACHABLE, "429", retry_after=5.0))
    assert registered.state is LeaseState.STOPPED
    assert registered.reasons[-1] == "the sign-off failed: 429"


def test_a_refused_sign_off_ends_the_lease_all_the_same(registered: Lease) -> None:
    registered.stop()
    registered.fail(REFUSED)
    assert registered.state is LeaseState.STOPPED
    assert "401" in registered.reasons[-1]


def test_the_deadline_does_not_disturb_a_sign_off(registered: Lease) -> None:
    registered.stop(100)
    registered.take(registered.machine.tick(140))
    assert registered.states[-1] == "stopping"


def test_an_agent_may_start_again(registered: Lease) -> None:
    registered.stop()
    registered.answer()
    registered.start()
    registered.answer(Grant(lease=6.0))
    assert registered.state is LeaseState.REGISTERED
    assert registered.machine.interval == 2
    assert registered.machine.counters.registrations == 2


# Counters


def test_counters_tell_what_happened(registered: Lease) -> None:
    registered.wake()
    registered.fail(Failure(Signal.REFUSED, "409", conflict=True))
    counters = registered.machine.counters
    assert (counters.beats_sent, counters.beats_failed, counters.conflicts) == (1, 1, 1)
    assert (counters.last_error, counters.acknowledged_at) == ("409", 100.0)


def test_an_outcome_of_a_request_that_is_not_under_way_is_ignored(registered: Lease) -> None:
    registered.take(registered.machine.answered(registered.now, 99, LEASE))
    registered.take(registered.machine.failed(registered.now, 1, REFUSED))
    assert registered.states == ["registering", "registered"]

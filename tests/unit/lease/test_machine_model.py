"""The lease's state machine against arbitrary orders of answers, delays, leaps of the clock and stops."""

import math
from collections.abc import Sequence

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

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
from znp_panel_sync.lease._states import TRANSITIONS, LeaseState, Signal
from znp_panel_sync.lease._terms import Grant, LeaseTimings

LONGEST_STEP = 200.0
HELD = (LeaseState.REGISTERED, LeaseState.SUSPENDED)

leases = st.none() | st.just(math.inf) | st.floats(-5, 120)
intervals = st.none() | st.floats(0.5, 100)
failures = st.builds(
    Failure,
    st.sampled_from([Signal.UNREACHABLE, Signal.UNKNOWN_NODE, Signal.REFUSED]),
    st.just("trouble"),
    st.none() | st.floats(-10, 7200),
    st.booleans(),
)


class LeaseModel(RuleBasedStateMachine):
    """Plays network, kernel, clock and user; notes what the machine sends and announces."""

    def __init__(self) -> None:
        super().__init__()
        self.chance = 0.0
        self.machine = LeaseMachine(LeaseTimings(), lambda: self.chance)
        self.now = 1000.0
        self.deadline = math.inf
        self.under_way: Send | None = None
        self.sent_at = 0.0
        self.announced = [LeaseState.STOPPED]
        self.stopped = True
        self.stop_deadline = math.inf
        self.numbers = 0
        self.kernel_may_know = False

    def take(self, actions: Sequence[Action]) -> None:
        for action in actions:
            if isinstance(action, LeaseTransition):
                self.numbers += 1
                assert action.number == self.numbers
                assert action.previous is self.announced[-1]
                assert action.state in TRANSITIONS[action.previous].values()
                self.announced.append(action.state)
                self.stopped = action.state is LeaseState.STOPPED
            elif isinstance(action, Abandon):
                assert self.under_way is not None
                assert self.under_way.token == action.token
                self.kernel_may_know |= self.under_way.request is Request.REGISTER
                self.under_way = None
            elif isinstance(action, Trouble):
                assert action.state is self.announced[-1]
            else:
                self.take_request(action)

    def take_request(self, send: Send) -> None:
        assert self.under_way is None, "two requests at once"
        assert not self.stopped, "a request after the stop"
        assert self.machine.state is not LeaseState.STOPPING or send.request is Request.SIGN_OFF
        assert 0 < send.timeout <= LONGEST_STEP
        assert self.kernel_may_know or send.request is not Request.SIGN_OFF, "a sign-off of what was never registered"
        if send.request is Request.BEAT:
            assert self.now < self.deadline, "a beat without a lease"
        self.under_way, self.sent_at = send, self.now

    @rule(seconds=st.floats(0, LONGEST_STEP))
    def time_passes_in_small_steps(self, seconds: float) -> None:
        """As it does for a program that wakes when it should."""
        target = self.now + seconds
        for _ in range(1000):
            wake_at = self.machine.wake_at
            if wake_at is None or wake_at > target:
                break
            self.now = max(self.now, wake_at)
            self.take(self.machine.tick(self.now))
        self.now = target

    @rule(seconds=st.floats(0, 10_000))
    def the_clock_leaps(self, seconds: float) -> None:
        """As it does for a program that was kept from running."""
        self.now += seconds

    @rule()
    def wake_up_for_nothing(self) -> None:
        self.take(self.machine.tick(self.now))

    @rule(chance=st.floats(0, 1, exclude_max=True))
    def chance_changes(self, chance: float) -> None:
        self.chance = chance

    @rule()
    def start(self) -> None:
        if self.machine.state is LeaseState.STOPPED:
            self.stop_deadline, self.deadline, self.kernel_may_know = math.inf, math.inf, False
        self.take(self.machine.start(self.now))

    @rule(timeout=st.floats(0, 20))
    def stop(self, timeout: float) -> None:
        if self.machine.state is not LeaseState.STOPPED:
            self.stop_deadline = min(self.stop_deadline, self.now + timeout)
        self.take(self.machine.stop(self.now, timeout))

    @rule(health=st.sampled_from([Health.HEALTHY, Health.DEGRADED, Health.UNHEALTHY]))
    def report(self, health: Health) -> None:
        self.take(self.machine.report(self.now, HealthReport(health), None))

    @precondition(lambda self: self.under_way is not None)
    @rule(lease=leases, interval=intervals)
    def the_kernel_answers(self, lease: float | None, interval: float | None) -> None:
        send, self.under_way = self.under_way, None
        assert send is not None
        self.deadline = math.inf if lease is None else self.sent_at + lease
        self.kernel_may_know = True
        self.take(self.machine.answered(self.now, send.token, Grant(lease, interval)))

    @precondition(lambda self: self.under_way is not None)
    @rule(failure=failures)
    def the_request_fails(self, failure: Failure) -> None:
        send, self.under_way = self.under_way, None
        assert send is not None
        self.kernel_may_know |= send.request is Request.REGISTER and failure.signal is Signal.UNREACHABLE
        self.take(self.machine.failed(self.now, send.token, failure))

    @rule(token=st.integers(1, 50), failure=failures)
    def an_outcome_comes_too_late(self, token: int, failure: Failure) -> None:
        if self.under_way is None or self.under_way.token != token:
            self.take(self.machine.answered(self.now, token, Grant(60, 10)))
            self.take(self.machine.failed(self.now, token, failure))

    @invariant()
    def never_registered_past_the_deadline(self) -> None:
        state = self.machine.snapshot.state_at(self.now)
        if state in HELD:
            assert self.machine.snapshot.deadline is not None
            assert self.now < self.machine.snapshot.deadline

    @invariant()
    def state_and_announcements_agree(self) -> None:
        assert self.announced[-1] is self.machine.state

    @invariant()
    def always_knows_what_comes_next(self) -> None:
        if self.machine.state is not LeaseState.STOPPED and self.under_way is None:
            assert self.machine.wake_at is not None

    @invariant()
    def a_stop_ends_in_time(self) -> None:
        if self.machine.state is LeaseState.STOPPING:
            assert self.machine.wake_at is not None
            assert self.machine.wake_at <= self.stop_deadline

    def teardown(self) -> None:
        """Whatever happened: once the kernel answers, the lease is held, and a stop ends it."""
        if self.machine.state in (LeaseState.STOPPED, LeaseState.STOPPING):
            return
        for _ in range(20):
            if self.under_way is not None:
                self.the_kernel_answers(60.0, 10.0)
            elif self.machine.state is not LeaseState.REGISTERED:
                assert self.machine.wake_at is not None
                assert self.machine.wake_at - self.now <= 3700
                self.now = max(self.now, self.machine.wake_at)
                self.take(self.machine.tick(self.now))
        assert self.machine.state is LeaseState.REGISTERED
        self.stop(5.0)
        self.now += 5
        self.take(self.machine.tick(self.now))
        assert self.stopped


LeaseModel.TestCase.settings = settings(max_examples=50, stateful_step_count=30, deadline=None)
TestLeaseModel = LeaseModel.TestCase

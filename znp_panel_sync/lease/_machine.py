"""The life of one lease, free of I/O: it is told what happened and when, and answers with what is to be done.

Duties of the caller:

- hand in what happens with the time of a monotonic clock, one input at a time;
- carry out the returned actions in order;
- call `tick` when `wake_at` is reached, which changes with every input;
- report the outcome of each request, once, by its token; outcomes of abandoned requests may be reported or not;
- let one thread do all of this. Other threads may read `snapshot`, and nothing else.

At most one request is under way. Time is counted from when a request was handed out, never from its answer, and no
clock of the kernel's is looked at: the lease can only end earlier for us than it does for the kernel.
"""

import math
from collections.abc import Sequence
from enum import Enum
from typing import Final

from attrs import define, evolve, field, frozen

from znp_panel_sync.health import Health, HealthReport
from znp_panel_sync.lease._states import TRANSITIONS, LeaseState, Signal
from znp_panel_sync.lease._terms import LONGEST_RETRY_AFTER, Grant, LeaseTimings, Random

SIGN_OFF_ATTEMPTS: Final = 2
"""The second is for a connection that the kernel closed while we were about to use it."""

_SEVERITY: Final = {Health.HEALTHY: 0, Health.DEGRADED: 1, Health.UNHEALTHY: 2}
_HEALTHY: Final = HealthReport(Health.HEALTHY)


class Request(Enum):
    """What an agent asks of its kernel."""

    REGISTER = "registration"
    BEAT = "heartbeat"
    SIGN_OFF = "sign-off"


@frozen
class Send:
    """Send a request; give it up after `timeout` seconds. `health` and `message` are a heartbeat's."""

    token: int
    request: Request
    timeout: float
    health: HealthReport = _HEALTHY
    message: str | None = None


@frozen
class Abandon:
    """Give up the request with this token: nothing more of it may leave, and its outcome does not matter."""

    token: int


@frozen
class LeaseTransition:
    """A step of a lease from one state to another.

    `reason` says in words what led to it. `number` counts the transitions of one agent from 1, so that a gap shows.
    """

    number: int
    previous: LeaseState
    state: LeaseState
    reason: str


@frozen
class Trouble:
    """A request failed without a step to another state: the first time since the last step, or for another reason."""

    state: LeaseState
    reason: str


Action = Send | Abandon | LeaseTransition | Trouble


@frozen
class Failure:
    """Why a request brought nothing.

    `signal` is `UNREACHABLE`, `UNKNOWN_NODE` or `REFUSED`. `retry_after` is how many seconds the kernel asks to wait
    (None: it does not ask). `conflict` tells that somebody else holds the node's id.
    """

    signal: Signal
    reason: str
    retry_after: float | None = None
    conflict: bool = False


@frozen(kw_only=True)
class LeaseCounters:
    """What has happened since the agent was made."""

    beats_sent: int = 0
    beats_failed: int = 0
    registrations: int = 0
    times_lost: int = 0
    conflicts: int = 0
    last_error: str | None = None
    acknowledged_at: float | None = None


@frozen
class LeaseSnapshot:
    """How a lease stands, after an input: all of it from the same moment, whoever reads it."""

    state: LeaseState = LeaseState.STOPPED
    counters: LeaseCounters = LeaseCounters()
    deadline: float | None = None
    """When the lease that is held runs out; None while none is held."""
    signed_off: bool = False
    """Whether the kernel has confirmed the last sign-off."""

    def state_at(self, now: float) -> LeaseState:
        """Return the state as of `now`: a lease whose deadline has passed is lost, even if nobody noticed yet."""
        held = self.state in (LeaseState.REGISTERED, LeaseState.SUSPENDED)
        return LeaseState.LOST if held and self.deadline is not None and now >= self.deadline else self.state


@frozen
class _UnderWay:
    token: int
    request: Request
    sent_at: float
    health: HealthReport


@define(eq=False)
class LeaseMachine:
    """One lease. `requested_lease` is the length that the registration asks for, in seconds (None: it does not)."""

    _timings: LeaseTimings
    _random: Random
    _requested_lease: float | None = None
    state: LeaseState = LeaseState.STOPPED
    counters: LeaseCounters = LeaseCounters()
    deadline: float | None = None
    signed_off: bool = False
    snapshot: LeaseSnapshot = LeaseSnapshot()

    _health: HealthReport = _HEALTHY
    _message: str | None = None
    _told: HealthReport = _HEALTHY
    _lease: float = math.inf
    _asked_interval: float | None = None
    _under_way: _UnderWay | None = None
    _may_be_known: bool = False
    """Whether the kernel may hold a registration of ours, which is to be signed off."""
    _trouble: str | None = None
    _due: float | None = None
    _quiet_until: float = -math.inf
    _stop_deadline: float = math.inf
    _failures: int = 0
    _evictions: int = 0
    _sign_off_attempts: int = 0
    _tokens: int = 0
    _transitions: int = 0
    _actions: list[Action] = field(factory=list)

    @property
    def interval(self) -> float:
        """Seconds from one heartbeat to the next, before jitter."""
        return self._timings.interval(self._lease, self._asked_interval)

    @property
    def wake_at(self) -> float | None:
        """When `tick` is to be called next; None: nothing is waited for."""
        if self.state is LeaseState.STOPPED:
            return None
        moments = [self._stop_deadline]
        if self.state is not LeaseState.STOPPING and self.deadline is not None:
            moments.append(self.deadline)
        if self._due is not None:
            moments.append(self._due)
        earliest = min(moments)
        return None if math.isinf(earliest) else earliest

    def start(self, now: float) -> Sequence[Action]:
        """Begin to register. Nothing where the lease is in use already."""
        if self.state is LeaseState.STOPPED:
            self._move(Signal.START, "started")
            self._forget_everything()
            self._due = now
        return self.tick(now)

    def stop(self, now: float, timeout: float) -> Sequence[Action]:
        """Sign off within `timeout` seconds; a second call can only shorten that."""
        if self.state is not LeaseState.STOPPED:
            self._stop_deadline = min(self._stop_deadline, now + timeout)
            if self.state is not LeaseState.STOPPING:
                self._begin_stopping(now, timeout)
        return self.tick(now)

    def report(self, now: float, health: HealthReport, message: str | None) -> Sequence[Action]:
        """Tell this health from the next heartbeat on; where it is worse than what the kernel knows, at once."""
        self._health, self._message = health, message
        if self.state is LeaseState.REGISTERED and self._under_way is None and self._is_worse_than_told():
            self._due = now
        return self.tick(now)

    def tick(self, now: float) -> Sequence[Action]:
        """Do what is due."""
        if self.state is LeaseState.STOPPING and now >= self._stop_deadline:
            self._end("the sign-off was given up: its time is over")
        self._expire(now)
        if self._due is not None and now >= self._due:
            self._send(now)
        self.snapshot = LeaseSnapshot(self.state, self.counters, self.deadline, self.signed_off)
        actions, self._actions = self._actions, []
        return actions

    def answered(self, now: float, token: int, grant: Grant | None = None) -> Sequence[Action]:
        """Take a request's success; `grant` is what the answer to a registration or heartbeat holds."""
        done = self._finish(now, token)
        if done is not None:
            self._succeed(now, done, grant or Grant())
        return self.tick(now)

    def failed(self, now: float, token: int, failure: Failure) -> Sequence[Action]:
        """Take a request's failure."""
        done = self._finish(now, token)
        if done is not None:
            self._fail(now, done, failure)
        return self.tick(now)

    # What an answer leads to

    def _succeed(self, now: float, done: _UnderWay, grant: Grant) -> None:
        self._may_be_known = done.request is not Request.SIGN_OFF
        if done.request is Request.SIGN_OFF:
            self.signed_off = True
            self._end("signed off")
        elif self.state is LeaseState.STOPPING:
            self._begin_signing_off(now)
        elif done.request is Request.REGISTER:
            self._registered(now, done, grant)
        else:
            self._renewed(now, done, grant)

    def _registered(self, now: float, done: _UnderWay, grant: Grant) -> None:
        lease = self._requested_lease if grant.lease is None else grant.lease
        lease = math.inf if lease is None else lease
        if done.sent_at + lease <= now:
            self._unreachable(now, "the granted lease was over when the answer came", None)
            return
        self._asked_interval = grant.interval
        self._hold(done, lease)
        self._told = _HEALTHY
        self._count(registrations=1)
        self._move(Signal.GRANTED, "registered")
        self._schedule_beat(now, done.sent_at + self.interval * self._random())

    def _renewed(self, now: float, done: _UnderWay, grant: Grant) -> None:
        lease = self._lease if grant.lease is None else grant.lease
        if done.sent_at + lease <= now:
            self._evicted(now, "the renewed lease was over when the answer came")
            return
        self._hold(done, lease)
        self._told = done.health
        self._evictions = 0
        self._move(Signal.RENEWED, "heartbeat acknowledged")
        self._schedule_beat(now, done.sent_at + self._timings.shortened(self.interval, self._random))

    def _hold(self, done: _UnderWay, lease: float) -> None:
        self._lease = lease
        self.deadline = done.sent_at + lease
        self._failures = 0
        self.counters = evolve(self.counters, acknowledged_at=done.sent_at)

    def _schedule_beat(self, now: float, moment: float) -> None:
        self._due = now if self._is_worse_than_told() else max(now, moment)

    # What a failure leads to

    def _fail(self, now: float, done: _UnderWay, failure: Failure) -> None:
        self.counters = evolve(self.counters, last_error=failure.reason)
        self._count(beats_failed=int(done.request is Request.BEAT), conflicts=int(failure.conflict))
        self._note_what_the_kernel_knows(done, failure)
        if self.state is LeaseState.STOPPING:
            self._sign_off_failed(now, done, failure)
        elif failure.signal is Signal.REFUSED:
            self._refused(now, failure.reason)
        elif failure.signal is Signal.UNKNOWN_NODE and done.request is Request.BEAT:
            self._evicted(now, failure.reason)
        else:
            self._unreachable(now, failure.reason, failure.retry_after)

    def _note_what_the_kernel_knows(self, done: _UnderWay, failure: Failure) -> None:
        """Keep in mind what to sign off: a registration that may have arrived, but no id that others hold."""
        if failure.conflict or failure.signal is Signal.UNKNOWN_NODE:
            self._may_be_known = False
        elif done.request is Request.REGISTER and failure.signal is Signal.UNREACHABLE:
            self._may_be_known = True

    def _sign_off_failed(self, now: float, done: _UnderWay, failure: Failure) -> None:
        if done.request is Request.REGISTER:
            self._begin_signing_off(now)
        elif failure.signal is Signal.UNKNOWN_NODE:
            self.signed_off = True
            self._end("the kernel does not know the node any more")
        elif failure.signal is Signal.UNREACHABLE and self._sign_off_attempts < SIGN_OFF_ATTEMPTS:
            self._repeat_sign_off(now, failure)
        else:
            self._end(f"the sign-off failed: {failure.reason}")

    def _repeat_sign_off(self, now: float, failure: Failure) -> None:
        """Ask once more: at once, or when the kernel wants to be asked, if the time is not over by then."""
        self._due = now + max(failure.retry_after or 0.0, 0.0)
        if self._due >= self._stop_deadline:
            self._end(f"the sign-off failed: {failure.reason}")

    def _refused(self, now: float, reason: str) -> None:
        self._move(Signal.REFUSED, reason)
        self._due = now + self._timings.shortened(self._timings.refused_retry_delay, self._random)

    def _unreachable(self, now: float, reason: str, retry_after: float | None) -> None:
        self._failures += 1
        delay = self._timings.backoff(self._failures, self.interval, self._random)
        if self.state is LeaseState.FAILED:
            delay = self._timings.shortened(self._timings.refused_retry_delay, self._random)
        if retry_after is not None:
            delay += min(max(retry_after, 0.0), LONGEST_RETRY_AFTER)
            self._quiet_until = now + delay
        self._move(Signal.UNREACHABLE, reason)
        self._due = now + delay

    def _evicted(self, now: float, reason: str) -> None:
        """Register again: at once, but not again and again."""
        self.deadline = None
        self._evictions += 1
        self._due = now
        if self._evictions > 1:
            self._count(conflicts=1)
            reason = f"{reason}; not for the first time, so another agent may be using the same id"
            self._due += self._timings.backoff(self._evictions - 1, self.interval, self._random)
        self._lose(Signal.UNKNOWN_NODE, reason)

    def _expire(self, now: float) -> None:
        if not self._has_expired(now):
            return
        self.deadline = None
        self._abandon()
        if self.state is not LeaseState.FAILED or self._due is None:
            self._due = max(now, self._quiet_until)
        self._lose(Signal.EXPIRED, "the lease ran out without a heartbeat being acknowledged")

    def _lose(self, signal: Signal, reason: str) -> None:
        self._count(times_lost=1)
        self._move(signal, reason)

    # Stopping

    def _begin_stopping(self, now: float, timeout: float) -> None:
        """Let a registration finish first, since it might overtake the sign-off; a heartbeat is given up."""
        self._move(Signal.STOP, "stop was asked for")
        if self._under_way is not None and self._under_way.request is Request.REGISTER:
            self._due = now + timeout / 2
        else:
            self._begin_signing_off(now)

    def _begin_signing_off(self, now: float) -> None:
        self._abandon()
        if self._may_be_known:
            self._due = now
        else:
            self._end("there is nothing to sign off")

    def _end(self, reason: str) -> None:
        self._abandon()
        self._due = None
        self._stop_deadline = math.inf
        self.deadline = None
        self._move(Signal.ENDED, reason)

    def _forget_everything(self) -> None:
        self._lease, self._asked_interval, self._told = math.inf, None, _HEALTHY
        self._failures = self._evictions = self._sign_off_attempts = 0
        self._quiet_until = -math.inf
        self.signed_off = self._may_be_known = False

    # Requests

    def _send(self, now: float) -> None:
        self._due = None
        self._abandon()
        if self.state is LeaseState.STOPPING:
            self._sign_off_attempts += 1
            self._hand_out(now, Request.SIGN_OFF, self._stop_deadline - now)
        elif self.deadline is None:
            self._hand_out(now, Request.REGISTER, self._timings.request_timeout)
        else:
            self._count(beats_sent=1)
            self._hand_out(now, Request.BEAT, self._timings.beat_timeout(self._lease))

    def _hand_out(self, now: float, request: Request, timeout: float) -> None:
        self._tokens += 1
        self._under_way = _UnderWay(self._tokens, request, now, self._health)
        self._actions.append(Send(self._tokens, request, timeout, self._health, self._message))

    def _finish(self, now: float, token: int) -> _UnderWay | None:
        """Return the request that is over; None where its outcome does not count, being unknown or too late."""
        done = self._under_way
        if done is None or done.token != token:
            return None
        self._under_way = None
        return None if self._has_expired(now) else done

    def _abandon(self) -> None:
        if self._under_way is not None:
            self._may_be_known |= self._under_way.request is Request.REGISTER
            self._actions.append(Abandon(self._under_way.token))
            self._under_way = None

    # Small questions and notes

    def _has_expired(self, now: float) -> bool:
        """Tell whether the lease is over and nobody was told; while signing off it does not matter any more."""
        return self.state is not LeaseState.STOPPING and self.deadline is not None and now >= self.deadline

    def _is_worse_than_told(self) -> bool:
        return _SEVERITY[self._health.state] > _SEVERITY[self._told.state]

    def _count(self, **steps: int) -> None:
        """Replace the counters as a whole, so that other threads read them without a lock."""
        self.counters = evolve(
            self.counters, **{name: getattr(self.counters, name) + step for name, step in steps.items()}
        )

    def _move(self, signal: Signal, reason: str) -> None:
        previous, self.state = self.state, TRANSITIONS[self.state][signal]
        failed = signal in (Signal.UNREACHABLE, Signal.REFUSED)
        if self.state is not previous:
            self._transitions += 1
            self._actions.append(LeaseTransition(self._transitions, previous, self.state, reason))
        elif failed and reason != self._trouble:
            self._actions.append(Trouble(self.state, reason))
        self._trouble = reason if failed else None

"""The poller's clockwork: what is polled when, and what the result means.

It does no I/O of its own: channels ask the kernels, a handler takes the changes, and the event loop is asked for the
time and for one wake-up. Nothing here is a task, so that ten thousand groups cost ten thousand small objects.
"""

import math
from asyncio import AbstractEventLoop, Handle
from collections import deque
from collections.abc import Callable, Container, Iterable, Mapping
from random import Random
from typing import Final

from znp_panel_sync.polling._admission import Admission, Evict
from znp_panel_sync.polling._channel import Channels
from znp_panel_sync.polling._group import Group
from znp_panel_sync.polling._rate import RateLimit
from znp_panel_sync.polling._result import PollResult, timed_out
from znp_panel_sync.polling._roster import Roster
from znp_panel_sync.polling._suspects import Suspects, logger
from znp_panel_sync.polling.backoff import Backoff
from znp_panel_sync.polling.metrics import PollerMetrics
from znp_panel_sync.polling.model import Node, NodeId, NodeState, NodeStatus, Reason, StatusChange
from znp_panel_sync.polling.options import PollerOptions
from znp_panel_sync.polling.probe import OfflineProbe
from znp_panel_sync.polling.schedule import Schedule, next_in_phase, tick_after

_FIRST_POLLS_PER_SECOND: Final = 200.0
"""How fast nodes are polled for the first time that appear while the poller runs."""
_INTERNAL_RETRY_SECONDS: Final = 5.0
_INTERNAL_WARNING_SECONDS: Final = 60.0
_STALL_SECONDS: Final = 0.5
"""A wake-up that comes so late tells that something has blocked the event loop."""


class Engine:
    """Polls groups of nodes. Everything happens in the event loop's thread."""

    def __init__(
        self,
        *,
        loop: AbstractEventLoop,
        wall_clock: Callable[[], float],
        random: Random,
        channels: Channels,
        options: PollerOptions,
        backoff: Backoff,
        probe: OfflineProbe,
        metrics: PollerMetrics,
        on_changes: Callable[[list[StatusChange]], None],
    ) -> None:
        self._loop = loop
        self._time = loop.time
        self._wall = wall_clock
        self._random = random
        self._options = options
        self._backoff = backoff
        self.probe = probe
        self._metrics = metrics
        self._on_changes = on_changes
        self._roster = Roster(channels, self._finished, self._has_news, backoff.base)
        self._well: dict[Group, None] = {}
        self._suspects = self._new_suspects()
        self._polls: Schedule[Group] = Schedule()
        self._probes: Schedule[Group] = Schedule()
        self._deadlines: Schedule[Group] = Schedule()
        self._waiting_probes: deque[Group] = deque()
        self._probe_rate = RateLimit(options.probes_per_second)
        self._admission: Admission[Group] = Admission(options.within_descriptors()[0])
        self._began = self._stopped = False
        self._warned_at = float("-inf")
        self._timer: Handle | None = None
        self._wakes_at = 0.0

    # --- nodes come and go ---------------------------------------------------------------------------------------

    def update(
        self, nodes: Iterable[Node], *, listed_at: float, unwritten: Container[NodeId], in_phase: bool = False
    ) -> None:
        """Take the list of nodes as it was read from `listed_at` on (seconds of the loop's clock).

        A status that the poller itself has changed since, or that is `unwritten`, is newer than the listed one. What
        is new is polled soon, or `in_phase` at the time at which it is polled ever after. After `stop()` nothing is.
        """
        if self._stopped:
            return
        spread = None if in_phase else self._options.first_polls_within
        self._began = self._began and not in_phase
        change = self._roster.update(nodes, listed_at=listed_at, unwritten=unwritten)
        now = self._time()
        for group in change.dropped:
            self._drop(group)
        for group in change.retimed:
            self._move_forward(group, self._next_regular(group))
        for position, group in enumerate(change.fresh):
            self._schedule_first(group, now + self._wait_of_first(group, position, spread))
        if self._began:
            for group in change.joined:
                self._move_forward(group, now)  # the new node learns its status at once
        self._began = True
        self._plan_wake()

    def retain(self, wanted: Callable[[NodeId], bool]) -> None:
        """Stop polling the nodes that are not wanted, at once."""
        kept = [group.members[node_id].node for node_id, group in self._roster.group_of.items() if wanted(node_id)]
        self.update(kept, listed_at=float("-inf"), unwritten=())

    def stop(self) -> None:
        """Stop polling at once and for good: no result is taken any more, and every connection is closed."""
        self._stopped = True
        for group in self._roster.groups.values():
            self._drop(group)
        if self._timer is not None:
            self._timer.cancel()

    def states(self) -> Mapping[NodeId, NodeState]:
        """Return the state of every node that is polled."""
        ahead = self._wall() - self._time()
        return {
            node_id: group.state_of(group.members[node_id], self._next_poll_of(group, ahead))
            for node_id, group in self._roster.group_of.items()
        }

    def node(self, node_id: NodeId) -> Node | None:
        """Return a node that is polled, or was when polling stopped."""
        group = self._roster.group_of.get(node_id)
        return None if group is None else group.members[node_id].node

    @property
    def kernels(self) -> int:
        """How many groups are polled."""
        return len(self._roster.groups)

    @property
    def held(self) -> int:
        """How many kernels are kept from being marked offline."""
        return 0 if self._suspects is None else self._suspects.held

    def _drop(self, group: Group) -> None:
        self._well.pop(group, None)
        for schedule in (self._polls, self._probes, self._deadlines):
            schedule.discard(group)
        self._admission.discard(group)
        if self._suspects is not None:
            self._suspects.forget(group)
        group.probe = None
        group.channel.close()

    def _wait_of_first(self, group: Group, position: int, spread: float | None) -> float:
        """Return the seconds within which a group is polled first: few for what appears while the poller runs."""
        if self._began:
            return position / _FIRST_POLLS_PER_SECOND
        return math.inf if spread is None else spread * group.phase

    def _schedule_first(self, group: Group, soon: float) -> None:
        """Plan a first poll: in the group's phase, or `soon` if that is before."""
        if all(member.status is NodeStatus.OFFLINE for member in group.members.values()):
            group.offline = True
        else:
            self._well[group] = None
        self._plan(group, min(self._next_regular(group), soon))

    def _move_forward(self, group: Group, moment: float) -> None:
        """Poll a group at `moment`, unless it is polled before that."""
        planned = self._polls.due_at(group)
        if planned is not None and planned > moment:
            self._plan(group, moment)

    def _has_news(self, group: Group) -> None:
        self._move_forward(group, self._time())

    def _plan(self, group: Group, moment: float) -> None:
        """Make the next regular poll of a group due."""
        group.due = moment
        self._wake_by(self._polls.set(group, moment))

    # --- the clockwork -------------------------------------------------------------------------------------------

    def _plan_wake(self) -> None:
        """Have the loop call when the next thing is due, unless it will call before that anyway."""
        due = [
            moment
            for schedule in (self._polls, self._probes, self._deadlines)
            if (moment := schedule.next_due()) is not None
        ]
        if self._waiting_probes or self._admission.waiting:
            due.append(tick_after(self._time()))
        if self._suspects is not None and self._suspects.due is not None:
            due.append(self._suspects.due)
        if due:
            self._wake_by(min(due))

    def _wake_by(self, moment: float) -> None:
        if self._timer is not None:
            if self._wakes_at <= moment:
                return
            self._timer.cancel()
        self._wakes_at = moment
        self._timer = self._loop.call_at(moment, self._tick)

    def _tick(self) -> None:
        self._timer = None
        now = max(self._time(), self._wakes_at)  # loops may call a hair too early
        self._end_overdue(now, stalled=now - self._wakes_at > _STALL_SECONDS)
        for group in self._polls.take_due(now):
            self._enqueue(group)
        self._let_probes_go(now)
        self._admit(now)
        if self._suspects is not None:
            self._suspects.look(now)
        self._plan_wake()

    def _end_overdue(self, now: float, *, stalled: bool) -> None:
        """Give up polls whose time has passed.

        After a stall of the whole process their answers may be here, unread: they get one tick more to be read.
        """
        for group in self._deadlines.take_due(now):
            if stalled:
                self._deadlines.set(group, tick_after(now))
            else:
                group.channel.abort()
                self._finished(group, timed_out(group.control))

    def _let_probes_go(self, now: float) -> None:
        for group in self._probes.take_due(now):
            group.probe_waiting = True
            self._waiting_probes.append(group)
        while self._waiting_probes and self._probe_rate.take(now):
            group = self._waiting_probes.popleft()
            group.probe_waiting = False
            if group.probe is not None and not group.busy:
                group.due = now
                self._enqueue(group)

    def _enqueue(self, group: Group) -> None:
        if not group.busy:
            group.queued = True
            self._admission.add(group, doubtful=group.doubtful)

    def _admit(self, now: float) -> None:
        for step in self._admission.step(now):
            group = step.key
            if isinstance(step, Evict):
                self._deadlines.discard(group)
                group.channel.abort()
                group.running, group.queued = False, True
            else:
                group.queued, group.running = False, True
                group.began = now
                self._deadlines.set(group, now + group.control.timeout)
                group.channel.poll(group.done)

    # --- what a result means -------------------------------------------------------------------------------------

    def _finished(self, group: Group, result: PollResult) -> None:
        now = self._time()
        self._deadlines.discard(group)
        self._admission.finished(group)
        group.running = False
        group.take(result, group.began, now, self._wall())
        self._metrics.polled(result.reason, now - group.began, group.began - group.due)
        if result.reason is Reason.REACHED:
            self._succeeded(group, now)
        elif result.reason is Reason.INTERNAL:
            self._could_not_ask(group, now)
        else:
            self._failed(group, now)
        if self._admission.waiting:
            self._admit(now)
            self._plan_wake()

    def _succeeded(self, group: Group, now: float) -> None:
        self._plan(group, self._next_regular(group))
        if self._suspects is not None:
            self._suspects.record(group, now, failed=False)
        if group.successes < self._options.success_threshold:
            self._confirm(group, now)
        elif not group.settled or group.offline:
            self._mark_online(group, now)

    def _mark_online(self, group: Group, now: float) -> None:
        if group.offline:
            group.offline = group.settled = False
            self._well[group] = None
        group.backoff_step = 0
        group.probe = None
        self._probes.discard(group)
        self._emit(group.settle(now))

    def _confirm(self, group: Group, now: float) -> None:
        """Poll again soon where one success is not enough."""
        if any(member.status is not NodeStatus.ONLINE for member in group.members.values()):
            group.probe = None
            self._plan_probe(group, now)

    def _could_not_ask(self, group: Group, now: float) -> None:
        """Try again soon, as nothing is known about the kernel; and say so, since somebody must act."""
        self._plan(group, now + min(group.interval, _INTERNAL_RETRY_SECONDS))
        if now - self._warned_at >= _INTERNAL_WARNING_SECONDS:
            self._warned_at = now
            logger.warning("Polls cannot be sent for want of resources of this process or machine.")

    def _failed(self, group: Group, now: float) -> None:
        if group.offline:
            self._emit(group.settle(now))
            self._wait_offline(group, now)
            return
        self._plan(group, self._next_regular(group))
        enough = group.failures >= self._options.failure_threshold
        if self._suspects is None:
            if enough:
                self._mark_offline(group, now)
        elif enough:
            self._suspects.add(group, now)
        else:
            self._suspects.record(group, now, failed=True)

    def _wait_offline(self, group: Group, now: float) -> None:
        """Plan the next poll by the backoff, and the next probe unless there is one.

        Both ask the same, and each failure delays the poll: so while probes are frequent it does not come in between,
        and where they have become rare, or are held back by their rate, it does.
        """
        group.backoff_step += 1
        delay = self._backoff.with_base(group.interval).delay(group.backoff_step, self._random.uniform(-1, 1))
        self._plan(group, now + delay)
        if group not in self._probes and not group.probe_waiting:
            self._plan_probe(group, now)

    def _plan_probe(self, group: Group, now: float) -> None:
        delay, group.probe = self.probe.following(group.probe, self._wall(), group.phase)
        self._wake_by(self._probes.set(group, now + delay))

    def _mark_offline(self, group: Group, now: float) -> None:
        group.offline = True
        group.settled = group.rechecked = False
        self._well.pop(group, None)
        self._emit(group.settle(now))
        group.backoff_step = 0
        self._wait_offline(group, now)

    def _emit(self, changes: list[StatusChange]) -> None:
        if changes:
            self._on_changes(changes)

    def _next_regular(self, group: Group) -> float:
        """Return the next time of the group's own phase, which is bound to the wall clock and survives restarts."""
        wall = self._wall()
        delay = next_in_phase(wall, group.interval, group.phase) - wall
        if group.result is not None and delay < group.interval / 2:
            delay += group.interval  # this phase has had its poll: the clock was set back a little
        return self._time() + delay

    def _next_poll_of(self, group: Group, ahead: float) -> float | None:
        if group.busy:
            return None
        planned = (self._polls.due_at(group), self._probes.due_at(group))
        return min((moment + ahead for moment in planned if moment is not None), default=None)

    def _new_suspects(self) -> Suspects | None:
        guard = self._options.guard
        if guard is None:
            return None
        return Suspects(
            guard,
            interval=self._backoff.base,
            random=self._random,
            well=self._well,
            mark=self._mark_offline,
            ask=self._move_forward,
            held_changed=self._metrics.held,
        )

"""Nodes that are reached in the same way are one group: one request counts for all of them."""

from typing import Final

from attrs import define, field

from znp_panel_sync.control import NodeControl
from znp_panel_sync.polling._channel import Channel, Done
from znp_panel_sync.polling._result import PollResult
from znp_panel_sync.polling.model import Node, NodeId, NodeState, NodeStatus, Reason, StatusChange
from znp_panel_sync.polling.probe import ProbePosition
from znp_panel_sync.polling.schedule import stable_fraction

GroupKey = tuple[object, ...]

_NEVER: Final = float("-inf")


def group_key(control: NodeControl) -> GroupKey:
    """Return what makes two controls the same request: address, credentials, TLS and timeout."""
    return (
        control.base_url,
        control.authorization,
        control.timeout,
        control.verify,
        control.client_cert,
        control.client_key,
    )


@define(eq=False)
class Member:
    """A node, and its status as the poller has it."""

    node: Node
    status: NodeStatus
    changed_at: float = _NEVER
    """When the poller last changed the status: what the store listed before that is older."""


@define(eq=False)
class Group:
    """The state of one group. It decides what a poll means for its nodes, and does nothing else.

    `offline` is the kernel's state after thresholds and guard; each member's status follows it. `held` is true while
    its failures would make it offline and the guard against mass failure forbids it.
    """

    key: GroupKey
    control: NodeControl
    channel: Channel = field(init=False)
    phase: float = field(init=False)
    interval: float = 0.0
    members: dict[NodeId, Member] = field(factory=dict)
    offline: bool = False
    held: bool = False
    rechecked: bool = False
    """Whether the next failure counts without the guard, which has let the kernel be asked once more."""
    failures: int = 0
    successes: int = 0
    backoff_step: int = 0
    probe: ProbePosition | None = None
    probe_waiting: bool = False
    """Whether a probe is due that the rate of probes holds back."""
    settled: bool = False
    """Whether every member's status is what the kernel's state says, so that there is nothing to look at."""

    done: Done = field(init=False)
    queued: bool = False
    running: bool = False
    due: float = 0.0
    began: float = 0.0
    result: PollResult | None = None
    latency: float = 0.0
    polled_at: float = 0.0

    def __attrs_post_init__(self) -> None:
        self.phase = stable_fraction(self.control.base_url)

    @property
    def busy(self) -> bool:
        """Whether a poll is under way or about to be."""
        return self.queued or self.running

    @property
    def doubtful(self) -> bool:
        """Whether the next poll is likely to take its whole time."""
        return self.offline or self.failures > 0

    def take(self, result: PollResult, began: float, ended: float, at: float) -> None:
        """Take a poll's result: when it began and ended on the monotonic clock, and the epoch seconds of its end."""
        self.result = result
        self.latency = ended - began
        self.polled_at = at
        if result.reason is Reason.REACHED:
            self.successes += 1
            self.failures = 0
            self.held = self.rechecked = False
        elif result.reason is not Reason.INTERNAL:
            self.failures += 1
            self.successes = 0

    def settle(self, now: float) -> list[StatusChange]:
        """Bring every member to the kernel's state; returns the changes."""
        result = self.result
        if self.settled or result is None:
            return []
        status = NodeStatus.OFFLINE if self.offline else NodeStatus.ONLINE
        changing = [member for member in self.members.values() if member.status is not status]
        changes = [self._changed(member, status, result, now) for member in changing]
        self.settled = True
        return changes

    def state_of(self, member: Member, next_poll_at: float | None) -> NodeState:
        """Return what is known about one member."""
        result = self.result
        return NodeState(
            node_id=member.node.id,
            status=member.status,
            reason=None if result is None else result.reason,
            failures=self.failures,
            successes=self.successes,
            latency=None if result is None else self.latency,
            polled_at=None if result is None else self.polled_at,
            next_poll_at=next_poll_at,
            held=self.held,
            protocols=() if result is None else result.protocols,
            watched=result is not None and result.is_streamed,
        )

    def _changed(self, member: Member, status: NodeStatus, result: PollResult, now: float) -> StatusChange:
        change = StatusChange(
            node_id=member.node.id,
            previous=member.status,
            status=status,
            reason=result.reason,
            at=self.polled_at,
            latency=self.latency,
            error=result.error,
            protocols=result.protocols,
        )
        member.status = status
        member.changed_at = now
        return change

"""Which nodes are polled, and in which groups: brought up to date with each listing. Pure."""

from collections.abc import Callable, Container, Iterable
from functools import partial

from attrs import define, field

from znp_panel_sync.control import NodeControl
from znp_panel_sync.polling._channel import Channels
from znp_panel_sync.polling._group import Group, GroupKey, Member, group_key
from znp_panel_sync.polling._result import PollResult
from znp_panel_sync.polling.model import Node, NodeId


@define
class RosterChange:
    """What a listing changed: groups that are new, that have no nodes left, that gained a node, or an interval."""

    fresh: dict[Group, None] = field(factory=dict)
    dropped: dict[Group, None] = field(factory=dict)
    joined: dict[Group, None] = field(factory=dict)
    retimed: dict[Group, None] = field(factory=dict)


class Roster:
    """The groups of all nodes that are polled.

    `finished` is called with each result of their channels, `has_news` when one of these should be polled at once.
    """

    def __init__(
        self,
        channels: Channels,
        finished: Callable[[Group, PollResult], None],
        has_news: Callable[[Group], None],
        interval: float,
    ) -> None:
        self._channels = channels
        self._finished = finished
        self._has_news = has_news
        self._interval = interval
        self.groups: dict[GroupKey, Group] = {}
        self.group_of: dict[NodeId, Group] = {}

    def update(self, nodes: Iterable[Node], *, listed_at: float, unwritten: Container[NodeId]) -> RosterChange:
        """Take the list of nodes as it was read from `listed_at` on.

        A status that the poller itself has changed since, or that is `unwritten`, is newer than the listed one.
        """
        change = RosterChange()
        listed: set[NodeId] = set()
        for node in nodes:
            if node.id not in listed:  # of two records with one id, the first counts
                listed.add(node.id)
                self._take(node, change, listed_at, unwritten)
        for node_id in self.group_of.keys() - listed:
            self._leave(node_id, change)
        for group in change.dropped:
            change.fresh.pop(group, None)
        for group in self.groups.values():
            self._set_interval(group, change)
        return change

    def _take(self, node: Node, change: RosterChange, listed_at: float, unwritten: Container[NodeId]) -> None:
        known = self.group_of.get(node.id)
        control = node.watched_control
        if known is not None:
            member = known.members[node.id]
            if node is member.node and node.status is member.status:
                return
            if control is not None and (control is known.control or group_key(control) == known.key):
                foreign = member.changed_at < listed_at and node.id not in unwritten
                _adopt(known, member, node, foreign=foreign)
                return
            self._leave(node.id, change)
        if control is not None:
            self._join(node, control, change)

    def _join(self, node: Node, control: NodeControl, change: RosterChange) -> None:
        key = group_key(control)
        group = self.groups.get(key)
        if group is None:
            group = self.groups[key] = Group(key, control)
            group.channel = self._channels.channel(control, partial(self._has_news, group))
            group.done = partial(self._finished, group)
            change.fresh[group] = None
        elif group not in change.fresh:
            change.joined[group] = None
        group.members[node.id] = Member(node, node.status)
        group.interval = 0.0
        group.settled = False
        self.group_of[node.id] = group

    def _leave(self, node_id: NodeId, change: RosterChange) -> None:
        group = self.group_of.pop(node_id)
        del group.members[node_id]
        group.interval = 0.0
        if not group.members:
            del self.groups[group.key]
            change.dropped[group] = None

    def _set_interval(self, group: Group, change: RosterChange) -> None:
        """Give a group whose nodes changed the shortest interval of its nodes."""
        if not group.interval:
            own = (member.node.interval for member in group.members.values())
            group.interval = min((seconds for seconds in own if seconds), default=self._interval)
            change.retimed[group] = None


def _adopt(group: Group, member: Member, node: Node, *, foreign: bool) -> None:
    """Take a known node as it is listed now; its status only if somebody else has changed it."""
    if node.interval != member.node.interval:
        group.interval = 0.0
    member.node = node
    if node.status is not member.status and foreign:
        member.status = node.status
        group.settled = False

"""What the page shows of the nodes: one row for each, with a version, in the order in which they are shown. No I/O."""

import json
import logging
import re
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from operator import attrgetter
from typing import Any, Final

from attrs import define, field, frozen

from znp_panel_sync.health import Health
from znp_panel_sync.polling.model import Node, NodeId, NodeState, NodeStatus, ProtocolHealth, Reason, StatusChange

HISTORY: Final = 40
"""Polls of a node that its sparkline shows."""

_WORST_FIRST: Final = (Health.UNHEALTHY, Health.DEGRADED)
_what_is_shown: Final = attrgetter("polled_at", "status", "held", "watched")
"""What of a state tells that there is something new to show: the rest changes with one of these, or is not shown."""

_logger: Final = logging.getLogger("znp_panel_sync.web")

_NUMBERS: Final = re.compile(r"(\d+)")

CONDITIONS: Final = ("offline", "unhealthy", "degraded", "unknown", "online", "disabled")
"""What a row is coloured and sorted by, worst first: the status, or the worst health of an online node's protocols."""


@frozen
class Row:
    """A node as the page shows it: `document` is what is sent, `searched` what a search looks into."""

    key: str
    version: int
    condition: str
    searched: str
    place: tuple[Any, ...]
    document: Mapping[str, Any]


@define
class _Watched:
    """What is remembered of one node between two looks at it."""

    state: NodeState | None = None
    node: Node | None = None
    transition: StatusChange | None = None
    latencies: deque[int | None] = field(factory=lambda: deque(maxlen=HISTORY))


def key_of(node_id: NodeId) -> str:
    """Return a text that is another one for each node: `7` and `"7"` are two."""
    return json.dumps(node_id)


class Board:
    """The rows of all nodes; `name_of` says what people call a node."""

    def __init__(self, name_of: Callable[[NodeId], str] = str) -> None:
        self._name_of = name_of
        self._names_failed = False
        self._watched: dict[NodeId, _Watched] = {}
        self._listed: dict[NodeId, Node] = {}
        self._rows: dict[NodeId, Row] = {}
        self._ordered: list[Row] = []
        self.version = 0
        """Grows with every change of a row, so that whoever looks knows what is new."""

    @property
    def rows(self) -> Sequence[Row]:
        """All rows, the worst first, and by their names within a condition."""
        return self._ordered

    def name(self, node_id: NodeId) -> str:
        """Return what people call a node; its id where the panel fails to say it, as of a node that it has removed."""
        try:
            return self._name_of(node_id)
        except Exception as error:
            if not self._names_failed:
                _logger.warning("Nodes without a name are shown by their ids: name_of raised %s", type(error).__name__)
            self._names_failed = True
            return str(node_id)

    def take_nodes(self, nodes: Iterable[Node]) -> None:
        """Take the nodes of the store, of which those that are not polled have no state."""
        self._listed = {node.id: node for node in nodes}

    def take_transition(self, change: StatusChange) -> None:
        """Take a node's transition; it is shown with the next states."""
        self._watched.setdefault(change.node_id, _Watched()).transition = change

    def take_states(self, states: Mapping[NodeId, NodeState]) -> bool:
        """Take what the poller knows now; tell whether any row has changed, come or gone."""
        before = self.version
        gone = self._watched.keys() - states.keys() - self._listed.keys()
        for node_id in gone:
            del self._watched[node_id]
            self._rows.pop(node_id, None)
        for node_id in dict.fromkeys((*states, *self._listed)):
            self._look(node_id, states.get(node_id))
        if gone or self.version != before:
            self.version += 1
            self._ordered = sorted(self._rows.values(), key=lambda row: row.place)
            return True
        return False

    def _look(self, node_id: NodeId, state: NodeState | None) -> None:
        watched = self._watched.setdefault(node_id, _Watched())
        node, row = self._listed.get(node_id), self._rows.get(node_id)
        shown = None if row is None else row.document["transition"]
        new_transition = watched.transition is not None and (shown is None or shown["at"] != watched.transition.at)
        if row and node == watched.node and not new_transition and not _differs(state, watched.state):
            return
        if state and not state.watched and state.polled_at not in (None, watched.state and watched.state.polled_at):
            watched.latencies.append(_latency(state))
        watched.state, watched.node = state, node
        self.version += 1
        self._rows[node_id] = self._new_row(node_id, watched)

    def _new_row(self, node_id: NodeId, watched: _Watched) -> Row:
        state, node, name = watched.state, watched.node, self.name(node_id)
        status = _status(state, node)
        protocols = state.protocols if state else ()
        condition = condition_of(status, protocols)
        endpoint = node.control.base_url if node and node.control else None
        key = key_of(node_id)
        document = {
            "key": key,
            "name": name,
            "endpoint": endpoint,
            "status": status.value,
            "condition": condition,
            "reason": state.reason.value if state and state.reason else None,
            "problem": node.problem if node else None,
            "held": state.held if state else False,
            "latency": _latency(state) if state else None,
            "streamed": state.watched if state else False,
            "polled_at": state.polled_at if state else None,
            "protocols": [[one.id, one.protocol, one.health.value] for one in protocols],
            "transition": _transition(watched.transition),
            "history": list(watched.latencies),
        }
        words = (name, endpoint or "", *(f"{one.id} {one.protocol}" for one in protocols))
        place = (CONDITIONS.index(condition), _natural(name), key)
        return Row(key, self.version, condition, "\n".join(words).casefold(), place, document)


def _differs(new: NodeState | None, old: NodeState | None) -> bool:
    """Tell whether there was a poll, or another change that is shown; when the next poll comes is not."""
    if new is None or old is None:
        return new is not old
    return bool(_what_is_shown(new) != _what_is_shown(old))


def _status(state: NodeState | None, node: Node | None) -> NodeStatus:
    """Return the poller's status of a node; of one that is not polled, what the store has."""
    if state is not None:
        return state.status
    return NodeStatus.UNKNOWN if node is None else node.status


def condition_of(status: NodeStatus, protocols: Iterable[ProtocolHealth]) -> str:
    """Return one of `CONDITIONS`."""
    if status is not NodeStatus.ONLINE:
        return status.value
    found = {one.health for one in protocols}
    return next((health.value for health in _WORST_FIRST if health in found), status.value)


def _transition(change: StatusChange | None) -> Mapping[str, Any] | None:
    if change is None:
        return None
    return {
        "at": change.at,
        "previous": change.previous.value,
        "status": change.status.value,
        "reason": change.reason.value,
    }


def _latency(state: NodeState) -> int | None:
    """Return the milliseconds of the last poll, at least 1; None where there was none, or no answer."""
    if state.reason is not Reason.REACHED or state.latency is None or state.watched:
        return None
    return max(1, round(state.latency * 1000))


def _natural(name: str) -> tuple[tuple[int, int, str], ...]:
    """Return what sorts `node 9` before `node 10`."""
    return tuple((0, int(part), "") if part.isdecimal() else (1, 0, part) for part in _NUMBERS.split(name.casefold()))

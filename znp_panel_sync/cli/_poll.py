"""`znp-sync poll`."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from queue import SimpleQueue
from typing import Final

import click

from znp_panel_sync.cli._failures import Failure
from znp_panel_sync.cli._interruption import until_interrupted
from znp_panel_sync.cli._live import Picture, Story, Transition, now
from znp_panel_sync.cli._options import FILE, duration_option, json_option
from znp_panel_sync.cli._output import printable, show_table, write_json
from znp_panel_sync.cli._poll_file import PollPlan, read_plan
from znp_panel_sync.health import Health
from znp_panel_sync.panel import PanelActions
from znp_panel_sync.panel.results import to_document
from znp_panel_sync.polling import (
    BackgroundPoller,
    Node,
    NodeId,
    NodeState,
    NodeStatus,
    PollerOptions,
    Reason,
    StatusChange,
)
from znp_panel_sync.stores import MemoryBindingStore, MemoryNodeStore
from znp_panel_sync.web._board import CONDITIONS, condition_of

COLUMNS: Final = ("Node", "Kernel", "Status", "Reason", "Latency", "Failures", "Protocols", "Since")
NUMBERS: Final = ("Latency", "Failures")

NAMED_PROTOCOLS: Final = 2

OPTIONS: Final = PollerOptions(first_polls_within=2.0)
"""Somebody waits for what comes first."""


@click.command()
@click.argument("file", type=FILE)
@duration_option("--interval", default=None, help="Time between two polls of a node; 30s, if the file says nothing.")
@click.option("--once", is_flag=True, help="Ask each node once, and exit with 1 when one of them is not online.")
@json_option
def command(file: Path, *, interval: float | None, once: bool, as_json: bool) -> None:
    """Follow the status of many nodes.

    FILE is YAML, TOML or JSON: a list of nodes, or one under the name "nodes". A node has an id and a
    control_endpoint, and may have ak and sk, control_token, timeout, interval and status_sync_enabled. The panel's
    settings may stand there too, under the name "Kernel".

    In a terminal a table is kept up to date; in a pipe there is a line for each transition.
    """
    plan = read_plan(file, interval)
    if once:
        _ask_once(plan, as_json=as_json)
    else:
        _follow(plan, as_json=as_json)


def _ask_once(plan: PollPlan, *, as_json: bool) -> None:
    actions = PanelActions(MemoryNodeStore(plan.nodes), MemoryBindingStore())
    results = actions.sync_node_statuses([node.id for node in plan.nodes])
    if as_json:
        write_json([to_document(result) for result in results])
    else:
        rows = ((str(result.node_id), result.status, result.message) for result in results)
        show_table(("Node", "Status", "Message"), rows)
    away = [printable(result.node_id) for result in results if result.status in ("offline", "error")]
    if away:
        raise Failure(f"not online: {', '.join(away)}")


def _follow(plan: PollPlan, *, as_json: bool) -> None:
    store = FollowedNodes(plan.nodes)
    with until_interrupted(), BackgroundPoller(store, settings=plan.settings, options=OPTIONS) as poller:
        board = Board(plan.nodes, poller)
        story = Story(as_json=as_json)
        with story.shown(board.picture):
            for change in store.changes():
                board.changed(change)
                story.tell(transition_of(change))


class FollowedNodes(MemoryNodeStore):
    """Nodes in memory, and a queue of what is written to them: a listener could miss what comes before it is there."""

    def __init__(self, nodes: Sequence[Node]) -> None:
        super().__init__(nodes)
        self._changes: SimpleQueue[StatusChange] = SimpleQueue()

    async def apply(self, changes: Sequence[StatusChange]) -> Collection[NodeId]:
        """Write the statuses, and let them be followed."""
        written = await super().apply(changes)
        for change in changes:
            self._changes.put(change)
        return written

    def changes(self) -> Iterator[StatusChange]:
        """Give each change, without end."""
        while True:
            yield self._changes.get()


class Board:
    """What the live table shows. `picture` is called from another thread than the rest."""

    def __init__(self, nodes: Sequence[Node], poller: BackgroundPoller) -> None:
        self._nodes = nodes
        self._poller = poller
        self._states: Mapping[NodeId, NodeState] = {}
        self._since: dict[NodeId, datetime] = {}

    def changed(self, change: StatusChange) -> None:
        """Keep the time of a transition."""
        self._since[change.node_id] = datetime.fromtimestamp(change.at).astimezone()

    def picture(self) -> Picture:
        """Return what is known."""
        self._states = self._poller.states() or self._states
        online = sum(state.status is NodeStatus.ONLINE for state in self._states.values())
        held = "; so many fail at once that none is marked offline" if self._poller.holding else ""
        text = f"{online} of {len(self._nodes)} nodes online at {now():%H:%M:%S}{held}; Ctrl-C ends"
        return Picture(
            columns=COLUMNS,
            rows=[self._row(node, self._states.get(node.id)) for node in sorted(self._nodes, key=self._place)],
            numbers=NUMBERS,
            spare=("Failures", "Latency", "Kernel"),
            long=("Node", "Kernel", "Protocols"),
            caption=text,
        )

    def _place(self, node: Node) -> int:
        """Return what sorts the worst first, as on the live page."""
        state = self._states.get(node.id)
        condition = condition_of(state.status, state.protocols) if state else node.status.value
        return CONDITIONS.index(condition)

    def _row(self, node: Node, state: NodeState | None) -> tuple[object, ...]:
        kernel = node.control.base_url.partition("://")[2] if node.control else None
        if state is None:
            return (node.id, kernel, node.status.value, None, None, None, None, None)
        since = self._since.get(node.id)
        return (
            node.id,
            kernel,
            state.status.value,
            state.reason.value if state.reason not in (None, Reason.REACHED) else None,
            f"{state.latency * 1000:.0f} ms" if state.latency is not None else None,
            state.failures or None,
            protocols_of(state),
            f"{since:%H:%M:%S}" if since else None,
        )


def protocols_of(state: NodeState) -> str | None:
    """Say how many of a node's protocols are healthy, and name the worst of the others; None where it has none."""
    if not state.protocols:
        return None
    unwell = [one for one in state.protocols if one.health is not Health.HEALTHY]
    unwell.sort(key=lambda one: one.health is not Health.UNHEALTHY)
    named = [f"{one.id} {one.health.value}" for one in unwell[:NAMED_PROTOCOLS]]
    rest = [f"{len(unwell) - len(named)} more"] if len(unwell) > len(named) else []
    return ", ".join([f"{len(state.protocols) - len(unwell)}/{len(state.protocols)} healthy", *named, *rest])


def transition_of(change: StatusChange) -> Transition:
    """Return a change of the poller's as it is told."""
    at = datetime.fromtimestamp(change.at).astimezone()
    return Transition(at, str(change.node_id), change.previous.value, change.status.value, change.reason.value)

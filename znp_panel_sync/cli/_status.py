"""`znp-sync status`."""

from collections.abc import Iterator
from datetime import datetime

import click

from znp_kernel_client.models import RuntimeStatusSnapshot, TrafficSummaryResponse
from znp_panel_sync.cli._failures import Failure
from znp_panel_sync.cli._interruption import until_interrupted
from znp_panel_sync.cli._live import Picture, Story, Transition, now
from znp_panel_sync.cli._options import duration_option, json_option, kernel_options
from znp_panel_sync.cli._output import printable, show_table, write_json, write_json_line
from znp_panel_sync.cli._status_rows import COLUMNS, NUMBERS, NodeRow, rows_of, summary, unwell, worst_first
from znp_panel_sync.cli._watching import SOURCES, Source, watch
from znp_panel_sync.control import NodeControl
from znp_panel_sync.errors import KernelError, NotFoundError
from znp_panel_sync.kernel import Kernel

_ABSENT = "absent"


@click.command()
@kernel_options
@json_option
@click.option("--check", is_flag=True, help="Exit with 1 when a node is degraded or unhealthy.")
@click.option("--watch", "follows", is_flag=True, help="Follow the status until interrupted.")
@click.option(
    "--source",
    type=click.Choice(SOURCES),
    default="auto",
    show_default=True,
    help="How --watch follows: by a stream, or by asking again and again.",
)
@duration_option("--interval", default="5s", help="Time between two looks of --watch; whole seconds for streams.")
def command(
    control: NodeControl, *, as_json: bool, check: bool, follows: bool, source: Source, interval: float
) -> None:
    """Show a kernel's nodes with their health and traffic.

    In a terminal, --watch keeps a table up to date; in a pipe it writes a line for each transition.
    """
    if check and follows:
        raise click.UsageError("--check and --watch contradict each other")
    with Kernel(control) as kernel:
        if follows:
            _follow(kernel, source, interval, as_json=as_json)
        else:
            _show(kernel, as_json=as_json, check=check)


def _show(kernel: Kernel, *, as_json: bool, check: bool) -> None:
    snapshot = kernel.status.get_status(include="nodes").snapshot
    rows = rows_of(snapshot, _traffic(kernel))
    if as_json:
        write_json(_document(snapshot, rows))
    else:
        show_table(COLUMNS, (row.cells() for row in rows), right=NUMBERS)
        click.echo(summary(rows))
    if check and unwell(rows):
        raise Failure(f"not healthy: {', '.join(map(printable, unwell(rows)))}")


def _follow(kernel: Kernel, source: Source, interval: float, *, as_json: bool) -> None:
    board = Board(kernel.control.base_url, Story(as_json=as_json))
    with until_interrupted(), board.story.shown(board.picture):
        for item in watch(kernel, source, interval):
            if isinstance(item, str):
                board.trouble(item, now())
                continue
            rows = rows_of(item, _latest_traffic(kernel))
            if as_json:
                write_json_line({"type": "status", **_document(item, rows)})
            board.update(rows, now())


class Board:
    """What the live table shows."""

    def __init__(self, kernel: str, story: Story) -> None:
        self.story = story
        self._kernel = kernel
        self._rows: list[NodeRow] = []
        self._updated_at: datetime | None = None
        self._trouble = ""

    def update(self, rows: list[NodeRow], at: datetime) -> None:
        """Take new rows, and tell what has become different."""
        for transition in _transitions(self._rows, rows, at):
            self.story.tell(transition)
        self._rows, self._updated_at, self._trouble = rows, at, ""

    def trouble(self, why: str, at: datetime) -> None:
        """Tell why there are no rows; the same trouble once."""
        if why != self._trouble:
            self.story.note(at, why)
        self._trouble = why

    def picture(self) -> Picture:
        """Return what is known; called from another thread than the rest."""
        rows, updated_at = self._rows, self._updated_at
        age = f"{(now() - updated_at).total_seconds():.0f} s ago" if updated_at else "not yet"
        return Picture(
            columns=COLUMNS,
            rows=[row.cells() for row in worst_first(rows)],
            numbers=NUMBERS,
            spare=("Role", "Description", "Failures"),
            long=("Node", "Description"),
            caption=f"{summary(rows)}; updated {age}; Ctrl-C ends",
            title=self._kernel,
        )


def _transitions(before: list[NodeRow], now: list[NodeRow], at: datetime) -> Iterator[Transition]:
    known, present = ({row.id: row.health for row in rows} for rows in (before, now))
    for node in dict.fromkeys((*known, *present)):
        previous, state = known.get(node, _ABSENT), present.get(node, _ABSENT)
        if previous != state:
            yield Transition(at, node, previous, state)


def _document(snapshot: RuntimeStatusSnapshot, rows: list[NodeRow]) -> dict[str, object]:
    return {"generated_at": snapshot.to_dict().get("generated_at"), "nodes": [row.as_json() for row in rows]}


def _traffic(kernel: Kernel) -> TrafficSummaryResponse | None:
    """Return the kernel's traffic; None where it does not tell of it."""
    try:
        return kernel.traffic.get_traffic()
    except NotFoundError:
        return None


def _latest_traffic(kernel: Kernel) -> TrafficSummaryResponse | None:
    """Return the kernel's traffic; while following, whatever fails there must not end it."""
    try:
        return kernel.traffic.get_traffic()
    except KernelError:
        return None

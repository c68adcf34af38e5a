"""Pictures that stay up to date in a terminal, and the transitions that other readers get as lines."""

import contextlib
from bisect import bisect_left
from collections import deque
from collections.abc import Callable, Container, Iterator, Sequence
from datetime import datetime
from itertools import compress
from typing import Any, Final

import click
from attrs import frozen
from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.table import Table
from rich.text import Text

from znp_panel_sync.cli._output import HEALTH_STYLES, filled_table, new_console, printable, write_json_line

REFRESHES_PER_SECOND: Final = 4
SHOWN_TRANSITIONS: Final = 8

_LINES_OF_FRAME: Final = 5
"""Those of a table that are no rows: its borders, its headings, and a caption of one line."""

_WIDER_THAN_ANY: Final = 10_000


def now() -> datetime:
    """Return the time as people here read it."""
    return datetime.now().astimezone()


@frozen(kw_only=True)
class Picture:
    """A table, the worst rows first, of which as much is drawn as a terminal has room for.

    Columns without a value are left out, and then those in `spare`, the first of them first, until the rest fits.
    Only those in `long` are broken into lines. The columns in `numbers` hold numbers.
    """

    columns: Sequence[str]
    rows: Sequence[Sequence[object]]
    numbers: Container[str]
    spare: Sequence[str]
    long: Container[str]
    caption: str
    title: str | None = None

    def drawn(self, console: Console, lines: int) -> Table:
        """Draw as many rows as fit into so many lines."""

        def is_too_long(count: int) -> bool:
            return len(console.render_lines(self._table(console, count))) > lines

        count = min(len(self.rows), max(0, lines - _LINES_OF_FRAME))
        if is_too_long(count):  # as some rows have several lines
            count = bisect_left(range(1, count + 1), True, key=is_too_long)
        return self._table(console, count)

    def _table(self, console: Console, count: int) -> Table:
        """Draw the first rows, without more columns than there is room for."""
        rows = self.rows[:count]
        filled = [any(row[place] not in (None, "") for row in rows) for place in range(len(self.columns))]
        kept = list(compress(self.columns, filled)) or list(self.columns)
        table, spare = self._with_columns(kept, rows), deque(self.spare)
        while spare and _width(console, table) > console.width:
            dropped = spare.popleft()
            kept = [column for column in kept if column != dropped]
            table = self._with_columns(kept, rows)
        hidden = f"and {len(self.rows) - count} more; " if count < len(self.rows) else ""
        table.caption = Text(hidden + self.caption, style="dim")
        table.title = None if self.title is None else Text(self.title, style="bold")
        return table

    def _with_columns(self, kept: Sequence[str], rows: Sequence[Sequence[object]]) -> Table:
        places = [self.columns.index(column) for column in kept]
        cells = ([row[place] for place in places] for row in rows)
        whole = [column for column in kept if column not in self.long]
        return filled_table(kept, cells, right=self.numbers, whole=whole)


def _width(console: Console, table: Table) -> int:
    """Return how wide a table is if nothing in it is broken into lines."""
    return console.measure(table, options=console.options.update(max_width=_WIDER_THAN_ANY)).maximum


@frozen
class Transition:
    """Something has become another; `why` may be empty."""

    at: datetime
    subject: str
    previous: str
    state: str
    why: str = ""

    def line(self) -> str:
        """Return it for a reader of lines."""
        reason = f" ({printable(self.why)})" if self.why else ""
        return f"{self.at:%H:%M:%S} {printable(self.subject)}: {self.previous} -> {self.state}{reason}"

    def as_json(self) -> dict[str, Any]:
        """Return it for a program."""
        return {
            "type": "transition",
            "at": self.at.isoformat(),
            "subject": self.subject,
            "previous": self.previous,
            "state": self.state,
            "why": self.why,
        }


class Story:
    """What has happened: the last of it stands below a live table, and all of it goes to readers of lines or JSON."""

    def __init__(self, *, as_json: bool) -> None:
        self._as_json = as_json
        self._is_live = False
        self._last: tuple[Text, ...] = ()  # read by the thread that draws

    @contextlib.contextmanager
    def shown(self, picture: Callable[[], Picture]) -> Iterator[None]:
        """Draw a picture with the last transitions for the length of a `with` block, where that can be done."""

        def draw() -> RenderableType:
            last = self._last
            return Group(picture().drawn(console, console.height - len(last)), *last)

        console = new_console()
        self._is_live = console.is_terminal and not console.is_dumb_terminal and not self._as_json
        if self._is_live:
            with Live(get_renderable=draw, console=console, refresh_per_second=REFRESHES_PER_SECOND):
                yield
        else:
            yield

    def tell(self, transition: Transition) -> None:
        """Tell of a transition."""
        if self._as_json:
            write_json_line(transition.as_json())
        else:
            self._write(transition.line(), HEALTH_STYLES.get(transition.state, ""))

    def note(self, at: datetime, text: str) -> None:
        """Tell of something else."""
        if self._as_json:
            write_json_line({"type": "note", "at": at.isoformat(), "text": text})
        else:
            self._write(f"{at:%H:%M:%S} {printable(text)}", "dim")

    def _write(self, line: str, style: str) -> None:
        if self._is_live:
            self._last = (*self._last, Text(line, style=style, no_wrap=True, overflow="ellipsis"))[-SHOWN_TRANSITIONS:]
        else:
            click.echo(line)

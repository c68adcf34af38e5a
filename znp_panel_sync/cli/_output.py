"""Tables, lines and JSON on stdout; colour and frames in a terminal, plain columns in a pipe."""

import json
import sys
from collections.abc import Iterable
from typing import Any, Final

import click
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

_WIDE: Final = 10_000
"""Columns where nobody looks at a screen: no cell of a table in a pipe may be cut."""

HEALTH_STYLES: Final = {
    "healthy": "green",
    "online": "green",
    "degraded": "yellow",
    "unhealthy": "red",
    "offline": "red",
    "unknown": "dim",
    "disabled": "dim",
}
MISSING: Final = "-"
"""What stands where a kernel says nothing."""


class _OutputConsole(Console):
    """Leaves a closed pipe to the root of the command, which knows the exit status for it."""

    def on_broken_pipe(self) -> None:
        raise BrokenPipeError


def new_console(*, stderr: bool = False) -> Console:
    """Return a console for stdout, or stderr."""
    stream = sys.stderr if stderr else sys.stdout
    return _OutputConsole(stderr=stderr, highlight=False, width=None if stream.isatty() else _WIDE)


def printable(value: object) -> str:
    """Make foreign text safe for a terminal: one line, without control characters."""
    words = " ".join(str(value).split())
    return "".join(character if character.isprintable() else "�" for character in words)


def cell(value: object) -> Text:
    """Return a value for a table; markup in it means nothing, and what is absent is a hyphen."""
    text = MISSING if value is None or value == "" else printable(value)
    return Text(text, style=HEALTH_STYLES.get(text, ""))


def filled_table(
    console: Console, columns: Iterable[str], rows: Iterable[Iterable[object]], *, right: Iterable[str] = ()
) -> Table:
    """Return a table with these headings; the columns in `right` hold numbers."""
    plain = not console.is_terminal
    table = Table(box=None if plain else box.ROUNDED, pad_edge=not plain, header_style="" if plain else "bold")
    numbers = set(right)
    for column in columns:
        table.add_column(column, justify="right" if column in numbers else "left", overflow="fold")
    for row in rows:
        table.add_row(*(cell(value) for value in row))
    return table


def show_table(columns: Iterable[str], rows: Iterable[Iterable[object]], *, right: Iterable[str] = ()) -> None:
    """Print a table."""
    console = new_console()
    console.print(filled_table(console, columns, rows, right=right))


def write_json(document: Any) -> None:
    """Write one document, readable."""
    click.echo(json.dumps(document, ensure_ascii=False, indent=2))


def write_json_line(document: Any) -> None:
    """Write one document on a line of its own, at once."""
    click.echo(json.dumps(document, ensure_ascii=False, separators=(",", ":")))
    sys.stdout.flush()

"""Tables, lines and JSON on stdout; colour and frames in a terminal, plain columns in a pipe."""

import json
import sys
from collections.abc import Container, Iterable, Iterator, Sequence
from typing import Any, Final, Literal

import click
from rich import box
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

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

_ESCAPES: Final = {
    code: f"\\u{code:04x}"
    for code in (*range(0x7F, 0xA0), *range(0x200E, 0x2010), *range(0x2028, 0x202F), *range(0x2066, 0x206A))
}
"""Characters that JSON lets through, and that steer a terminal or turn the direction of writing."""


def new_console(*, stderr: bool = False) -> Console:
    """Return a console for stdout, or stderr."""
    return Console(stderr=stderr, highlight=False)


def printable(value: object) -> str:
    """Make foreign text safe for a terminal: one line, without control characters."""
    words = " ".join(str(value).split())
    return "".join(character if character.isprintable() else "�" for character in words)


def filled_table(
    columns: Iterable[str],
    rows: Iterable[Iterable[object]],
    *,
    right: Container[str] = (),
    whole: Container[str] = (),
) -> Table:
    """Return a table with these headings for a terminal.

    The columns in `right` hold numbers; those in `whole` are broken into lines only where nothing else can be.
    """
    table = Table(box=box.ROUNDED, header_style="bold")
    for column in columns:
        justify: Literal["left", "right"] = "right" if column in right else "left"
        table.add_column(column, justify=justify, overflow="fold", no_wrap=column in whole)
    for row in rows:
        table.add_row(*(Text(text, style=HEALTH_STYLES.get(text, "")) for text in map(_shown, row)))
    return table


def show_table(columns: Sequence[str], rows: Iterable[Iterable[object]], *, right: Container[str] = ()) -> None:
    """Print a table: in a terminal with a frame, and plain elsewhere, where no cell may be cut."""
    console = new_console()
    if console.is_terminal:
        console.print(filled_table(columns, rows, right=right))
        return
    for line in _plain_lines(columns, rows, right):
        click.echo(line)


def _plain_lines(columns: Sequence[str], rows: Iterable[Iterable[object]], numbers: Container[str]) -> Iterator[str]:
    lines = [list(columns), *([_shown(value) for value in row] for row in rows)]
    widths = [max(map(cell_len, column)) for column in zip(*lines, strict=True)]
    for line in lines:
        padded = (
            " " * (width - cell_len(text)) + text if column in numbers else text + " " * (width - cell_len(text))
            for column, text, width in zip(columns, line, widths, strict=True)
        )
        yield "  ".join(padded).rstrip()


def _shown(value: object) -> str:
    """Return what stands in a cell: foreign text made harmless, and a hyphen for what is absent."""
    return MISSING if value is None or value == "" else printable(value)


def write_json(document: Any) -> None:
    """Write one document, readable."""
    click.echo(json.dumps(document, ensure_ascii=False, indent=2).translate(_ESCAPES))


def write_json_line(document: Any) -> None:
    """Write one document on a line of its own, at once."""
    click.echo(json.dumps(document, ensure_ascii=False, separators=(",", ":")).translate(_ESCAPES))
    sys.stdout.flush()

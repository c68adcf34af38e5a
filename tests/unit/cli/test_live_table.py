"""What is drawn of a live table where there is little room."""

import pytest
from rich.console import Console

from tests.unit.web.support import protocol, state
from znp_panel_sync.cli._live import Picture
from znp_panel_sync.cli._poll import protocols_of
from znp_panel_sync.health import Health

LONG = "a text with many words of which none is broken"


def drawn(columns: int, lines: int, *, rows: int = 20, text: str | None = "short") -> list[str]:
    """Draw a table of so many rows, and return its lines."""
    picture = Picture(
        columns=("Node", "Text", "Number", "Never"),
        rows=[(f"node-{number}", text, 1000 + number, None) for number in range(rows)],
        numbers=("Number",),
        spare=("Number",),
        long=("Node", "Text"),
        caption="Ctrl-C ends",
    )
    console = Console(width=columns, height=lines, force_terminal=True, color_system=None)
    table = picture.drawn(console, lines)
    return ["".join(piece.text for piece in line).rstrip() for line in console.render_lines(table, pad=False)]


def test_as_many_rows_are_drawn_as_fit_and_the_rest_is_counted() -> None:
    lines = drawn(60, 12)
    assert len(lines) == 12
    assert [line.split()[1] for line in lines[3:-2]] == [f"node-{number}" for number in range(7)]
    assert lines[-1].strip() == "and 13 more; Ctrl-C ends"


def test_all_rows_are_drawn_where_they_fit() -> None:
    lines = drawn(60, 40)
    assert (len(lines), lines[-1].strip()) == (25, "Ctrl-C ends")


@pytest.mark.parametrize("lines", [9, 12, 16])
def test_rows_of_several_lines_leave_room_for_fewer(lines: int) -> None:
    shown = drawn(30, lines, text=LONG)
    assert len(shown) <= lines
    assert "node-0" in shown[3]
    assert "Ctrl-C ends" in " ".join(shown[-2:])


@pytest.mark.parametrize(
    ("columns", "text", "headings"),
    [
        (60, "short", ["Node", "Text", "Number"]),
        (60, None, ["Node", "Number"]),
        (24, "short", ["Node", "Text"]),
        (24, LONG, ["Node", "Text"]),
    ],
)
def test_columns_without_values_or_room_are_left_out(columns: int, text: str | None, headings: list[str]) -> None:
    assert [word for word in drawn(columns, 24, text=text)[1].split() if word != "│"] == headings


def test_a_terminal_of_a_few_lines_has_at_least_its_headings() -> None:
    assert "Node" in drawn(60, 3)[1]


def test_the_worst_protocols_are_named_and_the_rest_counted() -> None:
    healths = (Health.HEALTHY, Health.DEGRADED, Health.UNKNOWN, Health.UNHEALTHY)
    told = protocols_of(state(1, protocols=tuple(protocol(f"edge-{place}", one) for place, one in enumerate(healths))))
    assert told == "1/4 healthy, edge-3 unhealthy, edge-1 degraded, 1 more"

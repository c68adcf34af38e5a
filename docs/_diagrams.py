"""A hook of MkDocs: draws the state diagram of the lease, which Mermaid would draw with a program from elsewhere."""

import re
from html import escape
from typing import Any, Final, NamedTuple

FENCE: Final = re.compile(r"```mermaid\nstateDiagram-v2\n(.*?)```\n", re.DOTALL)
ARROW: Final = re.compile(r"^ *(\w+) --> (\w+): (.*)$", re.MULTILINE)

PLACES: Final = {
    "stopped": (80, 60),
    "registering": (270, 60),
    "registered": (470, 60),
    "suspended": (640, 200),
    "lost": (470, 340),
    "failed": (270, 340),
    "stopping": (80, 340),
}
BOX: Final = (104, 36)
BEND: Final = 0.1
"""How far an arrow leaves the straight line, in parts of its length: its way back bends to the other side."""
AROUND: Final = {("lost", "stopping"): 470}
"""How far down an arrow bends that has another state in its way."""


class Arrow(NamedTuple):
    """One arrow with its number in the list below the diagram."""

    number: int
    source: str
    target: str
    signals: str


def on_page_markdown(markdown: str, **_: Any) -> str:
    """Replace each state diagram by a drawing and the list of its arrows."""
    return FENCE.sub(lambda found: figure(found[1]), markdown)


def figure(diagram: str) -> str:
    """Draw the diagram of these arrows."""
    arrows = [Arrow(number, *found) for number, found in enumerate(ARROW.findall(diagram), start=1)]
    drawn = "".join(_loop(arrow) if arrow.source == arrow.target else _curve(arrow) for arrow in arrows)
    boxes = "".join(_box(state, *place) for state, place in PLACES.items())
    listed = "\n".join(f"{one.number}. `{one.source}` → `{one.target}`: {one.signals}" for one in arrows)
    return (
        '<div><svg viewBox="0 0 720 450" role="img" aria-label="The states of a lease, with numbered arrows" '
        'style="width: 100%" font-size="13" fill="currentColor" font-family="sans-serif">'
        '<defs><marker id="head" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="7" markerHeight="7" orient="auto">'
        f'<path d="M0 0 8 4 0 8z"/></marker></defs>{drawn}{boxes}</svg></div>\n\n{listed}\n'
    )


def _box(state: str, x: float, y: float) -> str:
    width, height = BOX
    return (
        f'<rect x="{x - width / 2}" y="{y - height / 2}" width="{width}" height="{height}" rx="8" '
        f'style="fill: var(--md-default-bg-color)" stroke="currentColor"/>'
        f'<text x="{x}" y="{y + 5}" text-anchor="middle">{escape(state)}</text>'
    )


def _loop(arrow: Arrow) -> str:
    """Draw the arrow of a state that stays, above or below its box."""
    x, y = PLACES[arrow.source]
    side = -1 if y < 200 else 1
    begin, peak = y + side * BOX[1] / 2, y + side * (BOX[1] / 2 + 34)
    path = f"M{x + 14} {begin} C{x + 34} {peak} {x - 34} {peak} {x - 14} {begin}"
    return _path(path) + _number(arrow.number, x, peak - side * 2)


def _curve(arrow: Arrow) -> str:
    """Draw an arrow between two boxes, bent so that it passes beside its way back."""
    (x1, y1), (x2, y2) = PLACES[arrow.source], PLACES[arrow.target]
    beside = (y1 + y2) / 2 + BEND * (x2 - x1)
    middle = ((x1 + x2) / 2 - BEND * (y2 - y1), AROUND.get((arrow.source, arrow.target), beside))
    (bx, by), (ex, ey) = _edge((x1, y1), middle), _edge((x2, y2), middle)
    at = ((bx + 2 * middle[0] + ex) / 4, (by + 2 * middle[1] + ey) / 4)
    return _path(f"M{bx:.0f} {by:.0f} Q{middle[0]:.0f} {middle[1]:.0f} {ex:.0f} {ey:.0f}") + _number(arrow.number, *at)


def _edge(box: tuple[float, float], towards: tuple[float, float]) -> tuple[float, float]:
    """Return where a line from a box's middle leaves the box."""
    dx, dy = towards[0] - box[0], towards[1] - box[1]
    scale = min(BOX[0] / 2 / abs(dx) if dx else 1.0, BOX[1] / 2 / abs(dy) if dy else 1.0)
    return box[0] + dx * scale, box[1] + dy * scale


def _path(description: str) -> str:
    return f'<path d="{description}" fill="none" stroke="currentColor" opacity=".6" marker-end="url(#head)"/>'


def _number(number: int, x: float, y: float) -> str:
    return (
        f'<circle cx="{x:.0f}" cy="{y:.0f}" r="9" style="fill: var(--md-default-bg-color)"/>'
        f'<text x="{x:.0f}" y="{y + 4:.0f}" text-anchor="middle" font-size="11">{number}</text>'
    )

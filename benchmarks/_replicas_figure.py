"""How evenly replicas share nodes, and how soon others take over: simulated on the ring that they use, and drawn.

What is simulated is the ring and the clocks; the database's part, which claims what is taken over, is not in it.
"""

import statistics
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import Any

from attrs import frozen

from znp_panel_sync.cluster.cluster import DEFAULT_PARTITIONS, DEFAULT_TICK, DEFAULT_TTL
from znp_panel_sync.cluster.ring import Ring
from znp_panel_sync.polling.schedule import next_in_phase, stable_fraction

SIZES = (1_000, 10_000, 100_000)
REPLICAS = range(1, 11)
DRAWS = 10
"""How many sets of names are tried for each number of replicas: what hashes well is a matter of luck."""
INTERVAL = 30.0
FEW_PARTITIONS = 32
"""What `tooz` takes when it is told nothing."""

_INK, _MUTED, _FAINT, _BACK = "#010101", "#070707", "#020202", "#030303"
_HUES = ("#040404", "#050505", "#060606")
_LIGHT = {_INK: "#24292f", _MUTED: "#6e7781", _FAINT: "#d0d7de", _BACK: "#ffffff"} | dict(
    zip(_HUES, ("#b35900", "#1a7f37", "#0550ae"), strict=True)
)
_DARK = {_INK: "#e6edf3", _MUTED: "#9aa4af", _FAINT: "#3d444d", _BACK: "#1e2129"} | dict(
    zip(_HUES, ("#f0883e", "#57d364", "#79c0ff"), strict=True)
)
"""Colours of the page; matplotlib draws in stand-ins for them, which no other colour is near to."""

_STYLE: Any = {
    "svg.fonttype": "none",
    "svg.hashsalt": "replicas",
    "font.family": "sans-serif",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlesize": 11,
    "axes.titlelocation": "left",
    **dict.fromkeys(("text.color", "axes.labelcolor", "axes.titlecolor", "xtick.color", "ytick.color"), _INK),
    **dict.fromkeys(("axes.edgecolor", "grid.color"), _FAINT),
    **dict.fromkeys(("figure.facecolor", "axes.facecolor", "savefig.facecolor"), _BACK),
}


@frozen
class Share:
    """The largest share of any replica, as a multiple of the fair one: the median and the worst of all draws."""

    median: float
    worst: float


@frozen
class Takeover:
    """Seconds from the death of a replica to the first poll of its nodes by others: the median and the longest."""

    median: float
    longest: float


@frozen
class Simulated:
    """What the figure shows, by the number of replicas and by the number of nodes.

    In `takeovers` the number of replicas is that before one of them dies.
    """

    shares: dict[int, dict[int, Share]]
    shares_of_few: dict[int, dict[int, Share]]
    takeovers: dict[int, dict[int, Takeover]]


def largest_shares(members: int, sizes: Sequence[int], partitions: int, draws: int) -> dict[int, Share]:
    """Return the largest share for each number of nodes."""
    drawn = [_shares_of(_ring(members, draw, partitions), sizes) for draw in range(draws)]
    return {
        size: Share(statistics.median(one[size] for one in drawn), max(one[size] for one in drawn)) for size in sizes
    }


def takeover(members: int, nodes: int, draws: int) -> Takeover:
    """Return how long it takes until the nodes of one of `members` that dies are polled by the others."""
    seconds = [wait for draw in range(draws) for wait in _waits(members, nodes, Random(draw), draw)]
    return Takeover(statistics.median(seconds), max(seconds))


def _ring(members: int, draw: int, partitions: int) -> Ring:
    return Ring([f"replica-{draw}-{number}" for number in range(members)], partitions)


def _shares_of(ring: Ring, sizes: Sequence[int]) -> dict[int, float]:
    owned: Counter[str | None] = Counter()
    shares = {}
    for low, high in pairwise((0, *sizes)):
        owned.update(ring.owner(f"node:{node}") for node in range(low, high))
        shares[high] = max(owned.values()) * len(ring.members) / high
    return shares


def _waits(members: int, nodes: int, random: Random, draw: int) -> list[float]:
    """Return the time until the first poll for each node of the replica that dies, at second 0."""
    before = _ring(members, draw, DEFAULT_PARTITIONS)
    dead, *others = before.members
    after = Ring(others, DEFAULT_PARTITIONS)
    forgotten_at = DEFAULT_TTL - random.uniform(0, DEFAULT_TICK)  # it was heard of up to a tick before it died
    noticed_at = {member: forgotten_at + random.uniform(0, DEFAULT_TICK) for member in others}
    started = random.uniform(0, INTERVAL)
    waits = []
    for node in range(nodes):
        key = f"node:{node}"
        if before.owner(key) == dead:
            noticed = started + noticed_at[str(after.owner(key))]
            waits.append(next_in_phase(noticed, INTERVAL, stable_fraction(key)) - started)
    return waits


def simulate(sizes: Sequence[int] = SIZES, *, draws: int = DRAWS) -> Simulated:
    """Simulate all that the figure shows."""
    return Simulated(
        {members: largest_shares(members, sizes, DEFAULT_PARTITIONS, draws) for members in REPLICAS},
        {members: largest_shares(members, sizes[-1:], FEW_PARTITIONS, draws) for members in REPLICAS},
        {members: {size: takeover(members, size, draws) for size in sizes} for members in REPLICAS if members > 1},
    )


def table(simulated: Simulated) -> str:
    """Return the figures as a table."""
    sizes = list(simulated.shares[1])
    rows = [f"{'replicas':10}" + "".join(f"{f'share of {size:,}':>20}{'takeover s':>16}" for size in sizes)]
    for members, shares in simulated.shares.items():
        cells = "".join(
            f"{f'x{shares[size].median:.3f} (x{shares[size].worst:.3f})':>20}{_seconds(simulated, members, size):>16}"
            for size in sizes
        )
        rows.append(f"{members:<10}{cells}")
    return "\n".join(rows)


def _seconds(simulated: Simulated, members: int, size: int) -> str:
    if members == 1:
        return "-"
    found = simulated.takeovers[members][size]
    return f"{found.median:.1f} ({found.longest:.1f})"


# --- the drawing ------------------------------------------------------------------------------------------------------


def draw(simulated: Simulated, target: Path) -> None:
    """Write the figure as SVG; it follows the reader's choice of light or dark."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    with mpl.rc_context(_STYLE):
        figure = Figure(figsize=(9.6, 3.9), layout="constrained")
        left, right = figure.subplots(1, 2)
        _draw_shares(left, simulated)
        _draw_takeovers(right, simulated)
        figure.savefig(target, format="svg", metadata={"Date": None, "Creator": None})
    target.write_text(_themed(target.read_text(encoding="utf-8")), encoding="utf-8")


def _draw_shares(axes: Any, simulated: Simulated) -> None:
    sizes = list(simulated.shares[1])
    few = [shares[sizes[-1]].median for shares in simulated.shares_of_few.values()]
    _draw_lines(
        axes, {size: {m: (s[size].median, s[size].worst) for m, s in simulated.shares.items()} for size in sizes}
    )
    axes.plot(REPLICAS, few, color=_MUTED, linestyle="--", label=f"{_nodes(sizes[-1])}, {FEW_PARTITIONS} partitions")
    axes.set(title="The largest share, as a multiple of the fair one", xlabel="replicas", xticks=REPLICAS)
    _finish(axes, "worst of all draws")


def _draw_takeovers(axes: Any, simulated: Simulated) -> None:
    found = simulated.takeovers
    _draw_lines(
        axes, {size: {m: (t[size].median, t[size].longest) for m, t in found.items()} for size in simulated.shares[1]}
    )
    promised = DEFAULT_TTL + 2 * DEFAULT_TICK + INTERVAL
    axes.axhline(promised, color=_MUTED, linestyle="--", label="TTL + two ticks + interval")
    axes.set(title="Seconds from a death to the others' first polls", xlabel="replicas before it", xticks=list(found))
    axes.set_ylim(0, promised * 1.1)
    _finish(axes, "longest of all nodes")


def _draw_lines(axes: Any, lines: Mapping[int, Mapping[int, tuple[float, float]]]) -> None:
    """Draw for each number of nodes a line of the medians, and a dotted one of the extremes."""
    for hue, (size, points) in zip(_HUES, lines.items(), strict=False):
        medians, extremes = zip(*points.values(), strict=True)
        axes.plot(list(points), medians, color=hue, marker="o", markersize=4, label=f"{_nodes(size)}, median")
        axes.plot(list(points), extremes, color=hue, linewidth=1.2, linestyle=":")


def _nodes(size: int) -> str:
    return f"{size:,} nodes"


def _finish(axes: Any, extremes: str) -> None:
    axes.plot([], [], color=_MUTED, linewidth=1.2, linestyle=":", label=extremes)
    axes.grid(axis="y", linewidth=0.6)
    axes.set_axisbelow(True)
    axes.legend(frameon=False, fontsize=9)


def _themed(svg: str) -> str:
    """Replace the stand-ins by colours that the reader's choice decides."""
    for number, stand_in in enumerate(_LIGHT):
        svg = svg.replace(stand_in, f"var(--c{number})")
    light, dark = (
        "".join(f"--c{number}:{colour};" for number, colour in enumerate(colours.values()))
        for colours in (_LIGHT, _DARK)
    )
    rules = f"<style>svg{{{light}}}@media(prefers-color-scheme:dark){{svg{{{dark}}}}}</style>"
    return svg.replace("<defs>", f"{rules}\n <defs>", 1)

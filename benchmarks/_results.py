"""How benchmarks tell what they measured: rows of medians with their spread, beside peers of the same run."""

import argparse
import json
import math
import statistics
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Self

from attrs import asdict, field, frozen
from rich.console import Console
from rich.table import Table

WIDTH_OF_A_PIPE = 150


@frozen
class Spread:
    """The median of some rounds, and how far they lay apart."""

    median: float
    low: float
    high: float
    rounds: int

    @classmethod
    def of(cls, values: Iterable[float]) -> Self:
        """Take one value for each round."""
        taken = sorted(values)
        return cls(statistics.median(taken), taken[0], taken[-1], len(taken))

    @classmethod
    def once(cls, value: float) -> Self:
        """Take a figure that is measured once, over many repetitions in itself."""
        return cls(value, value, value, 1)


@frozen
class Row:
    """One figure of ours, and the same of each peer; `aim` says in words what is wanted (None: nothing was set)."""

    what: str
    unit: str
    ours: Spread
    peers: Mapping[str, Spread] = field(factory=dict)
    aim: str | None = None

    def ratio(self, peer: str) -> float:
        """Return our median as a multiple of the peer's; infinity for a peer's 0."""
        median = self.peers[peer].median
        return self.ours.median / median if median else math.inf


def arguments(documentation: str | None) -> argparse.ArgumentParser:
    """Return a parser with the options that every benchmark takes."""
    parser = argparse.ArgumentParser(description=documentation, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="small enough to see that it works: figures mean little")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the rows to this file too")
    return parser


def tell(benchmark: str, rows: Sequence[Row], file: Path | None = None) -> None:
    """Print the rows of one benchmark, and write them where it is asked for."""
    show({benchmark: rows})
    if file is not None:
        file.write_text(dumped({benchmark: rows}), encoding="utf-8")


def show(results: Mapping[str, Sequence[Row]]) -> None:
    """Print one table: a line for each figure of ours, and one for each peer of it."""
    table = Table("benchmark", "measured", "unit", title_justify="left", pad_edge=False)
    for title in ("median", "from", "to", "ours / peer"):
        table.add_column(title, justify="right")
    table.add_column("aim")
    for benchmark, rows in results.items():
        for row in rows:
            table.add_row(benchmark, row.what, row.unit, *_figures(row.ours), "", row.aim or "")
            for peer, spread in row.peers.items():
                table.add_row("", f"  {peer}", "", *_figures(spread), f"{row.ratio(peer):.2f}", "")
        table.add_section()
    Console(file=sys.stdout, width=None if sys.stdout.isatty() else WIDTH_OF_A_PIPE).print(table)


def _figures(spread: Spread) -> tuple[str, str, str]:
    between = (_figure(spread.low), _figure(spread.high)) if spread.rounds > 1 else ("", "")
    return _figure(spread.median), *between


def _figure(value: float) -> str:
    """Show three digits, or all of them before the decimal point."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def dumped(results: Mapping[str, Sequence[Row]]) -> str:
    """Return results as JSON."""
    return json.dumps({name: [asdict(row) for row in rows] for name, rows in results.items()}, indent=1) + "\n"


def loaded(text: str) -> dict[str, list[Row]]:
    """Return what `dumped` wrote."""
    return {name: [_row(**row) for row in rows] for name, rows in json.loads(text).items()}


def _row(*, ours: Any, peers: Any, **rest: Any) -> Row:
    return Row(ours=Spread(**ours), peers={name: Spread(**spread) for name, spread in peers.items()}, **rest)

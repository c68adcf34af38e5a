"""What becomes of a panel's nodes when replicas or their engine fail: ``python -m benchmarks.cluster [SECTION ...]``.

* ``drills``: three replicas as processes over 1,000 simulated nodes and a PostgreSQL, on Redis and on etcd: the longest
  time of any node without a poll, and the longest with two owners, for each failure, with the default TTL and tick;
* ``figure``: how evenly 1 to 10 replicas share up to 100,000 nodes, and how soon others take over, on a simulated ring.

`--quick` takes short times and few nodes; `--write` makes the figure of the documentation anew.
"""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from benchmarks._replicas_figure import SIZES, draw, simulate
from benchmarks._replicas_figure import table as figure_table
from benchmarks._results import Row, Spread, arguments, tell
from tests.functional.cluster.drills import Outcome
from tests.functional.cluster.drills import table as drills_table
from tests.functional.cluster.plays import ALL, FEW, play
from tests.functional.cluster.scene import FULL, SMALL
from tests.functional.cluster.servers import missing_engines
from tests.functional.servers import running_postgres

FIGURE = Path(__file__).parent.parent / "docs" / "figures" / "replicas.svg"
SECTIONS = ("drills", "figure")


def drills(*, quick: bool) -> list[Outcome]:
    """Play all drills, print what they showed, and return it."""
    timing, plays = (SMALL, FEW) if quick else (FULL, ALL)
    missing = missing_engines()
    if missing:
        print(f"(not installed, and left out: {', '.join(missing)})")
    try:
        with running_postgres() as postgres:
            results = play([one for one in plays if one.engine not in missing], timing, postgres)
    except pytest.skip.Exception as reason:
        print(f"(drills left out: {reason})")
        return []
    outcomes = [outcome for result in results for outcome in result.outcomes]
    print(f"{timing.nodes} nodes, TTL {timing.ttl:g} s, tick {timing.tick:g} s, polled every {timing.interval:g} s;")
    print("seconds measured / promised, nodes with two owners, stale writes")
    print(drills_table(outcomes))
    return outcomes


def rows(outcomes: list[Outcome]) -> Iterator[Row]:
    """Return the times that were measured, with what is promised."""
    for outcome in outcomes:
        title = f"{outcome.drill} ({outcome.engine})"
        yield Row(f"{title}: unpolled", "s", Spread.once(outcome.gap), aim=f"below {outcome.promised_gap:g}")
        yield Row(f"{title}: two owners", "s", Spread.once(outcome.double), aim=f"below {outcome.promised_double:g}")


def figure(*, quick: bool, write: bool) -> None:
    """Print what the figure shows."""
    simulated = simulate(SIZES[:-1], draws=1) if quick else simulate()
    print("the largest share as a multiple of the fair one: median (worst); takeover in seconds: median (longest)")
    print(figure_table(simulated))
    if write:
        draw(simulated, FIGURE)
        print(f"written: {FIGURE}")


def main() -> int:
    """Run the sections that are asked for, or all of them; return 1 when a promise was broken."""
    parser = arguments(__doc__)
    parser.add_argument("sections", nargs="*", metavar="SECTION", help=f"one of {', '.join(SECTIONS)} (none: all)")
    parser.add_argument("--write", action="store_true", help="make the figure of the documentation anew")
    given: Any = parser.parse_args()
    unknown = sorted({*given.sections} - {*SECTIONS})
    if unknown:
        parser.error(f"there is no section {', '.join(unknown)}")
    wanted = given.sections or SECTIONS
    outcomes = drills(quick=given.quick) if "drills" in wanted else []
    if "figure" in wanted:
        figure(quick=given.quick, write=given.write)
    if outcomes:
        tell("cluster", list(rows(outcomes)), given.json)
    return 0 if all(outcome.kept for outcome in outcomes) else 1


if __name__ == "__main__":
    sys.exit(main())

"""What polling costs, beside its peers, in one run: ``python -m benchmarks.polling [cost dead scale soak] [--quick]``.

* ``cost``: CPU for each poll over 500 origins with keep-alive and 2 KB answers, paced at 333 polls a second and flat
  out, for us and for httpx in three ways, the stock generated client, aiohttp, and Go where it is installed;
* ``dead``: 10,000 nodes every 30 s, half of them dead: share of a core, lateness of the live ones, memory;
* ``scale``: cost and memory at 1,000, 10,000 and 50,000 nodes, with the network simulated below the transport;
* ``soak``: 100,000 polls: growth of heap, descriptors and tasks.

Rounds of us and of the peers alternate; figures are medians over the rounds.
"""

import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks._origins import origins
from benchmarks._results import Row, Spread, arguments, tell
from benchmarks.peers.clients import PEERS
from benchmarks.peers.stock import stock_client

ORIGINS = 500
PACE = 333.0
FLAT_INTERVAL = 0.02
"""Shorter than a round over all origins takes: a poller with it is never without something to do."""
ROOT = Path(__file__).parent.parent
OURS = "StatusPoller"
POLLS = {"paced": 2000, "flat": 10_000}
QUICK_POLLS = {"paced": 40, "flat": 100}
AIMS = {"paced": "at most 1/5 of stock, less than Go", "flat": "at most 1/5 of stock, twice Go"}

Commands = dict[str, list[str]]
"""How each contestant is started."""


def measured(command: list[str], ports: list[int]) -> float | None:
    """Run a contestant and return its CPU seconds for 1,000 polls; None when it cannot run here."""
    done = subprocess.run(command, input=json.dumps(ports), capture_output=True, text=True, check=False, cwd=ROOT)
    if done.returncode:
        print(f"  ({' '.join(command[:4])}: {(done.stderr.strip().splitlines() or ['failed'])[-1]})")
        return None
    told: dict[str, float] = json.loads(done.stdout)
    return told["cpu"] / told["polls"] * 1000 if told["polls"] else None


def go_poller(folder: Path) -> Path | None:
    """Compile the peer in Go; None where Go is not installed."""
    if shutil.which("go") is None:
        return None
    target = folder / "poller"
    environment = {"GOCACHE": str(folder / "cache"), "HOME": str(folder), "PATH": _path(), "GO111MODULE": "off"}
    source = ROOT / "benchmarks" / "peers" / "poller.go"
    subprocess.run(["go", "build", "-o", str(target), str(source)], check=True, env=environment)
    return target


def _path() -> str:
    return ":".join(str(Path(program).parent) for name in ("go", "gcc", "sh") if (program := shutil.which(name)))


def contestants(mode: str, polls: int, interval: float, folder: Path) -> Commands:
    """Return what runs in one mode: us first, on both loops. `interval` is between two polls of one kernel."""
    ours = [sys.executable, "-m", "benchmarks.peers.ours"]
    pace = str(interval if mode == "paced" else FLAT_INTERVAL)
    commands = {
        OURS: [*ours, "asyncio", str(polls), pace],
        f"{OURS} on uvloop": [*ours, "uvloop", str(polls), pace],
    }
    options = [mode, str(polls), str(interval)]
    go = go_poller(folder)
    if go is not None:
        commands["Go net/http"] = [str(go), *options]
    has_stock = stock_client(folder)
    for name in PEERS:
        if (name == "stock generated client" and not has_stock) or (mode == "paced" and "limits" in name):
            continue  # without limits, one client cannot keep the pace: see the flat figures
        commands[name] = [sys.executable, "-m", "benchmarks.peers.clients", name, *options, str(folder)]
    return commands


def cost(*, quick: bool) -> Iterator[Row]:
    """Measure CPU for 1,000 polls of us and of all peers."""
    count, rounds, polls = (20, 1, QUICK_POLLS) if quick else (ORIGINS, 5, POLLS)
    with tempfile.TemporaryDirectory() as folder, origins(count) as ports:
        for mode, number in polls.items():
            commands = contestants(mode, number, count / PACE, Path(folder))
            spent: dict[str, list[float]] = {name: [] for name in commands}
            for _ in range(rounds):
                for name, command in commands.items():
                    seconds = measured(command, ports)
                    if seconds is not None:
                        spent[name].append(seconds)
            spreads = {name: Spread.of(taken) for name, taken in spent.items() if taken}
            yield Row(
                f"{count} kernels, {'333 polls/s' if mode == 'paced' else 'flat out'}",
                "CPU s for 1,000 polls",
                spreads.pop(OURS),
                spreads,
                AIMS[mode],
            )


def in_process(section: str, *options: str) -> dict[str, float]:
    """Measure in a process of its own, so that sections do not disturb each other."""
    command = [sys.executable, "-m", "benchmarks._polling_load", section, *options]
    done = subprocess.run(command, check=True, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    told: dict[str, float] = json.loads(done.stdout)
    return told


@contextmanager
def handed(what: Any) -> Iterator[str]:
    """Write what a measurement works on into a file for as long as it takes."""
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump(what, file)
        file.flush()
        yield file.name


def dead(*, quick: bool) -> Iterator[Row]:
    """Measure what 10,000 nodes cost, half of them dead."""
    live, seconds = (100, "3") if quick else (5000, "120")
    interval = "2" if quick else "30"
    with (
        origins(live) as ports,
        origins(live // 2, hung=True) as hung,
        handed({"live": ports, "hung": hung, "refused": live // 2}) as file,
    ):
        told = in_process("dead", file, seconds, interval)
    title = f"{2 * live:,} nodes every {interval} s, half dead"
    yield Row(f"{title}: CPU", "% of a core", Spread.once(told["share"] * 100), aim="below 10")
    yield Row(f"{title}: live polls late, p99", "s", Spread.once(told["late_p99"]), aim="below 1")
    yield Row(f"{title}: memory", "KiB a node", Spread.once(told["kib"]), aim="below 12")


def scale(*, quick: bool) -> Iterator[Row]:
    """Measure cost and memory for growing numbers of nodes."""
    for nodes in (1000,) if quick else (1000, 10_000, 50_000):
        told = [in_process("scale", str(nodes)) for _ in range(1 if quick else 5)]
        title = f"{nodes:,} nodes, network simulated"
        yield Row(f"{title}: CPU", "µs a poll", Spread.of(one["microseconds"] for one in told), aim="linear")
        yield Row(f"{title}: memory", "KiB a node", Spread.of(one["kib"] for one in told))


def soak(*, quick: bool) -> Iterator[Row]:
    """Measure what grows over many polls."""
    with origins(100) as ports, handed(ports) as file:
        told = in_process("soak", file, "2000" if quick else "100000")
    title = f"{told['polls']:,.0f} polls"
    yield Row(f"{title}: growth of the heap", "KiB", Spread.once(told["heap_kib"]), aim="below 1,024")
    yield Row(f"{title}: growth of descriptors", "", Spread.once(told["descriptors"]), aim="0")
    yield Row(f"{title}: growth of tasks", "", Spread.once(told["tasks"]), aim="0")


SECTIONS: dict[str, Callable[..., Iterator[Row]]] = {"cost": cost, "dead": dead, "scale": scale, "soak": soak}


def main() -> None:
    """Run the sections that are asked for, or all of them."""
    parser = arguments(__doc__)
    parser.add_argument("sections", nargs="*", metavar="SECTION", help=f"one of {', '.join(SECTIONS)} (none: all)")
    given: Any = parser.parse_args()
    unknown = sorted({*given.sections} - {*SECTIONS})
    if unknown:
        parser.error(f"there is no section {', '.join(unknown)}")
    rows = [row for name in given.sections or SECTIONS for row in SECTIONS[name](quick=given.quick)]
    tell("polling", rows, given.json)


if __name__ == "__main__":
    main()

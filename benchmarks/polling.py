"""What polling costs, beside its peers, in one run: ``python -m benchmarks.polling [cost dead scale soak] [--quick]``.

* ``cost``: CPU for each poll over 500 origins with keep-alive and 2 KB answers, paced at 333 polls a second and flat
  out, for us and for httpx in three ways, the stock generated client, aiohttp, and Go where it is installed;
* ``dead``: 10,000 nodes every 30 s, half of them dead: share of a core, lateness of the live ones, memory;
* ``scale``: cost and memory at 1,000, 10,000 and 50,000 nodes, with the network simulated below the transport;
* ``soak``: 100,000 polls: growth of heap, descriptors and tasks.
"""

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks._origins import origins
from benchmarks.peers.clients import PEERS

ORIGINS = 500
PACE = 333.0
ROOT = Path(__file__).parent.parent

Row = dict[str, float]


def run_peer(command: list[str], ports: list[int]) -> Row | None:
    """Run a peer and return what it reports; None when it cannot run here."""
    done = subprocess.run(command, input=json.dumps(ports), capture_output=True, text=True, check=False, cwd=ROOT)
    if done.returncode:
        print(f"  ({' '.join(command[:4])}: {(done.stderr.strip().splitlines() or ['failed'])[-1]})")
        return None
    row: Row = json.loads(done.stdout)
    return row


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


def stock_client(folder: Path) -> bool:
    """Generate the client that openapi-python-client makes of the contract; False when that is not installed."""
    program = Path(sys.executable).parent / "openapi-python-client"
    if not program.exists():
        return False
    command = [
        str(program),
        "generate",
        "--path",
        "core.yaml",
        "--output-path",
        str(folder / "stock"),
        "--meta",
        "none",
    ]
    subprocess.run(command, capture_output=True, check=False, cwd=ROOT)  # it warns of what polling does not need
    return (folder / "stock" / "client.py").exists()


def cost(*, quick: bool) -> None:
    """Print CPU for 1,000 polls of us and of all peers."""
    paced_polls, flat_polls = (2000, 5000) if quick else (8000, 20_000)
    with tempfile.TemporaryDirectory() as folder, origins(ORIGINS) as ports:
        has_stock = stock_client(Path(folder))
        go = go_poller(Path(folder))
        for mode, polls in (("paced", paced_polls), ("flat", flat_polls)):
            interval = ORIGINS / PACE
            ours_interval = interval if mode == "paced" else 0.02
            rows: dict[str, Row | None] = {}
            for loop in ("asyncio", "uvloop"):
                command = [sys.executable, "-m", "benchmarks.peers.ours", loop, str(polls), str(ours_interval)]
                rows[f"StatusPoller ({loop})"] = run_peer(command, ports)
            if go is not None:
                rows["Go net/http"] = run_peer([str(go), mode, str(polls), str(interval)], ports)
            for name in PEERS:
                if (name == "stock generated client" and not has_stock) or (mode == "paced" and "limits" in name):
                    continue  # without limits, one client cannot keep the pace: see the flat figures
                command = [
                    sys.executable,
                    "-m",
                    "benchmarks.peers.clients",
                    name,
                    mode,
                    str(polls),
                    str(interval),
                    folder,
                ]
                rows[name] = run_peer(command, ports)
            _print_costs(f"{ORIGINS} origins, {'333 polls/s' if mode == 'paced' else 'flat out'}", rows)


def _print_costs(title: str, rows: dict[str, Row | None]) -> None:
    ours = rows["StatusPoller (asyncio)"]
    print(f"\n{title}: CPU seconds for 1,000 polls")
    for name, row in rows.items():
        if row is None or not row["polls"]:
            print(f"  {name:34} could not be measured")
            continue
        each = row["cpu"] / row["polls"] * 1000
        ratio = each / (ours["cpu"] / ours["polls"] * 1000) if ours else float("nan")
        rate, share, lost = row["polls"] / row["wall"], row["cpu"] / row["wall"], row["failures"]
        print(f"  {name:34} {each:8.3f}  x{ratio:7.2f} {rate:7.0f} polls/s {share:7.1%} of a core {lost:4.0f} failed")


def in_process(section: str, *arguments: str) -> None:
    """Measure in a process of its own, so that sections do not disturb each other."""
    subprocess.run([sys.executable, "-m", "benchmarks._polling_load", section, *arguments], check=True, cwd=ROOT)


def dead(*, quick: bool) -> None:
    """Print what 10,000 nodes cost, half of them dead."""
    live = 1000 if quick else 5000
    with (
        origins(live) as ports,
        origins(live // 2, hung=True) as hung,
        tempfile.NamedTemporaryFile("w", suffix=".json") as file,
    ):
        json.dump({"live": ports, "hung": hung, "refused": live // 2}, file)
        file.flush()
        in_process("dead", file.name, "45" if quick else "120")


def scale(*, quick: bool) -> None:
    """Print cost and memory for growing numbers of nodes."""
    print("\nsimulated network, every 30 s: nodes, CPU microseconds a poll, KiB a node")
    for nodes in (1000, 10_000) if quick else (1000, 10_000, 50_000):
        in_process("scale", str(nodes))


def soak(*, quick: bool) -> None:
    """Print what grows over many polls."""
    with origins(100) as ports, tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump(ports, file)
        file.flush()
        in_process("soak", file.name, "10000" if quick else "100000")


SECTIONS: dict[str, Callable[..., None]] = {"cost": cost, "dead": dead, "scale": scale, "soak": soak}


def main(arguments: list[str] | None = None) -> None:
    """Run the sections that are asked for, or all of them."""
    parser = argparse.ArgumentParser(description="What polling costs, beside its peers.")
    parser.add_argument("sections", nargs="*", metavar="SECTION", help=f"one of {', '.join(SECTIONS)} (none: all)")
    parser.add_argument("--quick", action="store_true", help="a fraction of the polls: figures are rougher")
    given: Any = parser.parse_args(arguments)
    unknown = sorted({*given.sections} - {*SECTIONS})
    if unknown:
        parser.error(f"there is no section {', '.join(unknown)}")
    for name in given.sections or SECTIONS:
        SECTIONS[name](quick=given.quick)


if __name__ == "__main__":
    main()

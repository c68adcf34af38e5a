"""What a thousand node agents in one process cost: ``python -m benchmarks.agents [--agents 1000] [--interval 30]``.

The kernel is simulated in this process, the agents live in another one, whose CPU and memory are measured while they
beat for five intervals, each of which is a round. Then the kernel dies, and the lateness of `lost` is measured at every
agent (for a lease of three intervals). Beside them, in the same run: the least that a program without this package
would write, a task for each node that sleeps and posts through one shared httpx client, without lease, states, health
or sign-off.

`--quick` takes 50 agents and an interval of 2 s.
"""

import argparse
import asyncio
import json
import logging
import resource
import statistics
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks import _results
from benchmarks._results import Row, Spread

ROOT = Path(__file__).parent.parent
ROUNDS = 5
SETTLING_SECONDS = 120.0
BEATS = "*/heartbeat"

Report = dict[str, Any]


# In the process with the agents


def resident_bytes() -> int:
    """Memory of this process now."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize()


async def measured(began_bytes: int, arguments: argparse.Namespace) -> Report:
    """CPU of each of some intervals of beats, and memory at their end."""
    print(json.dumps({"ready": True}), flush=True)
    shares = []
    for _ in range(ROUNDS):
        cpu, wall = time.process_time(), time.perf_counter()
        await asyncio.sleep(arguments.interval)
        shares.append((time.process_time() - cpu) / (time.perf_counter() - wall))
    return {"cpu": shares, "bytes": (resident_bytes() - began_bytes) / arguments.agents}


async def run_agents(arguments: argparse.Namespace) -> None:
    """A thousand of our agents over one kernel."""
    from znp_kernel_client.models import NodeRole, ProtocolRegistrationRequest
    from znp_panel_sync.control import NodeControl
    from znp_panel_sync.kernel import AsyncKernel
    from znp_panel_sync.lease import AsyncNodeAgent, LeaseState, LeaseTransition

    logging.getLogger("znp_panel_sync").setLevel(logging.ERROR)  # a thousand warnings that the kernel has died
    lease = 3 * arguments.interval
    lateness: list[float] = []
    all_lost = asyncio.Event()

    def listener(agent: AsyncNodeAgent) -> Any:
        async def note(step: LeaseTransition) -> None:
            if step.state is LeaseState.LOST:
                lateness.append((agent.counters.seconds_since_acknowledged or 0.0) - lease)
            if len(lateness) == arguments.agents:
                all_lost.set()

        return note

    async with AsyncKernel(NodeControl(arguments.url)) as kernel:
        await kernel.healthy()
        began_bytes = resident_bytes()
        agents = []
        for number in range(arguments.agents):
            registration = ProtocolRegistrationRequest(
                id=f"node-{number}", role=NodeRole.LISTENER, protocol="vless", ttl_seconds=int(lease)
            )
            agent = AsyncNodeAgent(kernel, registration)
            agent.add_listener(listener(agent))
            agents.append(agent)
        registered = await asyncio.gather(*(agent.start(wait=SETTLING_SECONDS) for agent in agents))
        report = await measured(began_bytes, arguments)
        report["registered"] = sum(registered)
        report["beats_failed"] = sum(agent.counters.beats_failed for agent in agents)
        print(json.dumps({"measured": True}), flush=True)
        await asyncio.wait_for(all_lost.wait(), lease + SETTLING_SECONDS)
        report["lateness"] = sorted(lateness)
        print(json.dumps(report), flush=True)
        await asyncio.gather(*(agent.stop(timeout=0.1) for agent in agents))


async def run_peer(arguments: argparse.Namespace) -> None:
    """A sleeping task for each node."""
    import httpx

    registrations = f"{arguments.url}/v1/protocols/registrations"

    async def beat(client: httpx.AsyncClient, number: int) -> None:
        url = f"{registrations}/node-{number}/heartbeat"
        await asyncio.sleep(arguments.interval * number / arguments.agents)
        while True:
            (await client.post(url, json={"status": "Healthy"})).raise_for_status().json()
            await asyncio.sleep(arguments.interval)

    async with httpx.AsyncClient(trust_env=False) as client:
        await client.get(f"{arguments.url}/healthz")
        began_bytes = resident_bytes()
        for number in range(arguments.agents):
            body = {"id": f"node-{number}", "role": "listener", "protocol": "vless", "ttl_seconds": 3600}
            (await client.post(registrations, json=body)).raise_for_status()
        tasks = [asyncio.create_task(beat(client, number)) for number in range(arguments.agents)]
        report = await measured(began_bytes, arguments)
        print(json.dumps({"measured": True}), flush=True)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        print(json.dumps(report), flush=True)


# In the process with the kernel


def play(role: str, arguments: argparse.Namespace) -> tuple[Report, list[float]]:
    """Run one of the two against a fresh kernel; what it reports, and when its beats arrived."""
    from znp_panel_sync.testing import KernelSimulator

    command = [sys.executable, "-m", "benchmarks.agents", "--role", role]
    options = ["--agents", str(arguments.agents), "--interval", str(arguments.interval)]
    with KernelSimulator(heartbeat_interval_seconds=int(arguments.interval)) as kernel:
        with subprocess.Popen(
            [*command, *options, "--url", kernel.url], cwd=ROOT, stdout=subprocess.PIPE, text=True
        ) as process:
            lines = iter(process.stdout or ())
            next(lines)
            kernel.requests.clear()
            next(lines)
            arrivals = [request.received_at for request in kernel.requests.find("POST", BEATS)]
            kernel.die()
            report: Report = json.loads(next(lines))
        kernel.come_back()
    return report, arrivals


def spread(arrivals: list[float], interval: float) -> Spread:
    """How many beats arrived in each second of one interval."""
    began = arrivals[0]
    buckets = Counter(int(moment - began) for moment in arrivals if moment - began < int(interval))
    loads = [buckets[second] for second in range(int(interval))]
    return Spread(statistics.fmean(loads), min(loads), max(loads), len(loads))


def rows(arguments: argparse.Namespace) -> Iterator[Row]:
    """Measure ours, then the peer."""
    ours, arrivals = play("ours", arguments)
    peer, _ = play("peer", arguments)
    if ours["registered"] != arguments.agents or ours["beats_failed"]:
        raise SystemExit(f"{ours['registered']} agents registered, {ours['beats_failed']} beats failed")
    title = f"{arguments.agents:,} agents, a beat every {arguments.interval:g} s"
    shares = [Spread.of(100 * share for share in report["cpu"]) for report in (ours, peer)]
    yield Row(title, "% of a core", shares[0], {"bare httpx": shares[1]}, "below 5")
    sizes = [Spread.once(report["bytes"] / 1024) for report in (ours, peer)]
    yield Row("memory of each", "KiB", sizes[0], {"bare httpx": sizes[1]}, "below 20")
    yield Row("beats in each second", "", spread(arrivals, arguments.interval))
    late = [1000 * seconds for seconds in ours["lateness"]]
    yield Row(f"lost reported late, by {len(late):,} agents", "ms", Spread.of(late), aim="below 1,000")


def main() -> None:
    """Measure, or be one of the two that are measured."""
    parser = _results.arguments(__doc__)
    parser.add_argument("--agents", type=int, default=1000)
    parser.add_argument("--interval", type=float, default=30.0, help="whole seconds")
    parser.add_argument("--role", choices=["ours", "peer"], help=argparse.SUPPRESS)
    parser.add_argument("--url", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.quick:
        arguments.agents, arguments.interval = 50, 2.0
    if arguments.role:
        asyncio.run({"ours": run_agents, "peer": run_peer}[arguments.role](arguments))
        return
    _results.tell("agents", list(rows(arguments)), arguments.json)


if __name__ == "__main__":
    main()

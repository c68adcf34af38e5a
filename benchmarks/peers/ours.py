"""`StatusPoller` in a process of its own.

usage: python -m benchmarks.peers.ours asyncio|uvloop POLLS INTERVAL_SECONDS < ports.json
"""

import asyncio
import json
import sys
from importlib import import_module

from benchmarks._polling_load import counted
from benchmarks.peers.clients import Tally
from znp_panel_sync.control import NodeControl
from znp_panel_sync.polling import Counters, Node, Reason, StatusPoller
from znp_panel_sync.settings import KernelSettings
from znp_panel_sync.stores import MemoryNodeStore


async def main() -> None:
    total, interval = int(sys.argv[2]), float(sys.argv[3])
    ports = json.loads(sys.stdin.readline())
    nodes = [Node(port, NodeControl(f"http://127.0.0.1:{port}"), "offline") for port in ports]
    counters = Counters()
    poller = StatusPoller(MemoryNodeStore(nodes), settings=KernelSettings(interval), metrics=counters)
    async with poller:
        await counted(counters, 2 * len(ports))  # every connection is made, every node online
        before, tally = counters.polls.copy(), Tally()
        await counted(counters, before.total() + total)
        tally.polls = counters.polls[Reason.REACHED] - before[Reason.REACHED]
        tally.failures = counters.polls.total() - before.total() - tally.polls
        print(tally.report())


if __name__ == "__main__":
    if sys.argv[1] == "uvloop":
        import_module("uvloop").install()
    asyncio.run(main())

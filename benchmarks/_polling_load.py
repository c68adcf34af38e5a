"""Single measurements of the poller, each in a process of its own: see ``benchmarks.polling``."""

import asyncio
import gc
import heapq
import json
import resource
import socket
import sys
import time
import tracemalloc
from collections.abc import Callable, Coroutine
from pathlib import Path
from random import Random
from typing import Any

from benchmarks.peers.clients import cpu_seconds
from znp_panel_sync.control import NodeControl
from znp_panel_sync.polling import Counters, Node, OfflineProbe, PollerOptions, Reason, StatusPoller
from znp_panel_sync.polling._answer import read_nodes
from znp_panel_sync.polling._channel import Done
from znp_panel_sync.polling._engine import Engine
from znp_panel_sync.polling._result import PollResult
from znp_panel_sync.polling.backoff import Backoff
from znp_panel_sync.settings import BackoffSettings, KernelSettings
from znp_panel_sync.stores import MemoryNodeStore

INTERVAL = 30.0

Figures = dict[str, float]


def resident_bytes() -> int:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize()


def raise_descriptor_limit() -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


class Lateness(Counters):
    """Counters that keep how late the polls of live kernels began."""

    def __init__(self) -> None:
        super().__init__()
        self.late: list[float] = []

    def polled(self, reason: Reason, latency: float, lateness: float) -> None:
        super().polled(reason, latency, lateness)
        if reason is Reason.REACHED:
            self.late.append(lateness)


async def dead(given: Any, seconds: str, interval: str) -> Figures:
    """Poll nodes of which half are dead: some refuse, some hang."""
    every = float(interval)
    closed = [socket.create_server(("127.0.0.1", 0)) for _ in range(given["refused"])]
    refused = [listener.getsockname()[1] for listener in closed]
    for listener in closed:
        listener.close()
    ports = [*given["live"], *given["hung"], *refused]
    gc.collect()
    before = resident_bytes()
    nodes = [Node(port, NodeControl(f"http://127.0.0.1:{port}", token="secret"), "online") for port in ports]
    settings = KernelSettings(every, BackoffSettings(enabled=True, max_interval=300, jitter=0.2))
    metrics = Lateness()
    async with StatusPoller(MemoryNodeStore(nodes), settings=settings, metrics=metrics):
        await asyncio.sleep(every + 1)
        gc.collect()
        memory = (resident_bytes() - before) / len(ports)
        metrics.late.clear()
        used, begun = cpu_seconds(), time.monotonic()
        await asyncio.sleep(float(seconds))
        share = (cpu_seconds() - used) / (time.monotonic() - begun)
        late = sorted(metrics.late)
    return {"share": share, "late_p99": late[-len(late) // 100], "kib": memory / 1024}


class SimulatedLoop:
    """An event loop that is nothing but a clock and its timers."""

    def __init__(self) -> None:
        self.now = 0.0
        self._timers: list[tuple[float, int, SimulatedHandle]] = []
        self._number = 0

    def time(self) -> float:
        return self.now

    def call_at(self, when: float, callback: Callable[..., None], *arguments: Any) -> "SimulatedHandle":
        self._number += 1
        handle = SimulatedHandle(callback, arguments)
        heapq.heappush(self._timers, (when, self._number, handle))
        return handle

    def run_until(self, end: float) -> None:
        while self._timers and self._timers[0][0] <= end:
            when, _, handle = heapq.heappop(self._timers)
            self.now = max(self.now, when)
            handle.run()
        self.now = end


class SimulatedHandle:
    """A timer that may be cancelled."""

    def __init__(self, callback: Callable[..., None], arguments: tuple[Any, ...]) -> None:
        self._callback: Callable[..., None] | None = callback
        self._arguments = arguments

    def cancel(self) -> None:
        self._callback = None

    def run(self) -> None:
        if self._callback is not None:
            self._callback(*self._arguments)


class SimulatedNetwork:
    """Channels whose kernels answer after 10 ms with the same two kilobytes."""

    def __init__(self, loop: SimulatedLoop, body: bytes) -> None:
        self.loop = loop
        self.body = body
        self.polls = 0
        self.answering: list[Done] = []

    def channel(self, control: NodeControl, news: object) -> "SimulatedChannel":
        return SimulatedChannel(self)

    async def close(self) -> None:
        """There is nothing to close."""

    def answer_all(self) -> None:
        waiting, self.answering = self.answering, []
        for done in waiting:
            self.polls += 1
            done(PollResult(Reason.REACHED, None, read_nodes(self.body)))


class SimulatedChannel:
    """The way to a kernel that always answers."""

    __slots__ = ("_network",)

    def __init__(self, network: SimulatedNetwork) -> None:
        self._network = network

    def poll(self, done: Done) -> None:
        network = self._network
        if not network.answering:
            network.loop.call_at(network.loop.now + 0.01, network.answer_all)
        network.answering.append(done)

    def abort(self) -> None:
        """Nothing is on its way that could be stopped."""

    close = abort


async def scale(count: str) -> Figures:
    """Poll so many nodes for two simulated minutes."""
    from benchmarks._documents import status_document

    gc.collect()
    before = resident_bytes()
    simulated = SimulatedLoop()
    loop: Any = simulated
    network = SimulatedNetwork(simulated, status_document())
    engine = Engine(
        loop=loop,
        wall_clock=simulated.time,
        random=Random(0),
        channels=network,
        options=PollerOptions(),
        backoff=Backoff(INTERVAL),
        probe=OfflineProbe(),
        metrics=Counters(),
        on_changes=lambda _: None,
    )
    nodes = [
        Node(n, NodeControl(f"http://kernel-{n}.example.com", token="secret"), "online") for n in range(int(count))
    ]
    engine.update(nodes, listed_at=0.0, unwritten=())
    simulated.run_until(INTERVAL + 1)
    gc.collect()
    memory = (resident_bytes() - before) / len(nodes)
    polls, used = network.polls, cpu_seconds()
    simulated.run_until(5 * INTERVAL + 1)
    each = (cpu_seconds() - used) / (network.polls - polls)
    return {"microseconds": each * 1e6, "kib": memory / 1024}


async def soak(ports: Any, total: str) -> Figures:
    """Poll as often as asked, and see what has grown."""
    nodes = [Node(port, NodeControl(f"http://127.0.0.1:{port}"), "online") for port in ports]
    counters = Counters()
    async with StatusPoller(MemoryNodeStore(nodes), settings=KernelSettings(0.02), metrics=counters):
        await counted(counters, 2000)
        tracemalloc.start()
        await asyncio.sleep(1)
        gc.collect()
        heap, first = tracemalloc.get_traced_memory()[0], counters.polls.total()
        descriptors, tasks = open_descriptors(), len(asyncio.all_tasks())
        await counted(counters, first + int(total))
        gc.collect()
        grown = (tracemalloc.get_traced_memory()[0] - heap) / 1024
        more = open_descriptors() - descriptors, len(asyncio.all_tasks()) - tasks
        done = counters.polls.total() - first
        return {"polls": done, "heap_kib": grown, "descriptors": more[0], "tasks": more[1]}


def open_descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


async def counted(counters: Counters, polls: int) -> None:
    """Wait until so many polls have been made."""
    while counters.polls.total() < polls:  # noqa: ASYNC110 - the counters have no event to wait for
        await asyncio.sleep(0.1)


def main() -> None:
    """Run the section named by the arguments, a file among them read first, and print its figures as JSON."""
    raise_descriptor_limit()
    name, first, *rest = sys.argv[1:]
    sections: dict[str, Callable[..., Coroutine[Any, Any, Figures]]] = {"dead": dead, "scale": scale, "soak": soak}
    given: Any = json.loads(Path(first).read_text()) if first.endswith(".json") else first
    print(json.dumps(asyncio.run(sections[name](given, *rest))))


if __name__ == "__main__":
    main()

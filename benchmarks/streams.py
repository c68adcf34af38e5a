"""What streams cost.

    python -m benchmarks.streams [--streams 1000] [--kernels 200] [--quick]

Decoding: megabytes of server-sent events per CPU second, beside httpx-sse in the same run, interleaved; events of
0.1, 0.5, 2 and 20 KB in chunks of 64 KiB, and of 0.5 KB without spaces and with the id last. Idle streams: memory per
open status stream in one process, after the first snapshot. Watching: CPU time of a poller per frame of 2 KB that it
follows, beside a poll of the same kernels every second. The kernel that sends lives in another process.
"""

import asyncio
import gc
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

from httpx_sse._decoders import SSEDecoder, SSELineDecoder

from benchmarks._results import Row, Spread, arguments, tell
from znp_panel_sync import (
    AsyncKernel,
    AsyncStatusStream,
    KernelSettings,
    MemoryNodeStore,
    NodeControl,
    StatusPoller,
    StatusWatch,
)
from znp_panel_sync.polling import Node, NodeState
from znp_panel_sync.streams._sse import SseDecoder

ROOT = Path(__file__).parent.parent
ROUNDS = 5
CHUNK = 64 * 1024
SIZES = (100, 500, 2_000, 20_000)
KERNEL = """
import sys
from znp_panel_sync.testing import KernelSimulator
with KernelSimulator() as simulator:
    for number in range(10):
        simulator.add_node(f"edge-{number}", protocol="vless")
    print(simulator.url, flush=True)
    sys.stdin.read()
"""

Chunks = list[bytes]
Transport = Literal["sse", "websocket"]
TRANSPORTS: tuple[Transport, ...] = ("sse", "websocket")


# Decoding


def ours(chunks: Chunks) -> int:
    decoder = SseDecoder(1024 * 1024)
    return sum(len(decoder.feed(chunk)) for chunk in chunks)


def httpx_sse(chunks: Chunks) -> int:
    lines, events = SSELineDecoder(), SSEDecoder()
    return sum(events.decode(line) is not None for chunk in chunks for line in lines.decode(chunk.decode("utf-8")))


USUAL = b"event: status.full\nid: 12345\ndata: %b\n\n"
UNUSUAL = b"event:status.full\ndata:%b\nid:12345\n\n"


def chunks_of(size: int, megabytes: int, form: bytes = USUAL) -> Chunks:
    event = form % (b'{"a":1},' * (size // 8))
    stream = event * (megabytes * 1_000_000 // len(event))
    return [stream[at : at + CHUNK] for at in range(0, len(stream), CHUNK)]


def speed(decode: Callable[[Chunks], int], chunks: Chunks) -> float:
    began = time.process_time()
    decode(chunks)
    return sum(map(len, chunks)) / 1e6 / (time.process_time() - began)


def decoding(megabytes: int) -> Iterator[Row]:
    shapes = [(f"{size} bytes an event", chunks_of(size, megabytes)) for size in SIZES]
    shapes.append(("500 bytes an event, no spaces", chunks_of(500, megabytes, UNUSUAL)))
    for shape, chunks in shapes:
        rounds = [(speed(ours, chunks), speed(httpx_sse, chunks)) for _ in range(ROUNDS)]
        mine, theirs = map(Spread.of, zip(*rounds, strict=True))
        yield Row(f"decoding, {shape}", "MB/s", mine, {"httpx-sse": theirs}, "at least 100")


# Idle streams


def resident_bytes() -> int:
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize()


async def opened(url: str, transport: Transport, count: int) -> list[tuple[AsyncKernel, AsyncStatusStream]]:
    kernels = [AsyncKernel(NodeControl(url, timeout=30)) for _ in range(count)]
    streams = [AsyncStatusStream(each, interval=60, include="nodes", transport=transport) for each in kernels]
    for at in range(0, count, 50):
        await asyncio.gather(*map(anext, streams[at : at + 50]))
    return list(zip(kernels, streams, strict=True))


async def idle(url: str, transport: Transport, count: int) -> float:
    """Return the KiB of each of so many streams, in a process that does nothing else."""
    first = await opened(url, transport, 10)
    began = resident_bytes()
    rest = await opened(url, transport, count)
    each = (resident_bytes() - began) / count / 1024
    for kernel, stream in (*first, *rest):
        await stream.aclose()
        await kernel.aclose()
    return each


# Watching


def has_begun(state: NodeState, watch: StatusWatch | None) -> bool:
    return state.polled_at is not None and state.watched is (watch is not None)


async def watching(url: str, way: str, count: int, seconds: float) -> float:
    """Return the microseconds of CPU for each frame that is followed, or for each poll."""
    watch = None if way == "polls" else StatusWatch(transport="websocket" if way == "websocket" else "sse")
    store = MemoryNodeStore()
    async with StatusPoller(store, settings=KernelSettings(1.0 if watch is None else 60.0), watch=watch) as poller:
        await poller.refresh()
        for number in range(count):
            store.put(Node(number, NodeControl(url, token=f"t{number}", timeout=30)))
        await poller.refresh()
        while not all(has_begun(state, watch) for state in poller.states().values()):  # noqa: ASYNC110 - who asks is told
            await asyncio.sleep(0.1)
        began, cpu = time.monotonic(), time.process_time()
        await asyncio.sleep(seconds)
        return (time.process_time() - cpu) / (time.monotonic() - began) / count * 1e6


# All of it


MEASURES: dict[str, Callable[..., Any]] = {"idle": idle, "watching": watching}


def elsewhere(measure: str, *given: object) -> float:
    """Measure in a process that does nothing else."""
    command = (sys.executable, "-m", "benchmarks.streams", "--measure", measure, *map(str, given))
    return float(subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout)


@contextmanager
def kernel() -> Iterator[str]:
    command = (sys.executable, "-c", KERNEL)
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield process.stdout.readline().strip()
        process.communicate("")


def measured(url: str, streams: int, kernels: int, seconds: float) -> Iterator[Row]:
    for transport in TRANSPORTS:
        each = Spread.once(elsewhere("idle", url, transport, streams))
        yield Row(f"{streams} idle streams over {transport}", "KiB each", each, aim="below 60")
    poll = Spread.once(elsewhere("watching", url, "polls", kernels, seconds))
    for transport in TRANSPORTS:
        frame = Spread.once(elsewhere("watching", url, transport, kernels, seconds))
        yield Row(f"watching {kernels} kernels over {transport}", "µs CPU a frame", frame, {"a poll": poll})


def main() -> None:
    parser = arguments(__doc__)
    parser.add_argument("--streams", type=int, default=1000)
    parser.add_argument("--kernels", type=int, default=200)
    parser.add_argument("--measure", nargs="+", help="for this program's own use")
    given, _ = parser.parse_known_args()
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(hard, 8192)), hard))
    if given.measure:
        name, url, way, count, *seconds = given.measure
        print(asyncio.run(MEASURES[name](url, way, int(count), *map(float, seconds))))
        return
    rows = list(decoding(2 if given.quick else 20))
    with kernel() as url:
        streams, kernels = (50, 20) if given.quick else (given.streams, given.kernels)
        rows += measured(url, streams, kernels, 3.0 if given.quick else 10.0)
    tell("streams", rows, given.json)


if __name__ == "__main__":
    main()

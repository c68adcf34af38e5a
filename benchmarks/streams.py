"""What streams cost: ``python -m benchmarks.streams [--streams 1000] [--quick]``.

Decoding: megabytes of server-sent events per CPU second, beside httpx-sse in the same run, interleaved; events of 0.1,
0.5, 2 and 20 KB in chunks of 64 KiB. Idle streams: memory per open status stream in one process, after the first
snapshot; the kernel that sends lives in another process. `--quick` takes 100 streams.
"""

import argparse
import asyncio
import gc
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Literal

from httpx_sse._decoders import SSEDecoder, SSELineDecoder

from znp_panel_sync.control import NodeControl
from znp_panel_sync.kernel import AsyncKernel
from znp_panel_sync.streams import AsyncStatusStream
from znp_panel_sync.streams._sse import SseDecoder

ROOT = Path(__file__).parent.parent
MEGABYTES = 20
ROUNDS = 5
CHUNK = 64 * 1024
KERNEL = """
import sys
from znp_panel_sync.testing import KernelSimulator
with KernelSimulator() as simulator:
    print(simulator.url, flush=True)
    sys.stdin.read()
"""

Chunks = list[bytes]
Transport = Literal["sse", "websocket"]


def ours(chunks: Chunks) -> int:
    decoder = SseDecoder(1024 * 1024)
    return sum(len(decoder.feed(chunk)) for chunk in chunks)


def httpx_sse(chunks: Chunks) -> int:
    lines, events = SSELineDecoder(), SSEDecoder()
    return sum(events.decode(line) is not None for chunk in chunks for line in lines.decode(chunk.decode("utf-8")))


def chunks_of(size: int) -> Chunks:
    event = b"event: status.full\nid: 12345\ndata: " + b'{"a":1},' * (size // 8) + b"\n\n"
    stream = event * (MEGABYTES * 1_000_000 // len(event))
    return [stream[at : at + CHUNK] for at in range(0, len(stream), CHUNK)]


def speed(decode: Callable[[Chunks], int], chunks: Chunks) -> float:
    began = time.process_time()
    decode(chunks)
    return sum(map(len, chunks)) / 1e6 / (time.process_time() - began)


def decoding() -> None:
    for size in (100, 500, 2_000, 20_000):
        chunks = chunks_of(size)
        rounds = [(speed(ours, chunks), speed(httpx_sse, chunks)) for _ in range(ROUNDS)]
        mine, theirs = (sorted(column)[ROUNDS // 2] for column in zip(*rounds, strict=True))
        print(f"decoding, {size:>6} bytes an event: {mine:6.0f} MB/s, httpx-sse {theirs:6.0f} MB/s")


def resident_bytes() -> int:
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize()


async def opened(url: str, transport: Transport, count: int) -> tuple[list[AsyncKernel], list[AsyncStatusStream]]:
    kernels = [AsyncKernel(NodeControl(url, timeout=30)) for _ in range(count)]
    streams = [AsyncStatusStream(each, interval=60, include="nodes", transport=transport) for each in kernels]
    for at in range(0, count, 50):
        await asyncio.gather(*map(anext, streams[at : at + 50]))
    return kernels, streams


async def idle(url: str, transport: Transport, count: int) -> None:
    """Measure in this process, which does nothing else."""
    first = await opened(url, transport, 10)
    began = resident_bytes()
    rest = await opened(url, transport, count)
    print(f"{count} idle streams over {transport}: {(resident_bytes() - began) / count / 1024:.1f} KiB each")
    for kernels, streams in (first, rest):
        await asyncio.gather(*(stream.aclose() for stream in streams))
        await asyncio.gather(*(kernel.aclose() for kernel in kernels))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--streams", type=int, default=1000)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--idle", nargs=2, metavar=("TRANSPORT", "URL"), help=argparse.SUPPRESS)
    given, _ = parser.parse_known_args()
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(hard, 8192)), hard))
    count = 100 if given.quick else given.streams
    if given.idle:
        transport, url = given.idle
        asyncio.run(idle(url, transport, count))
        return
    decoding()
    command = (sys.executable, "-c", KERNEL)
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as kernel:
        assert kernel.stdout is not None
        url = kernel.stdout.readline().strip()
        for transport in ("sse", "websocket"):
            measuring = (sys.executable, "-m", "benchmarks.streams", "--streams", str(count), "--idle", transport, url)
            subprocess.run(measuring, cwd=ROOT, check=True)
        kernel.communicate("")


if __name__ == "__main__":
    main()

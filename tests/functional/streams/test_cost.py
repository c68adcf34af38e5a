"""What a thousand streams may cost, measured on a few dozen."""

import asyncio
import gc
import subprocess
import sys
import tracemalloc
from collections.abc import Iterator
from typing import Any

import pytest

from tests.functional.streams.support import TRANSPORTS
from znp_panel_sync.control import NodeControl
from znp_panel_sync.kernel import AsyncKernel
from znp_panel_sync.streams import AsyncStatusStream

STREAMS = 40
KERNEL = """
import sys
from znp_panel_sync.testing import KernelSimulator
with KernelSimulator() as simulator:
    print(simulator.url, flush=True)
    sys.stdin.read()
"""


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """A kernel in a process of its own, whose memory is not measured."""
    command = (sys.executable, "-c", KERNEL)
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as kernel:
        assert kernel.stdout is not None
        yield kernel.stdout.readline().strip()
        kernel.communicate("")


@pytest.mark.parametrize("transport", TRANSPORTS)
async def test_an_idle_stream_takes_less_than_60_kib(url: str, transport: Any) -> None:
    warmed_up = await opened(url, transport, 3)
    gc.collect()
    tracemalloc.start(1)
    try:
        streams = await opened(url, transport, STREAMS)
        gc.collect()
        each = tracemalloc.get_traced_memory()[0] / STREAMS
    finally:
        tracemalloc.stop()
    for kernel, stream in (*warmed_up, *streams):
        await stream.aclose()
        await kernel.aclose()
    assert each < 60 * 1024


async def opened(url: str, transport: Any, count: int) -> list[tuple[AsyncKernel, AsyncStatusStream]]:
    kernels = [AsyncKernel(NodeControl(url, timeout=30)) for _ in range(count)]
    streams = [AsyncStatusStream(each, interval=60, include="nodes", transport=transport) for each in kernels]
    await asyncio.gather(*map(anext, streams))
    return list(zip(kernels, streams, strict=True))

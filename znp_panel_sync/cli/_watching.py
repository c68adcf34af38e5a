"""A kernel's snapshots, one after the other: from a stream, or by asking again and again."""

import time
from collections.abc import Callable, Iterator
from typing import Final, Literal

from znp_kernel_client.models import RuntimeStatusSnapshot
from znp_panel_sync.errors import KernelError
from znp_panel_sync.kernel import Kernel
from znp_panel_sync.streams import Gap, StatusStream, StatusUpdate, StreamNotOfferedError
from znp_panel_sync.streams._parameters import LONGEST_INTERVAL, SHORTEST_INTERVAL, Transport

Source = Literal["auto", "sse", "websocket", "poll"]
SOURCES: Final = ("auto", "sse", "websocket", "poll")

Item = RuntimeStatusSnapshot | str
"""A snapshot, or in words why there is none."""

PARTS: Final = "nodes"


def watch(
    kernel: Kernel, source: Source, interval: float, pause: Callable[[float], object] = time.sleep
) -> Iterator[Item]:
    """Give snapshots without end; `auto` asks again and again where the kernel offers no stream.

    Raises what the first snapshot raises, and later what no repetition helps.
    """
    yield kernel.status.get_status(include=PARTS).snapshot
    if source != "poll":
        yield from _streamed(kernel, source, interval)
    while True:
        pause(interval)
        yield _asked(kernel)


def _streamed(kernel: Kernel, source: Source, interval: float) -> Iterator[Item]:
    """Give the snapshots of a stream; end where `auto` finds none."""
    seconds = min(max(round(interval), SHORTEST_INTERVAL), LONGEST_INTERVAL)
    transport: Transport = "websocket" if source == "websocket" else "sse"
    try:
        with StatusStream(
            kernel, interval=seconds, mode="diff", include=PARTS, transport=transport, newest_only=True
        ) as stream:
            for item in stream:
                if isinstance(item, StatusUpdate):
                    yield item.snapshot
                elif isinstance(item, Gap):
                    yield f"interrupted for {(item.until - item.since).total_seconds():.0f} s: {item.reason}"
    except StreamNotOfferedError as error:
        if source != "auto":
            raise
        yield f"{error}: asking every {interval:g} s instead"


def _asked(kernel: Kernel) -> Item:
    try:
        return kernel.status.get_status(include=PARTS).snapshot
    except KernelError as error:
        if not error.retryable:
            raise
        return str(error)

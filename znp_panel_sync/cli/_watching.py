"""A kernel's snapshots, one after the other: from a stream, or by asking again and again."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from queue import Empty, SimpleQueue
from typing import Final, Literal

from znp_kernel_client.models import RuntimeStatusSnapshot
from znp_panel_sync.errors import KernelError
from znp_panel_sync.kernel import Kernel
from znp_panel_sync.streams import Gap, StatusItem, StatusStream, StatusUpdate, StreamNotOfferedError
from znp_panel_sync.streams._parameters import LONGEST_INTERVAL, SHORTEST_INTERVAL, Transport

Source = Literal["auto", "sse", "websocket", "poll"]
SOURCES: Final = ("auto", "sse", "websocket", "poll")

Item = RuntimeStatusSnapshot | str
"""A snapshot, or in words why there is none."""

PARTS: Final = "nodes"

SILENT_INTERVALS: Final = 2
"""So many intervals without a frame, and the kernel is asked whether it is there."""

_JOIN_SECONDS: Final = 5.0
"""For the end of a thread whose stream is closed."""


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
    """Give the snapshots of a stream, and ask where it has been silent; end where `auto` finds none."""
    seconds = min(max(round(interval), SHORTEST_INTERVAL), LONGEST_INTERVAL)
    transport: Transport = "websocket" if source == "websocket" else "sse"
    stream = StatusStream(kernel, interval=seconds, mode="diff", include=PARTS, transport=transport, newest_only=True)
    with _read(stream) as arrived:
        try:
            while True:
                yield from _next(arrived, kernel, SILENT_INTERVALS * seconds)
        except StreamNotOfferedError as error:
            if source != "auto":
                raise
            yield f"{error}: asking every {interval:g} s instead"


@contextmanager
def _read(stream: StatusStream) -> "Iterator[SimpleQueue[StatusItem | KernelError]]":
    """Read a stream in a thread, as nobody can wait for its next item with a limit of time; errors are items too."""
    arrived: SimpleQueue[StatusItem | KernelError] = SimpleQueue()

    def read() -> None:
        try:
            for item in stream:
                arrived.put(item)
        except KernelError as error:
            arrived.put(error)

    reader = threading.Thread(target=read, name="status-reader", daemon=True)
    reader.start()
    try:
        yield arrived
    finally:
        stream.close()
        reader.join(_JOIN_SECONDS)


def _next(arrived: "SimpleQueue[StatusItem | KernelError]", kernel: Kernel, patience: float) -> Iterator[Item]:
    try:
        item = arrived.get(timeout=patience)
    except Empty:
        yield _asked(kernel)
        return
    if isinstance(item, KernelError):
        raise item
    if isinstance(item, StatusUpdate):
        yield item.snapshot
    elif isinstance(item, Gap):
        yield f"interrupted for {(item.until - item.since).total_seconds():.0f} s: {item.reason}"


def _asked(kernel: Kernel) -> Item:
    try:
        return kernel.status.get_status(include=PARTS).snapshot
    except KernelError as error:
        if not error.retryable:
            raise
        return str(error)

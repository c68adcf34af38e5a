"""Streams against simulated kernels, without waiting for the delays between connections."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from typing import Any, TypeVar

from attrs import define, field

from znp_panel_sync.control import NodeControl
from znp_panel_sync.kernel import AsyncKernel, Timing
from znp_panel_sync.streams import AsyncEventStream, AsyncStatusStream
from znp_panel_sync.testing import KernelSimulator

TRANSPORTS = ("sse", "websocket")

S = TypeVar("S", AsyncStatusStream, AsyncEventStream)


@define
class Delays:
    """Writes down the delays instead of waiting for them."""

    seconds: list[float] = field(factory=list)
    now: float = 0.0

    @property
    def timing(self) -> Timing:
        return Timing(monotonic=lambda: self.now, async_sleep=self._sleep, random=lambda: 0.0)

    async def _sleep(self, seconds: float) -> None:
        self.seconds.append(seconds)
        await asyncio.sleep(0.001)


@asynccontextmanager
async def following(kind: type[S], where: KernelSimulator | NodeControl, **options: Any) -> AsyncIterator[S]:
    """A stream, closed together with its kernel at the end."""
    control = where if isinstance(where, NodeControl) else where.control()
    options.setdefault("timing", Delays().timing)
    async with AsyncKernel(control) as kernel, kind(kernel, **options) as stream:
        yield stream


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not condition():  # noqa: ASYNC110 - what is waited for happens in another thread
            await asyncio.sleep(0.005)


def simulators() -> Iterator[KernelSimulator]:
    with KernelSimulator(access_key="ak", secret_key="sk") as simulator:
        simulator.add_node("edge-1")
        yield simulator

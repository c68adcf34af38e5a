"""One action's dealings with kernels."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from contextlib import AsyncExitStack
from types import TracebackType
from typing import Any, Self, TypeVar

from znp_panel_sync.control import NodeControl
from znp_panel_sync.kernel import AsyncKernel

T = TypeVar("T")

OpenKernel = Callable[[NodeControl], AsyncKernel]


class Visit:
    """Opens each kernel once, asks at most `concurrency` of them at a time, and closes all at the end.

    Nodes that share a control share its kernel, and what was asked `once`.
    """

    def __init__(self, open_kernel: OpenKernel, concurrency: int) -> None:
        self._open_kernel = open_kernel
        self._places = asyncio.Semaphore(concurrency)
        self._kernels: dict[NodeControl, AsyncKernel] = {}
        self._asked: dict[Hashable, asyncio.Task[Any]] = {}
        self._exits = AsyncExitStack()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: object, trace: TracebackType | None) -> None:
        for task in self._asked.values():
            task.cancel()
        await asyncio.gather(*self._asked.values(), return_exceptions=True)
        await self._exits.aclose()

    async def ask(self, control: NodeControl, call: Callable[[AsyncKernel], Awaitable[T]]) -> T:
        """Call a kernel as soon as there is a place."""
        async with self._places:
            return await call(self._kernel(control))

    async def ask_once(self, what: str, control: NodeControl, call: Callable[[AsyncKernel], Awaitable[T]]) -> T:
        """Call a kernel the first time, and share the outcome with everybody who asks the same of it."""
        key = (what, control)
        if key not in self._asked:
            self._asked[key] = asyncio.get_running_loop().create_task(self.ask(control, call))
        outcome: T = await asyncio.shield(self._asked[key])
        return outcome

    def _kernel(self, control: NodeControl) -> AsyncKernel:
        if control not in self._kernels:
            kernel = self._kernels[control] = self._open_kernel(control)
            self._exits.push_async_callback(kernel.aclose)
        return self._kernels[control]

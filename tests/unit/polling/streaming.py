"""Kernels that stream their status, in virtual time alone."""

import asyncio
import json
from collections import Counter, defaultdict
from collections.abc import AsyncGenerator
from typing import Any
from urllib.parse import urlsplit

from tests.unit.polling.support import VirtualChannel, VirtualKernels
from znp_panel_sync.control import NodeControl
from znp_panel_sync.polling._channel import Done

NEVER = 1e9


class StreamingKernels(VirtualKernels):
    """Virtual kernels that stream as well, until told otherwise; also the `Watch` that follows them."""

    def __init__(self, interval: float = 1.0) -> None:
        super().__init__()
        self.interval = interval
        self.connect_seconds = 0.01
        self.pause_seconds = 1.0
        self.close_seconds = 0.0
        self.life: dict[str, float] = defaultdict(lambda: NEVER)
        """How long each stream lasts."""
        self.refusals: dict[str, Exception] = {}
        self.silent: set[str] = set()
        self.health: dict[str, Any] = defaultdict(lambda: "Healthy")
        self.garbage: dict[str, str] = {}
        self.opened: dict[str, list[float]] = defaultdict(list)
        self.open: Counter[str] = Counter()
        self.connecting = 0
        self.most_connecting = 0
        self.polls_beside_streams = 0
        self._cuts: dict[str, asyncio.Event] = defaultdict(asyncio.Event)

    def channel(self, control: NodeControl, _: object = None) -> "StreamingChannel":
        return StreamingChannel(self, control)

    def follower(self, control: NodeControl) -> "VirtualFollower":
        return VirtualFollower(self, urlsplit(control.base_url).hostname or "")

    def cut(self, *hosts: str) -> None:
        """End the streams of these kernels."""
        for name in hosts:
            self._cuts.pop(name, asyncio.Event()).set()

    async def stream(self, name: str) -> AsyncGenerator[str, None]:
        loop = asyncio.get_running_loop()
        ends, cut = loop.time() + self.life[name], self._cuts[name]
        while loop.time() < ends and not cut.is_set():
            if name not in self.silent:
                yield self.garbage.get(name) or self._document(name)
            try:
                async with asyncio.timeout(min(self.interval, ends - loop.time())):
                    await cut.wait()
            except TimeoutError:
                continue

    def _document(self, name: str) -> str:
        health = {"status": self.health[name], "last_failure_elapsed_ms": len(self.polls)}
        return json.dumps({"snapshot": {"nodes": [{"id": name, "protocol": "vless", "health": health}]}})


class StreamingChannel(VirtualChannel):
    """A channel that notices polls of a kernel whose stream is open, or about to be."""

    _kernels: StreamingKernels

    def poll(self, done: Done) -> None:
        self._kernels.polls_beside_streams += self._kernels.open[self._host]
        super().poll(done)


class VirtualFollower:
    """Follows one virtual kernel."""

    def __init__(self, kernels: StreamingKernels, name: str) -> None:
        self._kernels = kernels
        self._name = name

    async def documents(self) -> AsyncGenerator[str, None]:
        kernels, name = self._kernels, self._name
        kernels.opened[name].append(asyncio.get_running_loop().time())
        kernels.open[name] += 1
        try:
            await self._connect()
            if name in kernels.refusals:
                raise kernels.refusals[name]
            async for document in kernels.stream(name):
                yield document
        finally:
            try:
                await asyncio.sleep(kernels.close_seconds)
            finally:
                kernels.open[name] -= 1

    async def _connect(self) -> None:
        kernels = self._kernels
        kernels.connecting += 1
        kernels.most_connecting = max(kernels.most_connecting, kernels.connecting)
        try:
            await asyncio.sleep(kernels.connect_seconds)
        finally:
            kernels.connecting -= 1

    def pause(self) -> float:
        return self._kernels.pause_seconds

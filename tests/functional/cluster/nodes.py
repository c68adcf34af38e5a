"""A thousand kernels in one thread: each path is a node, and who asked for it when is written down.

A node is `http://127.0.0.1:PORT/<panel>/<number>`; who polls it is told apart by the access key.
"""

from __future__ import annotations

import asyncio
import base64
import re
import resource
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import attrs

from tests.functional.cluster.timeline import Poll

_BODY = b'{"snapshot":{"generated_at":"2024-01-01T00:00:00Z","nodes":[]}}'
_UP = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s" % (len(_BODY), _BODY)
_DOWN = b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n"
_PATH = re.compile(rb"GET /([^/]+)/(\d+)/")
_BASIC = re.compile(rb"\r\nauthorization: basic ([^\r]+)\r", re.IGNORECASE)


@attrs.define
class Panel:
    """The nodes of one panel: what was asked of them so far, and which are down now."""

    url: str
    polls: list[Poll] = attrs.field(factory=list)
    down: set[int] = attrs.field(factory=set)

    def endpoint(self, node: int) -> str:
        """Where a node is controlled."""
        return f"{self.url}/{node}"


class _Connection(asyncio.Protocol):
    """One connection of one poller to one node: its requests are all the same."""

    def __init__(self, panels: dict[bytes, Panel]) -> None:
        self._panels = panels
        self._request = b""

    def connection_made(self, transport: Any) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        if data != self._request:
            self._read(data)
        panel = self._panel
        up = self._node not in panel.down
        panel.polls.append(Poll(time.monotonic(), self._node, self._by, up))
        self._transport.write(_UP if up else _DOWN)

    def _read(self, data: bytes) -> None:
        path, credentials = _PATH.match(data), _BASIC.search(data)
        if path is None or credentials is None or not data.endswith(b"\r\n\r\n"):
            raise ValueError(f"not a whole request of a poller: {data!r}")
        self._request = data
        self._panel, self._node = self._panels[path[1]], int(path[2])
        self._by = base64.b64decode(credentials[1]).decode().partition(":")[0]


class SimulatedNodes:
    """The server of all panels' nodes."""

    def __init__(self) -> None:
        self._panels: dict[bytes, Panel] = {}
        self._loop = asyncio.new_event_loop()
        self._port = 0
        self._ready = threading.Event()
        self._stopping = asyncio.Event()
        self._thread = threading.Thread(target=self._run, name="simulated-nodes")

    def start(self) -> None:
        """Serve."""
        self._thread.start()
        if not self._ready.wait(30):
            raise TimeoutError("the simulated nodes did not start")

    def stop(self) -> None:
        """End the server, its connections and its thread."""
        self._loop.call_soon_threadsafe(self._stopping.set)
        self._thread.join(30)
        self._loop.close()

    def panel(self, name: str) -> Panel:
        """Return the nodes of a panel of this name, which is a new one."""
        panel = self._panels[name.encode()] = Panel(f"http://127.0.0.1:{self._port}/{name}")
        return panel

    def _run(self) -> None:
        self._loop.run_until_complete(self._serve())

    async def _serve(self) -> None:
        connections: set[asyncio.BaseTransport] = set()

        class Connection(_Connection):
            def connection_made(self, transport: asyncio.BaseTransport) -> None:
                super().connection_made(transport)
                connections.add(transport)

            def connection_lost(self, exc: Exception | None) -> None:
                connections.discard(self._transport)

        server = await self._loop.create_server(lambda: Connection(self._panels), "127.0.0.1", 0, backlog=1000)
        self._port = server.sockets[0].getsockname()[1]
        self._ready.set()
        await self._stopping.wait()
        server.close()
        for transport in list(connections):
            transport.close()
        while connections:  # noqa: ASYNC110 - the loop's turns are what is waited for
            await asyncio.sleep(0)


@contextmanager
def simulated_nodes(connections: int) -> Iterator[SimulatedNodes]:
    """Serve simulated nodes to so many connections at a time."""
    with _descriptors(connections + 256):
        nodes = SimulatedNodes()
        nodes.start()
        try:
            yield nodes
        finally:
            nodes.stop()


@contextmanager
def _descriptors(wanted: int) -> Iterator[None]:
    """Let this process open so many files and sockets, as far as it may."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, most), hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))

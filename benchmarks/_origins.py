"""Kernels to measure against: a process with as many loopback origins as wanted, each with a 2 KB status answer."""

import asyncio
import contextlib
import json
import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module
from typing import Any

_HEALTHY = {"status": "Healthy", "consecutive_failures": 0, "last_failure_elapsed_ms": None}
_DEGRADED = {"status": {"Degraded": {"consecutive_failures": 2}}, "consecutive_failures": 2}


def status_document(nodes: int = 8) -> bytes:
    """Return a status answer as a kernel gives it; eight nodes make 2 KB."""
    listed = [
        {
            "id": f"edge-{number}",
            "role": "listener",
            "protocol": "vless",
            "tags": ["hk", "premium"],
            "description": f"entry node number {number}",
            "health": _DEGRADED if number % 4 == 3 else _HEALTHY,
            "interfaces": {"default_label": "wan", "bindings": [{"label": "wan", "device": "eth0", "mtu": 1500}]},
        }
        for number in range(nodes)
    ]
    return json.dumps({"snapshot": {"generated_at": "2024-01-01T00:00:00Z", "nodes": listed}}).encode()


_BODY = status_document()
_ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s" % (len(_BODY), _BODY)


class _Kernel(asyncio.Protocol):
    """Answers every request with the same bytes."""

    def connection_made(self, transport: Any) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._transport.write(_ANSWER * data.count(b"\r\n\r\n"))


async def _serve(protocol: type[asyncio.Protocol], count: int) -> None:
    loop = asyncio.get_running_loop()
    servers = [await loop.create_server(protocol, "127.0.0.1", 0, backlog=16) for _ in range(count)]
    print(json.dumps([server.sockets[0].getsockname()[1] for server in servers]), flush=True)
    await asyncio.Event().wait()


@contextlib.contextmanager
def origins(count: int, *, hung: bool = False) -> Iterator[list[int]]:
    """Run a process with so many origins; yields their ports. Hung ones accept connections and never answer."""
    command = [sys.executable, "-m", "benchmarks._origins", str(count), "hung" if hung else "live"]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        try:
            yield json.loads(process.stdout.readline())
        finally:
            process.kill()


if __name__ == "__main__":
    with contextlib.suppress(ImportError):
        asyncio.set_event_loop_policy(import_module("uvloop").EventLoopPolicy())
    asyncio.run(_serve(asyncio.Protocol if sys.argv[2] == "hung" else _Kernel, int(sys.argv[1])))

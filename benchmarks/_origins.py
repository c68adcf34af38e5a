"""Kernels to measure against: a process with as many loopback origins as wanted, each with the same status answer."""

import asyncio
import contextlib
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import partial
from importlib import import_module
from typing import Any

from benchmarks._documents import status_document

_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"


class _Kernel(asyncio.Protocol):
    """Answers every request with the same bytes."""

    def __init__(self, answer: bytes) -> None:
        self._answer = answer

    def connection_made(self, transport: Any) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._transport.write(self._answer * data.count(b"\r\n\r\n"))


async def _serve(protocol: Callable[[], asyncio.Protocol], count: int) -> None:
    loop = asyncio.get_running_loop()
    servers = [await loop.create_server(protocol, "127.0.0.1", 0, backlog=16) for _ in range(count)]
    print(json.dumps([server.sockets[0].getsockname()[1] for server in servers]), flush=True)
    await asyncio.Event().wait()


@contextlib.contextmanager
def origins(count: int, *, hung: bool = False, answer: bytes | None = None) -> Iterator[list[int]]:
    """Run a process with so many origins; yields their ports. Hung ones accept connections and never answer.

    `answer` is the status document that they give (None: one of 2 KB).
    """
    command = [sys.executable, "-m", "benchmarks._origins", str(count), "hung" if hung else "live"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            process.stdin.write(status_document() if answer is None else answer)
            process.stdin.close()
            yield json.loads(process.stdout.readline())
        finally:
            process.kill()


if __name__ == "__main__":
    with contextlib.suppress(ImportError):
        asyncio.set_event_loop_policy(import_module("uvloop").EventLoopPolicy())
    body = sys.stdin.buffer.read()
    live = partial(_Kernel, _HEAD % len(body) + body)
    asyncio.run(_serve(asyncio.Protocol if sys.argv[2] == "hung" else live, int(sys.argv[1])))

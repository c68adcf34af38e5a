"""Ways to poll many kernels from Python, each run in a process of its own.

usage: python -m benchmarks.peers.clients NAME paced|flat POLLS INTERVAL_SECONDS < ports.json
"""

import asyncio
import json
import resource
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from importlib import import_module
from typing import Any

WORKERS = 32
PATH = "/v1/status?include=nodes"

Poll = Callable[[int], Awaitable[int]]
"""Polls the kernel at a port; returns how many nodes its answer has."""


@asynccontextmanager
async def httpx_shared(_: list[int], limits: Any = None) -> AsyncIterator[Poll]:
    """One client for all kernels, with the limits that it has by default."""
    httpx = import_module("httpx")
    async with httpx.AsyncClient(**({} if limits is None else {"limits": limits})) as client:

        async def poll(port: int) -> int:
            answer = await client.get(f"http://127.0.0.1:{port}{PATH}")
            return len(json.loads(answer.content)["snapshot"]["nodes"])

        yield poll


@asynccontextmanager
async def httpx_unlimited(ports: list[int]) -> AsyncIterator[Poll]:
    """One client for all kernels, its limits off, so that connections are kept."""
    httpx = import_module("httpx")
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=None, keepalive_expiry=None)
    async with httpx_shared(ports, limits) as poll:
        yield poll


@asynccontextmanager
async def httpx_each(ports: list[int]) -> AsyncIterator[Poll]:
    """A client for each kernel, with one TLS context for all."""
    httpx, ssl = import_module("httpx"), import_module("ssl")
    context = ssl.create_default_context()
    limits = httpx.Limits(keepalive_expiry=None)
    async with AsyncExitStack() as stack:
        clients = {
            port: await stack.enter_async_context(
                httpx.AsyncClient(verify=context, trust_env=False, limits=limits, base_url=f"http://127.0.0.1:{port}")
            )
            for port in ports
        }

        async def poll(port: int) -> int:
            answer = await clients[port].get(PATH)
            return len(json.loads(answer.content)["snapshot"]["nodes"])

        yield poll


@asynccontextmanager
async def stock_generated(ports: list[int]) -> AsyncIterator[Poll]:
    """The client that openapi-python-client makes of the contract, over one httpx client for each kernel."""
    sys.path.insert(0, sys.argv[5])
    client_type = import_module("stock.client").Client
    get_status = import_module("stock.api.status.get_status").asyncio
    context = import_module("ssl").create_default_context()
    limits = import_module("httpx").Limits(keepalive_expiry=None)
    async with AsyncExitStack() as stack:
        clients = {
            port: await stack.enter_async_context(
                client_type(
                    base_url=f"http://127.0.0.1:{port}",
                    verify_ssl=context,
                    httpx_args={"trust_env": False, "limits": limits},
                )
            )
            for port in ports
        }

        async def poll(port: int) -> int:
            status = await get_status(client=clients[port], include="nodes")
            return len(status.snapshot.nodes)

        yield poll


@asynccontextmanager
async def aiohttp_session(_: list[int]) -> AsyncIterator[Poll]:
    """One aiohttp session for all kernels, answers decoded by msgspec."""
    aiohttp, msgspec = import_module("aiohttp"), import_module("msgspec")
    connector = aiohttp.TCPConnector(limit=0, keepalive_timeout=90)
    jar = aiohttp.DummyCookieJar()
    async with aiohttp.ClientSession(connector=connector, cookie_jar=jar) as session:

        async def poll(port: int) -> int:
            async with session.get(f"http://127.0.0.1:{port}{PATH}") as answer:
                return len(msgspec.json.decode(await answer.read())["snapshot"]["nodes"])

        yield poll


PEERS: dict[str, Callable[[list[int]], AbstractAsyncContextManager[Poll]]] = {
    "httpx, one client": httpx_shared,
    "httpx, one client without limits": httpx_unlimited,
    "httpx, a client for each kernel": httpx_each,
    "stock generated client": stock_generated,
    "aiohttp and msgspec": aiohttp_session,
}


class Tally:
    """What was done, and what it cost."""

    def __init__(self) -> None:
        self.polls = self.failures = 0
        self._used = cpu_seconds()
        self._begun = time.monotonic()

    def report(self) -> str:
        spent = {"cpu": cpu_seconds() - self._used, "wall": time.monotonic() - self._begun}
        return json.dumps({"polls": self.polls, "failures": self.failures, **spent})


def cpu_seconds() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


async def _count(poll: Poll, port: int, tally: Tally) -> None:
    try:
        found = await poll(port)
    except Exception:
        found = 0
    tally.polls += bool(found)
    tally.failures += not found


async def _paced(poll: Poll, ports: list[int], total: int, interval: float, tally: Tally) -> None:
    """Poll each kernel at its own phase, a task and a timer each."""
    loop = asyncio.get_running_loop()
    begun = loop.time()

    async def keep_polling(index: int, port: int) -> None:
        for number in range(total // len(ports)):
            due = begun + interval * (number + index / len(ports))
            await asyncio.sleep(due - loop.time())
            await _count(poll, port, tally)

    async with asyncio.TaskGroup() as group:
        for index, port in enumerate(ports):
            group.create_task(keep_polling(index, port))


async def _flat(poll: Poll, ports: list[int], total: int, tally: Tally) -> None:
    """Poll as fast as 32 workers can, 15 seconds at most."""
    turns = iter(range(total))
    deadline = time.monotonic() + 15

    async def work() -> None:
        for turn in turns:
            if time.monotonic() > deadline:
                return
            await _count(poll, ports[turn % len(ports)], tally)

    async with asyncio.TaskGroup() as group:
        for _ in range(WORKERS):
            group.create_task(work())


async def main() -> None:
    name, mode, total, interval = sys.argv[1], sys.argv[2], int(sys.argv[3]), float(sys.argv[4])
    ports = json.loads(sys.stdin.readline())
    async with PEERS[name](ports) as poll:
        await _flat(poll, ports, len(ports), Tally())  # connections are made before the measurement
        tally = Tally()
        if mode == "paced":
            await _paced(poll, ports, total, interval, tally)
        else:
            await _flat(poll, ports, total, tally)
        print(tally.report())


if __name__ == "__main__":
    asyncio.run(main())

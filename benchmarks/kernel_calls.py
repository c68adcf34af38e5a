"""What one call costs, beside bare httpx against the same server: ``python -m benchmarks.kernel_calls [--quick]``.

* ``blocking`` and ``async``: a GET of 2 KB and of 200 KB of status, decoded into models, against ``httpx`` with
  ``json()``;
* ``threads``: 16 threads sharing one `Kernel`, against 16 with one of their own, and one `httpx.Client` shared;
* ``held``: 1,000 `AsyncKernel`s: time to create each, and memory of each with its open connection;
* ``first``: a new interpreter's first call, and the imports alone, against bare httpx, in CPU time. Libraries that
  httpx or we load only where they happen to be installed are hidden from both: click, with which httpx also loads
  rich and pygments for its command, and httptools.

Rounds of us and of the peer alternate, so that a busy machine slows both; figures are medians over the rounds.
Milliseconds are of the wall clock where nothing else is said.
"""

import asyncio
import gc
import os
import resource
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from functools import partial
from typing import Any

import httpx

from benchmarks._documents import status_document
from benchmarks._origins import origins
from benchmarks._results import Row, Spread, arguments, tell
from benchmarks._rounds import Spreads, alternate, timed
from znp_panel_sync import AsyncKernel, Kernel, NodeControl

THREADS = 16
PATH = "/v1/status?include=nodes"


def status_of(kernel: Kernel) -> object:
    return kernel.status.get_status(include="nodes")


def blocking(url: str, calls: int, rounds: int) -> Spreads:
    with httpx.Client(trust_env=False) as client, Kernel(NodeControl(url)) as kernel:
        return alternate(
            rounds,
            {
                "ours": lambda: timed(partial(status_of, kernel), calls),
                "httpx": lambda: timed(lambda: client.get(url + PATH).json(), calls),
            },
        )


def awaited(url: str, calls: int, rounds: int) -> Spreads:
    async def run(call: Callable[[], Any]) -> float:
        gc.collect()
        started = time.perf_counter()
        for _ in range(calls):
            await call()
        return (time.perf_counter() - started) / calls

    async def get_json(client: httpx.AsyncClient) -> Any:
        return (await client.get(url + PATH)).json()

    with asyncio.Runner() as runner:
        client, kernel = httpx.AsyncClient(trust_env=False), AsyncKernel(NodeControl(url))
        measured = alternate(
            rounds,
            {
                "ours": lambda: runner.run(run(lambda: kernel.status.get_status(include="nodes"))),
                "httpx": lambda: runner.run(run(lambda: get_json(client))),
            },
        )
        runner.run(client.aclose())
        runner.run(kernel.aclose())
        return measured


def threads(url: str, calls: int, rounds: int) -> Spreads:
    each = max(calls // THREADS, 1)
    with ExitStack() as stack:
        shared = stack.enter_context(Kernel(NodeControl(url)))
        own = [stack.enter_context(Kernel(NodeControl(url))) for _ in range(THREADS)]
        client = stack.enter_context(httpx.Client(trust_env=False))
        pool = stack.enter_context(ThreadPoolExecutor(THREADS))

        def run(works: list[Callable[[], Any]]) -> float:
            gc.collect()
            started = time.perf_counter()
            for done in [pool.submit(timed_calls, work) for work in works]:
                done.result()
            return (time.perf_counter() - started) / (each * THREADS)

        def timed_calls(work: Callable[[], Any]) -> None:
            for _ in range(each):
                work()

        return alternate(
            rounds,
            {
                "shared": lambda: run([partial(status_of, shared)] * THREADS),
                "own": lambda: run([partial(status_of, kernel) for kernel in own]),
                "httpx": lambda: run([lambda: client.get(url + PATH).json()] * THREADS),
            },
        )


def held(url: str, count: int) -> dict[str, float]:
    """Count what creating and holding so many kernels costs, each with one connection that has been used."""

    async def measure() -> dict[str, float]:
        control = NodeControl(url, access_key="access", secret_key="secret")
        async with AsyncKernel(control) as warm:
            await warm.status.get_status(include="nodes")
        started = time.perf_counter()
        kernels = [AsyncKernel(control) for _ in range(count)]
        creating = (time.perf_counter() - started) / count
        del kernels
        gc.collect()
        tracemalloc.start()
        before = tracemalloc.get_traced_memory()[0]
        kernels = [AsyncKernel(control) for _ in range(count)]
        idle = tracemalloc.get_traced_memory()[0] - before
        for kernel in kernels:
            await kernel.status.get_status(include="nodes")
        gc.collect()
        connected = tracemalloc.get_traced_memory()[0] - before
        tracemalloc.stop()
        for kernel in kernels:
            await kernel.aclose()
        return {
            "create_ms": creating * 1e3,
            "unused_kib": idle / count / 1024,
            "connected_kib": connected / count / 1024,
        }

    return asyncio.run(measure())


SCRIPTS: Mapping[str, str] = {
    "import znp_panel_sync": "import znp_panel_sync",
    "import znp_kernel_client": "import znp_kernel_client",
    "import httpx": "import httpx",
    "first call": (
        "from znp_panel_sync import Kernel, NodeControl\n"
        "with Kernel(NodeControl({url!r})) as kernel:\n    kernel.status.get_status(include='nodes')"
    ),
    "first call of httpx": (
        "import httpx\nwith httpx.Client(trust_env=False) as client:\n    client.get({url!r} + '/v1/status').json()"
    ),
}


HIDE = "import sys; sys.modules.update(click=None, httptools=None)\n"


def first(url: str, rounds: int) -> Spreads:
    """Count the CPU time of whole interpreters, from start to end, once their bytecode is on disk."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}

    def run(script: str) -> float:
        before = _spent_by_children()
        subprocess.run([sys.executable, "-c", HIDE + script.format(url=url)], check=True, env=environment)
        return _spent_by_children() - before

    return alternate(rounds, {name: partial(run, script) for name, script in SCRIPTS.items()})


def _spent_by_children() -> float:
    """Return the CPU seconds of all processes that were started here and have ended."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def compared(what: str, spreads: Spreads, ours: str, aim: str, *peers: str, unit: str = "ms") -> Row:
    return Row(what, unit, spreads[ours], {peer: spreads[peer] for peer in peers}, aim)


def measure(*, quick: bool) -> Iterator[Row]:
    """Run all of it; `quick` is small enough for CI and says nothing about speed."""
    rounds = 1 if quick else 7
    yield from answers_of("2 KB", status_document(), 20 if quick else 1000, rounds)
    yield from answers_of("200 KB", status_document(nodes=300, interfaces=7), 2 if quick else 50, rounds)
    calls, count = (20, 20) if quick else (1000, 1000)
    with origins(1) as (port,):
        url = f"http://127.0.0.1:{port}"
        shared = threads(url, calls, rounds)
        yield compared(f"one kernel in {THREADS} threads", shared, "shared", "at most 1 of own", "own", "httpx")
        begun, cpu = first(url, rounds), "ms of CPU"
        yield compared("a script with one call", begun, "first call", "at most 1.5", "first call of httpx", unit=cpu)
        for package in ("znp_panel_sync", "znp_kernel_client"):
            yield compared(f"import {package}", begun, f"import {package}", "at most 1.25", "import httpx", unit=cpu)
        kernels = held(url, count)
    yield Row(f"{count:,} kernels: making each", "ms", Spread.once(kernels["create_ms"]), aim="below 0.1")
    yield Row(f"{count:,} kernels: unused", "KiB each", Spread.once(kernels["unused_kib"]))
    yield Row(f"{count:,} kernels: connected", "KiB each", Spread.once(kernels["connected_kib"]), aim="at most 16")


def answers_of(size: str, answer: bytes, calls: int, rounds: int) -> Iterator[Row]:
    with origins(1, answer=answer) as (port,):
        url = f"http://127.0.0.1:{port}"
        yield compared(f"a blocking call, {size}", blocking(url, calls, rounds), "ours", "at most 1.3", "httpx")
        yield compared(f"an async call, {size}", awaited(url, calls, rounds), "ours", "at most 1.3", "httpx")


def main() -> None:
    """Measure and tell."""
    given = arguments(__doc__).parse_args()
    tell("kernel_calls", list(measure(quick=given.quick)), given.json)


if __name__ == "__main__":
    main()

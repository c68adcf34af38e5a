"""What one call costs, beside bare httpx against the same server: ``python -m benchmarks.kernel_calls [--quick]``.

* ``blocking`` and ``async``: a GET of 2 KB of status, decoded into models, against ``httpx`` with ``json()``;
* ``threads``: 16 threads sharing one `Kernel`, against 16 with one of their own, and one `httpx.Client` shared;
* ``held``: 1,000 `AsyncKernel`s: time to create each, and memory of each with its open connection;
* ``first``: a new interpreter's first call, and the imports alone, against bare httpx.

Rounds of us and of the peer alternate, so that a busy machine slows both; figures are medians over the rounds.
"""

import asyncio
import gc
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

from benchmarks._origins import origins
from benchmarks._results import Row, Spread, arguments, tell
from znp_panel_sync import AsyncKernel, Kernel, NodeControl

THREADS = 16
PATH = "/v1/status?include=nodes"

Round = Callable[[], float]
"""Runs one round and returns the seconds that one of its calls took."""

Spreads = dict[str, Spread]


def timed(work: Callable[[], object], calls: int) -> float:
    """Return the seconds that each of so many calls takes."""
    gc.collect()
    started = time.perf_counter()
    for _ in range(calls):
        work()
    return (time.perf_counter() - started) / calls


def alternate(rounds: int, **contestants: Round) -> Spreads:
    """Run all contestants in turn, so many times; return what each took in milliseconds."""
    seconds: dict[str, list[float]] = {name: [] for name in contestants}
    for number in range(rounds + 1):
        for name, run in contestants.items():
            took = run()
            if number:  # the first round warms up
                seconds[name].append(took)
    return {name: Spread.of(1e3 * one for one in taken) for name, taken in seconds.items()}


def status_of(kernel: Kernel) -> object:
    return kernel.status.get_status(include="nodes")


def blocking(url: str, calls: int, rounds: int) -> Spreads:
    with httpx.Client(trust_env=False) as client, Kernel(NodeControl(url)) as kernel:
        return alternate(
            rounds,
            ours=lambda: timed(partial(status_of, kernel), calls),
            httpx=lambda: timed(lambda: client.get(url + PATH).json(), calls),
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
            ours=lambda: runner.run(run(lambda: kernel.status.get_status(include="nodes"))),
            httpx=lambda: runner.run(run(lambda: get_json(client))),
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
            shared=lambda: run([partial(status_of, shared)] * THREADS),
            own=lambda: run([partial(status_of, kernel) for kernel in own]),
            httpx=lambda: run([lambda: client.get(url + PATH).json()] * THREADS),
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


def first(url: str, rounds: int) -> Spreads:
    """Time whole interpreters, from start to end."""

    def run(script: str) -> float:
        started = time.perf_counter()
        subprocess.run([sys.executable, "-c", script.format(url=url)], check=True)
        return time.perf_counter() - started

    return alternate(rounds, **{name: lambda script=script: run(script) for name, script in SCRIPTS.items()})


def compared(what: str, spreads: Spreads, ours: str, aim: str, *peers: str) -> Row:
    return Row(what, "ms", spreads[ours], {peer: spreads[peer] for peer in peers}, aim)


def measure(*, quick: bool) -> Iterator[Row]:
    """Run all of it; `quick` is small enough for CI and says nothing about speed."""
    calls, rounds, count = (20, 1, 20) if quick else (1000, 7, 1000)
    with origins(1) as (port,):
        url = f"http://127.0.0.1:{port}"
        yield compared("a blocking call", blocking(url, calls, rounds), "ours", "at most 1.3", "httpx")
        yield compared("an async call", awaited(url, calls, rounds), "ours", "at most 1.3", "httpx")
        shared = threads(url, calls, rounds)
        yield compared(f"one kernel in {THREADS} threads", shared, "shared", "at most 1 of own", "own", "httpx")
        begun = first(url, rounds)
        yield compared("a script with one call", begun, "first call", "at most 1.5", "first call of httpx")
        for package in ("znp_panel_sync", "znp_kernel_client"):
            yield compared(f"import {package}", begun, f"import {package}", "at most 1.25", "import httpx")
        kernels = held(url, count)
    yield Row(f"{count:,} kernels: making each", "ms", Spread.once(kernels["create_ms"]), aim="below 0.1")
    yield Row(f"{count:,} kernels: unused", "KiB each", Spread.once(kernels["unused_kib"]))
    yield Row(f"{count:,} kernels: connected", "KiB each", Spread.once(kernels["connected_kib"]), aim="at most 16")


def main() -> None:
    """Measure and tell."""
    given = arguments(__doc__).parse_args()
    tell("kernel_calls", list(measure(quick=given.quick)), given.json)


if __name__ == "__main__":
    main()

"""What one call costs, beside bare httpx against the same server: ``python -m benchmarks.kernel_calls [--quick]``.

* ``blocking`` and ``async``: a GET of 2 KB of status, decoded into models, against ``httpx`` with ``json()``;
* ``threads``: 16 threads sharing one `Kernel`, against 16 with one of their own, and one `httpx.Client` shared;
* ``held``: 1,000 `AsyncKernel`s: time to create each, and memory of each with its open connection;
* ``first``: a new interpreter's first call, and the imports alone, against bare httpx.

Rounds of us and of the peer alternate, so that a busy machine slows both; figures are medians over the rounds.
"""

import argparse
import asyncio
import gc
import json
import statistics
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any

import httpx

from benchmarks._origins import origins
from znp_panel_sync import AsyncKernel, Kernel, NodeControl

THREADS = 16
PATH = "/v1/status?include=nodes"

Round = Callable[[], float]
"""Runs one round and returns the seconds that one of its calls took."""


def timed(work: Callable[[], object], calls: int) -> float:
    """Return the seconds that each of so many calls takes."""
    gc.collect()
    started = time.perf_counter()
    for _ in range(calls):
        work()
    return (time.perf_counter() - started) / calls


def alternate(rounds: int, **contestants: Round) -> dict[str, dict[str, float]]:
    """Run all contestants in turn, so many times; return the median and the spread of each in milliseconds."""
    seconds: dict[str, list[float]] = {name: [] for name in contestants}
    for number in range(rounds + 1):
        for name, run in contestants.items():
            took = run()
            if number:  # the first round warms up
                seconds[name].append(took)
    return {
        name: {"median_ms": statistics.median(taken) * 1e3, "min_ms": min(taken) * 1e3, "max_ms": max(taken) * 1e3}
        for name, taken in seconds.items()
    }


def status_of(kernel: Kernel) -> object:
    return kernel.status.get_status(include="nodes")


def blocking(url: str, calls: int, rounds: int) -> dict[str, Any]:
    with httpx.Client(trust_env=False) as client, Kernel(NodeControl(url)) as kernel:
        return alternate(
            rounds,
            ours=lambda: timed(partial(status_of, kernel), calls),
            httpx=lambda: timed(lambda: client.get(url + PATH).json(), calls),
        )


def awaited(url: str, calls: int, rounds: int) -> dict[str, Any]:
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


def threads(url: str, calls: int, rounds: int) -> dict[str, Any]:
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


def first(url: str, rounds: int) -> dict[str, Any]:
    """Time whole interpreters, from start to end."""

    def run(script: str) -> float:
        started = time.perf_counter()
        subprocess.run([sys.executable, "-c", script.format(url=url)], check=True)
        return time.perf_counter() - started

    return alternate(rounds, **{name: lambda script=script: run(script) for name, script in SCRIPTS.items()})


def measure(*, quick: bool) -> dict[str, Any]:
    """Run all of it; `quick` is small enough for CI and says nothing about speed."""
    calls, rounds, count = (20, 1, 20) if quick else (1000, 7, 1000)
    with origins(1) as (port,):
        url = f"http://127.0.0.1:{port}"
        return {
            "blocking": blocking(url, calls, rounds),
            "async": awaited(url, calls, rounds),
            "threads": threads(url, calls, rounds),
            "held": held(url, count),
            "first": first(url, rounds),
        }


def report(results: Mapping[str, Any]) -> str:
    """Return the figures as lines with their ratios to the peer."""
    lines = []
    for name, peer in (("blocking", "httpx"), ("async", "httpx"), ("threads", "own"), ("first", "import httpx")):
        base = results[name][peer]["median_ms"]
        for contestant, figures in results[name].items():
            against = results[name]["first call of httpx"]["median_ms"] if contestant.startswith("first call") else base
            spread = f"{figures['min_ms']:.3f} .. {figures['max_ms']:.3f}"
            median = figures["median_ms"]
            lines.append(f"{name:9} {contestant:25} {median:9.3f} ms  x{median / against:5.2f}  ({spread})")
    lines += [f"{'held':9} {name:25} {value:9.3f}" for name, value in results["held"].items()]
    return "\n".join(lines)


def main() -> None:
    """Measure, print, and write JSON when asked."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="small enough for CI; the figures mean nothing")
    parser.add_argument("--json", type=Path, help="write the figures to this file")
    options = parser.parse_args()
    results = measure(quick=options.quick)
    print(report(results))
    if options.json:
        options.json.write_text(json.dumps(results, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

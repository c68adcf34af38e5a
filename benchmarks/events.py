"""What receiving traffic costs: callbacks of 100 records each, the effect committed before the answer.

Beside our receiver, in the same run and on the same core: a bare Starlette route that only parses the JSON, and one
that inserts the records row by row in one transaction. The server has one core to itself, the client the other one.

    python -m benchmarks.events [--seconds 5] [--keys 1000000] [--quick]
"""

import argparse
import asyncio
import json
import os
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

RECORDS = 100
CONNECTIONS = 8
SUBSCRIPTIONS = 5_000
HALF_LOAD = 50.0
"""Callbacks a second: half of the promised 10,000 records a second."""

TOKEN = "benchmark"


# The servers


def receiver_app(url: str) -> Any:
    """Our receiver."""
    from znp_panel_sync.events import CallbackReceiver
    from znp_panel_sync.settings import WebhookSettings
    from znp_panel_sync.stores import SqlEventLedger

    return CallbackReceiver(SqlEventLedger(url), WebhookSettings(shared_token=TOKEN))


def parsing_app(_: str) -> Any:
    """A route that only parses."""
    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import JSONResponse
    from starlette.routing import Route

    async def parse(request: Request) -> JSONResponse:
        return JSONResponse({"accepted": len((await request.json())["records"]), "failed": 0})

    return Starlette(routes=[Route("/traffic", parse, methods=["POST"])])


def row_by_row_app(url: str) -> Any:
    """A route that inserts each record by a statement of its own, and commits once; nothing is checked."""
    from sqlalchemy import create_engine, event, text
    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import JSONResponse
    from starlette.routing import Route

    engine = create_engine(url)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _full_durability)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE traffic (who BIGINT, node BIGINT, up BIGINT, down BIGINT)"))
    insert = text("INSERT INTO traffic VALUES (:subscription_id, :node_id, :bytes_up, :bytes_down)")

    def store(records: list[dict[str, Any]]) -> None:
        with engine.begin() as connection:
            for record in records:
                connection.execute(insert, record)

    async def receive(request: Request) -> JSONResponse:
        records = (await request.json())["records"]
        await asyncio.to_thread(store, records)
        return JSONResponse({"accepted": len(records), "failed": 0})

    return Starlette(routes=[Route("/traffic", receive, methods=["POST"])])


def _full_durability(connection: Any, _: object) -> None:
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")


APPS = {"receiver": receiver_app, "parse only": parsing_app, "row by row": row_by_row_app}


def serve(name: str, url: str) -> None:
    """Serve one of them on a free port, which is printed, and on one core."""
    import socket

    import uvicorn

    _pin(0)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        print(listening.getsockname()[1], flush=True)
        config = uvicorn.Config(APPS[name](url), log_level="error", access_log=False)
        uvicorn.Server(config).run(sockets=[listening])


@contextmanager
def server(name: str, url: str) -> Iterator["Server"]:
    """Run a server as a process of its own."""
    command = [sys.executable, "-m", "benchmarks.events", "--serve", name, "--url", url]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout
    try:
        yield Server(int(process.stdout.readline()), process.pid)
    finally:
        process.terminate()
        process.wait()
        process.stdout.close()


class Server:
    """A running server, and the CPU time that it has used."""

    def __init__(self, port: int, pid: int) -> None:
        self.port = port
        self._pid = pid

    def cpu_seconds(self) -> float:
        fields = Path(f"/proc/{self._pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


# The client


_numbers = count(1)


def callback() -> bytes:
    """A request that is like no other."""
    number = next(_numbers)
    records = [
        {
            "user_id": 1,
            "subscription_id": (number * 7 + place) % SUBSCRIPTIONS + 1,
            "protocol": "vless",
            "node_id": 10,
            "binding_id": 3,
            "bytes_up": 1234 + number,
            "bytes_down": 5678,
            "observed_at": 1_734_001_010 + number,
        }
        for place in range(RECORDS)
    ]
    body = json.dumps({"records": records}).encode()
    head = (
        f"POST /traffic HTTP/1.1\r\nHost: panel\r\nX-ZNP-Webhook-Token: {TOKEN}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


class Connection:
    """One kept connection to a server."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    async def post(self, content: bytes) -> float:
        """Send a request and return how long its answer took."""
        begun = time.perf_counter()
        self._writer.write(content)
        head = await self._reader.readuntil(b"\r\n\r\n")
        length = next(line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length"))
        await self._reader.readexactly(int(length.partition(b":")[2]))
        assert head.startswith(b"HTTP/1.1 200"), head
        return time.perf_counter() - begun

    def close(self) -> None:
        self._writer.close()


async def connect(port: int) -> list[Connection]:
    return [Connection(*await asyncio.open_connection("127.0.0.1", port)) for _ in range(CONNECTIONS)]


async def saturate(running: Server, seconds: float) -> tuple[float, float, float]:
    """Send as fast as the answers come; return records a second, the share of a core, and the p99 of an answer."""
    connections = await connect(running.port)
    requests = [callback() for _ in range(20)]
    latencies: list[float] = []
    await connections[0].post(callback())
    cpu, begun = running.cpu_seconds(), time.perf_counter()

    async def send(connection: Connection) -> None:
        while time.perf_counter() - begun < seconds:
            content = requests.pop() if requests else callback()
            latencies.append(await connection.post(content))

    await asyncio.gather(*map(send, connections))
    took = time.perf_counter() - begun
    share = (running.cpu_seconds() - cpu) / took
    for connection in connections:
        connection.close()
    return len(latencies) * RECORDS / took, share, _p99(latencies)


async def pace(running: Server, seconds: float) -> float:
    """Send `HALF_LOAD` callbacks a second, whatever the answers do; return the p99 of an answer."""
    connections = await connect(running.port)
    await connections[0].post(callback())
    places, begun = asyncio.Queue[Connection](), time.perf_counter()
    for connection in connections:
        places.put_nowait(connection)

    async def send(due: float) -> float:
        connection = await places.get()
        await connection.post(callback())
        places.put_nowait(connection)
        return time.perf_counter() - due

    tasks = []
    for number in range(int(seconds * HALF_LOAD)):
        due = begun + number / HALF_LOAD
        await asyncio.sleep(due - time.perf_counter())
        tasks.append(asyncio.create_task(send(due)))
    latencies = await asyncio.gather(*tasks)
    for connection in connections:
        connection.close()
    return _p99(latencies)


def _p99(latencies: list[float]) -> float:
    return statistics.quantiles(latencies, n=100)[98]


# The report


def fill_keys(path: Path, number: int) -> None:
    """Put keys of earlier callbacks into a ledger."""
    import hashlib

    with sqlite3.connect(path) as connection:
        rows = ((hashlib.sha256(str(one).encode()).hexdigest(), 200, '{"accepted":100}', 0) for one in range(number))
        connection.executemany(
            "INSERT INTO znp_event_keys (key, status, answer, received_at_ms) VALUES (?,?,?,?)", rows
        )
    connection.close()


def measure(title: str, name: str, url: str, seconds: float) -> float:
    """Measure one server and print its line; return its records a second."""
    with server(name, url) as running:
        rate, share, busy = asyncio.run(saturate(running, seconds))
        calm = asyncio.run(pace(running, seconds))
    print(f"{title:34} {rate:12,.0f} {share:8.0%} {busy * 1000:12.1f} {calm * 1000:14.1f}", flush=True)
    return rate


def report(seconds: float, keys: int) -> None:
    """Measure everything, one after the other."""
    print(f"{'callbacks of 100 records':34} {'records/s':>12} {'core':>8} {'p99 ms':>12} {'p99 ms at half':>14}")
    with tempfile.TemporaryDirectory() as folder:
        parse = measure("Starlette, parse only", "parse only", "", seconds)
        rows = measure("Starlette, row by row, SQLite", "row by row", f"sqlite:///{folder}/rows.db", seconds)
        path = Path(folder) / "ledger.db"
        ours = measure("receiver, SQLite", "receiver", f"sqlite:///{path}", seconds)
        fill_keys(path, keys)
        filled = measure(f"receiver, SQLite, {keys:,} keys", "receiver", f"sqlite:///{path}", seconds)
        again = measure("receiver, SQLite, empty again", "receiver", f"sqlite:///{folder}/again.db", seconds)
    measure_postgresql(seconds)
    print(f"\nof parsing alone: {ours / parse:.2f}; of row by row: {ours / rows:.2f}")
    print(f"with {keys:,} keys, of the empty ones around it: {filled / ((ours + again) / 2):.2f}")


def measure_postgresql(seconds: float) -> None:
    """Measure against a PostgreSQL of our own, which runs on the client's core."""
    import pytest

    from tests.functional.servers import running_postgres

    try:
        with running_postgres() as database:
            measure("Starlette, row by row, PostgreSQL", "row by row", database.new_database(), seconds)
            measure("receiver, PostgreSQL", "receiver", database.new_database(), seconds)
    except pytest.skip.Exception as reason:
        print(f"PostgreSQL: {reason}")


def _pin(core: int) -> None:
    if hasattr(os, "sched_setaffinity") and len(os.sched_getaffinity(0)) > 1:
        os.sched_setaffinity(0, {sorted(os.sched_getaffinity(0))[core]})


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--seconds", type=float, default=5.0, help="how long each measurement takes")
    arguments.add_argument("--keys", type=int, default=1_000_000, help="keys in the ledger that is filled")
    arguments.add_argument("--quick", action="store_true", help="small enough for CI; the figures mean nothing")
    arguments.add_argument("--serve", choices=APPS, help=argparse.SUPPRESS)
    arguments.add_argument("--url", default="", help=argparse.SUPPRESS)
    options = arguments.parse_args()
    if options.serve:
        serve(options.serve, options.url)
        return
    _pin(1)
    report(*((0.3, 10_000) if options.quick else (options.seconds, options.keys)))


if __name__ == "__main__":
    main()

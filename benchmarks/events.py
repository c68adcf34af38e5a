"""What receiving traffic costs: callbacks of 100 records each, the effect committed before the answer.

Beside our receiver, in the same run and on the same core: a bare Starlette route that only parses the JSON, and one
that inserts the records row by row in one transaction. The server has one core to itself, the client the other one.

    python -m benchmarks.events [--seconds 2] [--keys 1000000] [--quick]

All servers run at once and are asked in turn, five rounds of so many seconds each. Records for each second of the
server's CPU time say what receiving costs where other work runs on the same cores (Linux only; what a database server
takes is not in them).
"""

import argparse
import asyncio
import hashlib
import json
import os
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from attrs import frozen

from benchmarks._results import Row, Spread, arguments, tell
from tests.functional.servers import running_postgres

RECORDS = 100
CONNECTIONS = 8
SUBSCRIPTIONS = 5_000
HALF_LOAD = 50.0
"""Callbacks a second: half of the promised 10,000 records a second."""

TOKEN = "benchmark"

_CPU_FIELDS = slice(11, 13)
"""Ticks in user code and in the system, counted from the field behind the program's name: see proc(5)."""


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


@frozen
class Server:
    """A running server."""

    port: int
    process: int

    def cpu_seconds(self) -> float:
        """Return what the process has spent so far; 0 where the system does not tell."""
        file = Path(f"/proc/{self.process}/stat")
        if not file.exists():
            return 0.0
        fields = file.read_text(encoding="utf-8").rpartition(")")[2].split()
        return sum(map(int, fields[_CPU_FIELDS])) / os.sysconf("SC_CLK_TCK")


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

    async def post(self, content: bytes) -> None:
        """Send a request and wait for its answer."""
        self._writer.write(content)
        head = await self._reader.readuntil(b"\r\n\r\n")
        length = next(line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length"))
        await self._reader.readexactly(int(length.partition(b":")[2]))
        assert head.startswith(b"HTTP/1.1 200"), head

    def close(self) -> None:
        self._writer.close()


async def connect(port: int) -> list[Connection]:
    return [Connection(*await asyncio.open_connection("127.0.0.1", port)) for _ in range(CONNECTIONS)]


@frozen
class Rate:
    """What a server took in, as fast as it could."""

    records: int
    seconds: float
    cpu_seconds: float


async def saturate(running: Server, seconds: float) -> Rate:
    """Send as fast as the answers come."""
    connections = await connect(running.port)
    requests = [callback() for _ in range(20)]
    answered = 0
    await connections[0].post(callback())
    spent, begun = running.cpu_seconds(), time.perf_counter()

    async def send(connection: Connection) -> None:
        nonlocal answered
        while time.perf_counter() - begun < seconds:
            await connection.post(requests.pop() if requests else callback())
            answered += 1

    await asyncio.gather(*map(send, connections))
    rate = Rate(answered * RECORDS, time.perf_counter() - begun, running.cpu_seconds() - spent)
    for connection in connections:
        connection.close()
    return rate


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


PARSED, SQLITE_ROWS, POSTGRESQL_ROWS = "Starlette, parse only", "row by row, SQLite", "row by row, PostgreSQL"
SQLITE, FILLED, POSTGRESQL = "receiver, SQLite", "receiver, SQLite, many keys", "receiver, PostgreSQL"
PEERS = {SQLITE: (PARSED, SQLITE_ROWS), FILLED: (SQLITE,), POSTGRESQL: (PARSED, POSTGRESQL_ROWS)}
AIMS = {SQLITE: "at least 10,000", FILLED: "at least 0.8 of few keys", POSTGRESQL: "at least 10,000"}


def fill_keys(path: Path, number: int) -> None:
    """Put keys of earlier callbacks into a ledger that exists."""
    with sqlite3.connect(path) as connection:
        rows = ((hashlib.sha256(str(one).encode()).hexdigest(), 200, '{"accepted":100}', 0) for one in range(number))
        connection.executemany(
            "INSERT INTO znp_event_keys (key, status, answer, received_at_ms) VALUES (?,?,?,?)", rows
        )
    connection.close()


@contextmanager
def servers(keys: int) -> Iterator[dict[str, Server]]:
    """Start all of them; PostgreSQL, where it is installed, runs on the client's core."""
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory())

        def start(name: str, url: str) -> Server:
            return stack.enter_context(server(name, url))

        running = {
            PARSED: start("parse only", ""),
            SQLITE_ROWS: start("row by row", f"sqlite:///{folder}/rows.db"),
            SQLITE: start("receiver", f"sqlite:///{folder}/ledger.db"),
            FILLED: start("receiver", f"sqlite:///{folder}/filled.db"),
        }
        asyncio.run(saturate(running[FILLED], 0))
        fill_keys(Path(folder) / "filled.db", keys)
        try:
            database = stack.enter_context(running_postgres())
        except pytest.skip.Exception as reason:
            print(f"PostgreSQL: {reason}")
        else:
            running[POSTGRESQL_ROWS] = start("row by row", database.new_database())
            running[POSTGRESQL] = start("receiver", database.new_database())
        yield running


def measure(rounds: int, seconds: float, keys: int) -> Iterator[Row]:
    """Ask all servers in turn, first as fast as they answer, then at half the promised load."""
    with servers(keys) as running:
        rates: dict[str, list[float]] = {name: [] for name in running}
        costs: dict[str, list[float]] = {name: [] for name in running}
        delays: dict[str, list[float]] = {name: [] for name in running}
        for _ in range(rounds):
            for name, one in running.items():
                rate = asyncio.run(saturate(one, seconds))
                rates[name].append(rate.records / rate.seconds)
                if rate.cpu_seconds:
                    costs[name].append(rate.records / rate.cpu_seconds)
                delays[name].append(asyncio.run(pace(one, seconds)) * 1000)
    for name, peers in PEERS.items():
        if name in running:
            title = name.replace("many", f"{keys:,}")
            yield Row(title, "records/s", Spread.of(rates[name]), _spreads(rates, peers), AIMS[name])
            if all(costs.values()):
                spent = Spread.of(costs[name])
                yield Row(f"{title}, CPU of the server", "records/CPU s", spent, _spreads(costs, peers))
            late = Spread.of(delays[name])
            yield Row(f"{title}, p99 at 5,000 records/s", "ms", late, _spreads(delays, peers), "below 250")


def _spreads(figures: Mapping[str, Sequence[float]], names: Sequence[str]) -> dict[str, Spread]:
    return {name: Spread.of(figures[name]) for name in names}


def _pin(core: int) -> None:
    if hasattr(os, "sched_setaffinity") and len(os.sched_getaffinity(0)) > 1:
        os.sched_setaffinity(0, {sorted(os.sched_getaffinity(0))[core]})


def main() -> None:
    """Measure everything, or be one of the servers."""
    parser = arguments(__doc__)
    parser.add_argument("--seconds", type=float, default=2.0, help="how long each round of a server takes")
    parser.add_argument("--keys", type=int, default=1_000_000, help="keys in the ledger that is filled")
    parser.add_argument("--serve", choices=APPS, help=argparse.SUPPRESS)
    parser.add_argument("--url", default="", help=argparse.SUPPRESS)
    given: Any = parser.parse_args()
    if given.serve:
        serve(given.serve, given.url)
        return
    _pin(1)
    rounds, seconds, keys = (1, 0.2, 10_000) if given.quick else (5, given.seconds, given.keys)
    tell("events", list(measure(rounds, seconds, keys)), given.json)


if __name__ == "__main__":
    main()

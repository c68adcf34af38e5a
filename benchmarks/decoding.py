"""What models cost, beside their peers: ``python -m benchmarks.decoding [decode peak encode] [--quick]``.

* ``decode``: status documents of 2 KB, 200 KB (300 nodes) and 20 MB (62,500 users), from bytes to models;
* ``peak``: the most memory that decoding the 20 MB takes beside those bytes, in a process for each (Linux only);
* ``encode``: the request of an import of 10,000 users, from models to bytes, with quotas and limits and without.

The peers: the client that openapi-python-client makes of the same contract by itself, pydantic and msgspec with classes
made of the same schemas, and json and orjson, which make dictionaries. Milliseconds are CPU time; rounds of us and of
the peers alternate; figures are medians over the rounds.
"""

import argparse
import gc
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

import httpx
import msgspec
import orjson
from pydantic import TypeAdapter

from benchmarks._documents import status_document, users_document, users_to_import
from benchmarks._results import Row, Spread, arguments, tell
from benchmarks._rounds import Spreads, alternate, timed
from benchmarks.peers.models import msgspec_structs, pydantic_models
from benchmarks.peers.stock import stock_client
from znp_kernel_client.api.status import get_status
from znp_kernel_client.api.users import import_users
from znp_kernel_client.models import User
from znp_kernel_client.types import RawResponse

OURS, STOCK = "znp_kernel_client", "stock generated client"
USERS = 62_500
IMPORTED = 10_000
CLEAR_PEAK = Path("/proc/self/clear_refs")

Decode = Callable[[bytes], object]
Encode = Callable[[], bytes]


def our_decoder() -> Decode:
    return lambda content: get_status.parse_response(RawResponse(200, {}, content))


def stock_decoder() -> Decode:
    from_dict: Decode = import_module("stock.models").StatusResponse.from_dict
    return lambda content: from_dict(json.loads(content))


def pydantic_decoder() -> Decode:
    decode: Decode = pydantic_models().named("StatusResponse").model_validate_json
    return decode


def msgspec_decoder() -> Decode:
    return msgspec.json.Decoder(msgspec_structs().named("StatusResponse")).decode


DECODERS: Mapping[str, Callable[[], Decode]] = {
    OURS: our_decoder,
    STOCK: stock_decoder,
    "pydantic": pydantic_decoder,
    "msgspec": msgspec_decoder,
    "json, dictionaries": lambda: json.loads,
    "orjson, dictionaries": lambda: orjson.loads,
}


def our_encoder(users: list[dict[str, Any]]) -> Encode:
    models = [User.from_dict(user) for user in users]
    return lambda: import_users.build_request(models).content or b""


def stock_encoder(users: list[dict[str, Any]]) -> Encode:
    """Return what builds its request; httpx makes the bytes."""
    model, operation = import_module("stock.models").User, import_module("stock.api.users.import_users")
    models = [model.from_dict(user) for user in users]
    return lambda: httpx.Request("POST", "http://kernel", json=operation._get_kwargs(body=models)["json"]).content


def pydantic_encoder(users: list[dict[str, Any]]) -> Encode:
    model: Any = pydantic_models().named("User")
    adapter: TypeAdapter[list[Any]] = TypeAdapter(list[model])
    models = adapter.validate_python(users)
    return lambda: adapter.dump_json(models, exclude_unset=True)


def msgspec_encoder(users: list[dict[str, Any]]) -> Encode:
    model: Any = msgspec_structs().named("User")
    models = msgspec.convert(users, list[model])
    return lambda: msgspec.json.encode(models)


ENCODERS: Mapping[str, Callable[[list[dict[str, Any]]], Encode]] = {
    OURS: our_encoder,
    STOCK: stock_encoder,
    "pydantic": pydantic_encoder,
    "msgspec": msgspec_encoder,
    "json, dictionaries": lambda users: lambda: json.dumps(users, separators=(",", ":")).encode(),
    "orjson, dictionaries": lambda users: lambda: orjson.dumps(users),
}


def compared(what: str, unit: str, spreads: Spreads, aim: str) -> Row:
    peers = {name: spread for name, spread in spreads.items() if name != OURS}
    return Row(what, unit, spreads[OURS], peers, aim)


def in_turn(works: Mapping[str, Callable[[], object]], calls: int, rounds: int) -> Spreads:
    return alternate(rounds, {name: partial(timed, work, calls, time.process_time) for name, work in works.items()})


def decode(names: list[str], _: Path, *, quick: bool) -> Iterator[Row]:
    """Measure how long documents of three sizes take."""
    decoders = {name: DECODERS[name]() for name in names}
    documents = {
        "2 KB": (status_document(), 1 if quick else 1000),
        "200 KB": (status_document(nodes=300, interfaces=7), 1 if quick else 20),
        "20 MB": (users_document(100 if quick else USERS), 1),
    }
    for title, (content, calls) in documents.items():
        works = {name: partial(decoder, content) for name, decoder in decoders.items()}
        spreads = in_turn(works, calls, 1 if quick else 7)
        yield compared(f"decoding {title}", "ms of CPU", spreads, "at most 1/4 of stock, less than pydantic")


def peak(names: list[str], folder: Path, *, quick: bool) -> Iterator[Row]:
    """Measure what decoding takes in memory at its peak."""
    if not CLEAR_PEAK.exists():
        return
    document = folder / "users.json"
    document.write_bytes(users_document(100 if quick else USERS))
    taken: dict[str, list[float]] = {name: [] for name in names}
    for _ in range(1 if quick else 5):
        for name in names:
            command = [sys.executable, "-m", "benchmarks.decoding", "--peak-of", name, str(folder)]
            done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
            taken[name].append(float(done.stdout))
    spreads = {name: Spread.of(figures) for name, figures in taken.items()}
    yield compared("decoding 20 MB: peak", "MB", spreads, "at most stock")


def peak_of(name: str, folder: Path) -> float:
    """Decode once and return the MB that came on top of what was there before."""
    decoder, content = DECODERS[name](), (folder / "users.json").read_bytes()
    decoder(users_document(1))
    gc.collect()
    CLEAR_PEAK.write_text("5", encoding="ascii")
    before = _status_kib("VmRSS")
    kept = decoder(content)
    highest = _status_kib("VmHWM")
    del kept
    return (highest - before) * 1024 / 1e6


def _status_kib(field: str) -> int:
    lines = Path("/proc/self/status").read_text(encoding="ascii", errors="replace").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{field}:"))


def encode(names: list[str], _: Path, *, quick: bool) -> Iterator[Row]:
    """Measure how long the request of an import takes; what all of them write means the same."""
    for nested, title in ((True, "with"), (False, "without")):
        users = users_to_import(10 if quick else IMPORTED, nested=nested)
        encoders = {name: ENCODERS[name](users) for name in names}
        for name, encoder in encoders.items():
            assert orjson.loads(encoder()) == users, name
        spreads = in_turn(encoders, 1, 1 if quick else 9)
        what = f"encoding {IMPORTED:,} users {title} quotas and limits"
        yield compared(what, "ms of CPU", spreads, "at most 1/4 of stock, less than pydantic")


SECTIONS: Mapping[str, Callable[..., Iterator[Row]]] = {"decode": decode, "peak": peak, "encode": encode}


def main() -> None:
    """Run the sections that are asked for, or all of them."""
    parser = arguments(__doc__)
    parser.add_argument("sections", nargs="*", metavar="SECTION", help=f"one of {', '.join(SECTIONS)} (none: all)")
    parser.add_argument("--peak-of", nargs=2, help=argparse.SUPPRESS)
    given: Any = parser.parse_args()
    if given.peak_of:
        name, folder = given.peak_of
        sys.path.insert(0, folder)
        print(peak_of(name, Path(folder)))
        return
    if unknown := sorted({*given.sections} - {*SECTIONS}):
        parser.error(f"there is no section {', '.join(unknown)}")
    with tempfile.TemporaryDirectory() as folder:
        sys.path.insert(0, folder)
        names = [name for name in DECODERS if name != STOCK or stock_client(Path(folder))]
        rows = [
            row
            for section in given.sections or SECTIONS
            for row in SECTIONS[section](names, Path(folder), quick=given.quick)
        ]
    tell("decoding", rows, given.json)


if __name__ == "__main__":
    main()

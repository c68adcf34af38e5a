"""Requests that nobody means well with, as bytes on a socket."""

import gzip
import itertools
import json
from collections.abc import Iterator

TOKEN = "canary-token"
PATHS = ("/kernel/events", "/kernel/traffic", "/kernel/service-events")

_DEEP = 20_000
_BODIES: tuple[bytes, ...] = (
    b"",
    b" ",
    b"\0",
    b"null",
    b"true",
    b"0",
    b'""',
    b"[]",
    b"{}",
    b"{",
    b"}",
    b"{}{}",
    b"{'a': 1}",
    b'{"a": NaN}',
    b'{"records": [Infinity]}',
    b'{"records": -Infinity}',
    b'{"records": [1e400]}',
    b'{"records": [{"subscription_id": 1, "bytes_up": 1e3}]}',
    b'{"records": [{"subscription_id": 1, "bytes_up": 1.0}]}',
    b'{"records": [{"subscription_id": 1, "bytes_up": -1}]}',
    b'{"records": [{"subscription_id": 1, "bytes_up": 9223372036854775808}]}',
    b'{"records": [{"subscription_id": 1, "bytes_up": ' + b"9" * 5000 + b"}]}",
    b'{"records": [{"subscription_id": 1, "bytes_up": true}]}',
    b'{"records": [{"subscription_id": 1, "bytes_up": "1; DROP TABLE znp_events"}]}',
    b'{"records": [{"subscription_id": "\'; DROP TABLE znp_events; --", "bytes_up": 1}]}',
    b'{"records": [{"subscription_id": "\\u0000", "bytes_up": 1}]}',
    b'{"records": [{"subscription_id": "a\\u0000b", "bytes_up": 1}]}',
    b'{"records": [{"subscription_id": "\\ud800", "bytes_up": 1}]}',
    b'{"records": [{"subscription_id": "\xf0\x9f\x92\xa9", "node_id": "\xe2\x80\xae", "bytes_up": 1}]}',
    b'{"records": [{"subscription_id": {"$ne": 1}, "bytes_up": 1}]}',
    b'{"records": [{"subscription_id": [[[[]]]], "bytes_up": 1}]}',
    b'{"records": [{"subscription_id": 1, "subscription_id": 2, "bytes_up": 1}]}',
    b'{"records": [{"__proto__": {"admin": true}, "subscription_id": 3, "bytes_up": 1}]}',
    b'{"records": [' + b"0," * 9_000 + b"0]}",
    b'{"records": [' + b"0," * 400_000 + b"0]}",
    b'{"records": [' + b"{}," * 9_000 + b"{}]}",
    b'{"records": {"0": {}}}',
    b'{"records": "' + b"x" * 900_000 + b'"}',
    b"[" * _DEEP,
    b"[" * _DEEP + b"]" * _DEEP,
    b'{"a":' * _DEEP + b"1" + b"}" * _DEEP,
    b'{"event": ' + b"[" * 40 + b"]" * 40 + b"}",
    b'{"event": "node_healthy"}',
    b'{"event": null, "id": "x"}',
    b'{"event": 5, "id": "x"}',
    b'{"event": {}, "id": "x"}',
    b'{"event": "", "id": "x"}',
    b'{"event": "' + b"e" * 100_000 + b'", "id": "x"}',
    b'{"event": "a\\u0000b", "id": "x"}',
    b'{"event": "\\udfff", "id": "x"}',
    b'{"event": "node_healthy", "id": "' + b"i" * 100_000 + b'"}',
    b'{"event": "node_healthy", "id": "x", "message": "' + b"m" * 500_000 + b'"}',
    b'{"event": "node_healthy", "id": "x", "observed_at": 1e308}',
    b'{"event": "node_healthy", "id": "x", "observed_at": 99999999999999999999}',
    b'{"event": "node_healthy", "id": "x", "payload": "x"}',
    b'{"event": "node_healthy", "id": "../../etc/passwd", "status": "\\u0007"}',
    b'{"event": "node_healthy", "id": "x", "event_id": {}}',
    b'{"event": "user.traffic.reported"}',
    b'{"event": "user.traffic.reported", "payload": null}',
    b'{"event": "user.traffic.reported", "payload": {"user_id": 1}}',
    b'{"event": "user.traffic.reported", "payload": {"user_id": 1, "used": 1e2}}',
    b'{"event": "user.traffic.reported", "payload": {"user_id": 1, "current": []}}',
    b'{"event": "user.traffic.reported", "payload": {"user_id": 1, "used": -9223372036854775809}}',
    b'{"event": "user.traffic.reported", "occurred_at_ms": -1, "payload": {"user_id": 1, "used": 1}}',
    b'{"event": "user.traffic.reported", "event_id": "' + b"e" * 500 + b'", "payload": {"user_id": 1, "used": 1}}',
    b'{"event": "user.traffic.reported", "records": 5, "payload": {"user_id": 1, "used": 1}}',
    b'{"event": "' + "Ünknown".encode() + b'", "payload": {"' + b"k" * 50_000 + b'": 1}}',
    b"\xff\xfe{\x00}\x00",
    b"\xef\xbb\xbf{}",
    b'{"a": "\xc0\xaf"}',
    b"\x80abc",
    b"<?xml version='1.0'?><!DOCTYPE x [<!ENTITY a 'b'>]><x>&a;</x>",
    b"a=1&b=2",
    gzip.compress(b'{"records": []}'),
    gzip.compress(b"\0" * 1_000_000),
    json.dumps({"records": [{"subscription_id": n, "bytes_up": 2**63 - 1} for n in range(5_000)]}).encode(),
    json.dumps({f"key{n}": {} for n in range(50_000)}).encode(),
)

_HEADERS: tuple[tuple[str, str], ...] = (
    ("Content-Encoding", "gzip"),
    ("Content-Encoding", "br, gzip"),
    ("Content-Type", "text/html; charset=utf-7"),
    ("Content-Type", "x" * 5000),
    ("X-Forwarded-For", "127.0.0.1"),
    ("X-Forwarded-For", ", ".join(["1.2.3.4"] * 500)),
    ("X-Forwarded-For", "'; DROP TABLE znp_events"),
    ("X-Forwarded-For", "\xff\xfe"),
    ("Forwarded", "for=127.0.0.1"),
    ("X-ZNP-Webhook-Token", "another"),
    ("X-ZNP-Webhook-Token", ""),
    ("X-HTTP-Method-Override", "DELETE"),
    ("Cookie", "a=" + "b" * 5000),
    ("Expect", "200-maybe"),
)

_TOKENS = (
    "",
    "wrong",
    TOKEN[:-1],
    TOKEN + "x",
    TOKEN.upper(),
    "\xe4\xf6\xfc",
    "\xff" * 100,
    "x" * 10_000,
    "Bearer " + TOKEN,
)

_TARGETS = (
    "/",
    "//",
    "/kernel",
    "/kernel/",
    "/kernel/events/../traffic",
    "/kernel/%65vents",
    "/kernel/events%00",
    "/kernel/events;x=1",
    "/kernel/events?x=" + "y" * 5000,
    "/kernel/" + "x" * 5000,
    "/%ff%fe",
    "/kernel/service_events",
    "*",
)

_METHODS = ("GET", "HEAD", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "BREW")


def request(
    body: bytes = b"",
    *,
    target: str = PATHS[1],
    method: str = "POST",
    token: str | None = TOKEN,
    headers: tuple[tuple[str, str], ...] = (),
) -> bytes:
    """One request as it stands on the wire."""
    lines = [("Host", "panel"), ("Connection", "close"), ("Content-Length", str(len(body))), *headers]
    if token is not None:
        lines.append(("X-ZNP-Webhook-Token", token))
    head = "".join(f"{name}: {value}\r\n" for name, value in lines)
    return f"{method} {target} HTTP/1.1\r\n{head}\r\n".encode("latin-1") + body


def corpus() -> Iterator[bytes]:
    """All of them."""
    for target, body in itertools.product(PATHS, _BODIES):
        yield request(body, target=target)
    for target, header in itertools.product(PATHS, _HEADERS):
        yield request(b'{"records": []}', target=target, headers=(header,))
    for token in _TOKENS:
        yield request(b'{"records": []}', token=token)
    for target in _TARGETS:
        yield request(b'{"records": []}', target=target)
    for method in _METHODS:
        yield request(b'{"records": []}', method=method)
    yield request(b"x" * (1024 * 1024 + 1))
    yield request(b"x" * (1024 * 1024 + 1), token=None)
    yield request(token=None)

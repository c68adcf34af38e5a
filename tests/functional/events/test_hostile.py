import json
import logging
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.functional.events.hostile import PATHS, TOKEN, corpus, request
from tests.functional.events.serving import serving
from znp_panel_sync.events import CallbackReceiver
from znp_panel_sync.settings import WebhookSettings
from znp_panel_sync.stores import SqlEventLedger

SLOW_SECONDS = 5.0
"""Generous: the slowest of them takes a tenth of a second on an idle machine."""


@pytest.fixture
def address(ledger: SqlEventLedger) -> Iterator[tuple[str, int]]:
    receiver = CallbackReceiver(ledger, WebhookSettings(shared_token=TOKEN), body_seconds=0.5)
    with serving(receiver) as url:
        yield "127.0.0.1", urlsplit(url).port or 0


def send(address: tuple[str, int], content: bytes) -> bytes:
    """Send bytes and return all that comes back before the connection is closed."""
    received = b""
    with socket.create_connection(address, timeout=30) as connection:
        try:
            connection.sendall(content)
            while chunk := connection.recv(65_536):
                received += chunk
        except ConnectionError:  # refused before all of it was sent
            pass
    return received


def status_of(answer: bytes) -> int:
    return int(answer.split(b" ", 2)[1])


def test_nothing_hostile_is_an_error_of_ours_or_slow(
    address: tuple[str, int], ledger: SqlEventLedger, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    requests = list(corpus())
    assert len(requests) >= 200
    with caplog.at_level(logging.DEBUG):
        for content in requests:
            begun = time.monotonic()
            answer = send(address, content)
            assert time.monotonic() - begun < SLOW_SECONDS, content[:300]
            assert answer == b"" or status_of(answer) < 500, content[:300]
            assert b"canary" not in answer
    assert "canary" not in caplog.text
    assert status_of(send(address, request(b'{"records": []}'))) == 200
    assert ledger.purge(10**15) > 0
    assert not any(TOKEN.encode() in path.read_bytes() for path in tmp_path.iterdir())


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("path", PATHS)
def test_a_body_that_drips_is_cut_off(address: tuple[str, int], path: str) -> None:
    head = request(target=path).replace(b"Content-Length: 0", b"Content-Length: 1000")
    begun = time.monotonic()
    assert status_of(send(address, head + b"{")) == 408
    assert time.monotonic() - begun < SLOW_SECONDS


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_stranger_is_answered_before_the_body_has_come(address: tuple[str, int]) -> None:
    head = request(token="wrong").replace(b"Content-Length: 0", b"Content-Length: 1000000")
    assert status_of(send(address, head)) == 401


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_body_without_a_length_is_bounded_too(address: tuple[str, int]) -> None:
    head = request().replace(b"Content-Length: 0", b"Transfer-Encoding: chunked")
    chunk = b"10000\r\n" + b"x" * 0x10000 + b"\r\n"
    assert status_of(send(address, head + chunk * 20 + b"0\r\n\r\n")) == 413


texts = st.text(max_size=20)
scalars = st.none() | st.booleans() | st.integers() | st.floats() | texts
json_values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=5,
)
field_names = st.sampled_from(
    ["event", "id", "node_id", "records", "payload", "event_id", "occurred_at_ms", "user_id", "used", "bytes_up"]
)
records = st.lists(st.dictionaries(field_names, scalars, max_size=4), max_size=3)
documents = st.dictionaries(field_names, json_values | records, max_size=5)


@settings(max_examples=100, deadline=None)
@given(body=st.binary() | documents.map(lambda value: repr(value).replace("'", '"').encode("utf-8", "surrogatepass")))
def test_no_bytes_are_an_error_of_ours(body: bytes) -> None:
    receiver = CallbackReceiver(_SHARED, WebhookSettings(shared_token=TOKEN))
    for kind in ("events", "traffic", "service-events", None):
        answer = receiver.handle({"X-ZNP-Webhook-Token": TOKEN}, body, "192.0.2.1", kind=kind)
        assert answer.status in (200, 400)


@settings(max_examples=75, deadline=None)
@given(document=documents, kind=st.sampled_from(["events", "traffic", "service-events"]))
def test_no_document_is_an_error_of_ours(document: object, kind: str) -> None:
    body = json.dumps(document).encode()
    receiver = CallbackReceiver(_SHARED, WebhookSettings(shared_token=TOKEN))
    answer = receiver.handle({"X-ZNP-Webhook-Token": TOKEN}, body, "192.0.2.1", kind=kind)
    assert answer.status in (200, 400)
    assert receiver.handle({"X-ZNP-Webhook-Token": TOKEN}, body, "192.0.2.1", kind=kind) == answer


_SHARED = SqlEventLedger("sqlite://")

"""What a poll reads of a status answer, with and without msgspec."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from znp_kernel_client.errors import DecodeError
from znp_panel_sync._extras import installed
from znp_panel_sync.health import Health
from znp_panel_sync.polling import ProtocolHealth, _answer
from znp_panel_sync.polling._answer import _make_decoder, protocols_of, read_nodes


@pytest.fixture(params=["msgspec", "json"])
def read(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Callable[[bytes], Any]:
    if request.param == "json":
        monkeypatch.setattr(_answer, "_decoder", None)
    return lambda content: protocols_of(read_nodes(content))


def test_a_library_that_is_not_installed_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    assert installed("no_such_library_anywhere") is None
    monkeypatch.setattr(_answer, "msgspec", None)
    assert _make_decoder() is None


def test_health_is_read_in_all_its_forms(read: Callable[[bytes], Any]) -> None:
    nodes = [
        {"id": "a", "protocol": "vless", "health": {"status": "Healthy", "consecutive_failures": 0}, "tags": ["x"]},
        {"id": "b", "protocol": "ss", "health": {"status": {"Degraded": {"consecutive_failures": 2}}}},
        {"id": "c", "health": {"Unhealthy": {"consecutive_failures": 9}}},
        {"id": "d", "protocol": None, "health": "Sleepy"},
        {"id": 5, "future": {}},
    ]
    content = json.dumps({"snapshot": {"nodes": nodes, "future": [1]}, "more": None}).encode()
    assert read(content) == (
        ProtocolHealth("a", "vless", Health.HEALTHY),
        ProtocolHealth("b", "ss", Health.DEGRADED),
        ProtocolHealth("c", "", Health.UNHEALTHY),
        ProtocolHealth("d", "", Health.UNKNOWN),
        ProtocolHealth("5", "", Health.UNKNOWN),
    )


@pytest.mark.parametrize(
    "node",
    [
        b'{"health": ' + b'{"status": ' * 900 + b"1" + b"}" * 901,
        b'{"health": {"status": ' + b"[" * 900 + b"]" * 900 + b"}}",
        b'{"id": ' + b"[" * 900 + b"]" * 900 + b"}",
    ],
)
def test_what_is_nested_without_end_is_unknown(read: Callable[[bytes], Any], node: bytes) -> None:
    assert read(b'{"snapshot": {"nodes": [' + node + b"]}}") == (ProtocolHealth("", "", Health.UNKNOWN),)


@pytest.mark.parametrize("snapshot", [{}, {"nodes": None}, {"nodes": []}])
def test_a_snapshot_may_have_no_nodes(read: Callable[[bytes], Any], snapshot: object) -> None:
    assert read(json.dumps({"snapshot": snapshot}).encode()) == ()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<html>",
        b'{"snapshot": {',
        b"\xff\xfe",
        b'{"snapshot": {"nodes": [{"id": "\xff"}]}}',
        b"[]",
        b"{}",
        b'"text"',
        b'{"snapshot": null}',
        b'{"snapshot": []}',
        b'{"snapshot": {"nodes": {}}}',
        b'{"snapshot": {"nodes": [1]}}',
        b'{"snapshot": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    ],
)
def test_what_is_no_status_document_is_refused(read: Callable[[bytes], Any], content: bytes) -> None:
    with pytest.raises(DecodeError):
        read(content)


values = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.sampled_from(["Healthy", "status", "x"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["id", "status", "Degraded", "health", "x"]), inner, max_size=3)
    ),
)


@settings(max_examples=50)
@given(nodes=st.lists(st.dictionaries(st.sampled_from(["id", "protocol", "health", "x"]), values), max_size=4))
def test_both_ways_of_reading_agree(nodes: list[Any]) -> None:
    content = json.dumps({"snapshot": {"nodes": nodes}}).encode()
    assert protocols_of(_answer._read_by_json(content)) == protocols_of(_answer._read_by_msgspec(content))

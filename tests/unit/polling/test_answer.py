"""What a poll reads of a status answer."""

import json
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from znp_kernel_client.errors import DecodeError
from znp_panel_sync.health import Health
from znp_panel_sync.polling import ProtocolHealth
from znp_panel_sync.polling._answer import protocols_of, read_nodes


def read(content: bytes) -> Sequence[ProtocolHealth]:
    return protocols_of(read_nodes(content))


def test_health_is_read_in_all_its_forms() -> None:
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
def test_what_is_nested_without_end_is_unknown(node: bytes) -> None:
    assert read(b'{"snapshot": {"nodes": [' + node + b"]}}") == (ProtocolHealth("", "", Health.UNKNOWN),)


@pytest.mark.parametrize("snapshot", [{}, {"nodes": None}, {"nodes": []}])
def test_a_snapshot_may_have_no_nodes(snapshot: object) -> None:
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
def test_what_is_no_status_document_is_refused(content: bytes) -> None:
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
def test_no_node_is_left_out_whatever_is_said_of_it(nodes: list[Any]) -> None:
    assert len(read(json.dumps({"snapshot": {"nodes": nodes}}).encode())) == len(nodes)

"""What the simulated kernel takes, and how it names what it does not take."""

from typing import Any

import pytest

from znp_panel_sync.testing._kernel import bodies
from znp_panel_sync.testing._kernel.checks import Check, flag, plain, read_json, whole_number, word
from znp_panel_sync.testing._kernel.refusal import RefusedError

USER = {"id": "7", "username": "alice", "password": "pw"}
PROFILE = {"id": "n", "role": "listener", "protocol": "vless", "profile": {}}
REGISTRATION = {"id": "n", "role": "listener", "protocol": "anything"}


@pytest.mark.parametrize(
    ("check", "document"),
    [
        (bodies.USER, USER),
        (bodies.USER, {**USER, "unknown": [1], "tags": ["a"], "metadata": {"k": "v"}, "rate": {"up": None}}),
        (bodies.USERS, []),
        (bodies.USERS, [USER, USER]),
        (bodies.USER_PATCH, {}),
        (bodies.USER_PATCH, {"traffic": {"allocated": 2**63 - 1, "used": -(2**63)}}),
        (bodies.PROTOCOL, {"profile": PROFILE}),
        (bodies.PROTOCOL, {"profile": {**PROFILE, "stack": None, "upstream": [{"upstream": [{"id": None}]}]}}),
        (bodies.REGISTRATION, REGISTRATION),
        (bodies.REGISTRATION, {**REGISTRATION, "ttl_seconds": None, "listen": None, "description": None}),
        (bodies.HEARTBEAT, {}),
        (bodies.HEARTBEAT, {"status": "Healthy", "message": None, "observed_at_ms": 5}),
        (bodies.HEARTBEAT, {"status": {"Degraded": {"consecutive_failures": 2}}}),
        (bodies.HEARTBEAT, {"status": {"Unhealthy": {"consecutive_failures": 5, "since": 1}}}),
        (bodies.RATE_LIMIT, {"scope": "identity", "key": "ak", "max_requests_per_minute": 5}),
        (bodies.EXPORT, {"path": "x", "format": "yaml", "include_users": False, "protocol_ids": []}),
        (bodies.TLS_PATCH, {"tls": {"deep": {"er": []}}}),
        (bodies.EVENT_REGISTRATION, {"event": "node_added", "callback": "http://p/", "secret": None}),
    ],
)
def test_what_the_contract_allows_is_taken(check: Check, document: object) -> None:
    check(document, "body")


@pytest.mark.parametrize(
    ("check", "document", "problem"),
    [
        (bodies.USER, [], "body: must be an object"),
        (bodies.USER, {"id": "7", "username": "a"}, "body.password: is missing"),
        (bodies.USER, {**USER, "id": 7}, "body.id: must be a string"),
        (bodies.USER, {**USER, "id": None}, "body.id: must be a string"),
        (bodies.USER, {**USER, "tags": "vip"}, "body.tags: must be an array"),
        (bodies.USER, {**USER, "tags": ["a", 1]}, "body.tags[1]: must be a string"),
        (bodies.USER, {**USER, "metadata": []}, "body.metadata: must be an object"),
        (bodies.USER, {**USER, "metadata": {"k": 1}}, "body.metadata.k: must be a string"),
        (bodies.USER, {**USER, "traffic": {"used": True}}, "body.traffic.used: must be an integer"),
        (bodies.USER, {**USER, "traffic": {"used": 1.0}}, "body.traffic.used: must be an integer"),
        (bodies.USER, {**USER, "traffic": {"used": 2**63}}, "body.traffic.used: must fit in 64 bits"),
        (bodies.USER, {**USER, "traffic": {"used": -(2**63) - 1}}, "body.traffic.used: must fit in 64 bits"),
        (bodies.USER, {**USER, "rate": None}, "body.rate: must be an object"),
        (bodies.USERS, USER, "body: must be an array"),
        (bodies.USERS, [USER, {}], "body[1].id: is missing"),
        (bodies.PROTOCOL, {"profile": {**PROFILE, "protocol": "ftp"}}, "body.profile.protocol: must be one of http,"),
        (bodies.PROTOCOL, {"profile": {**PROFILE, "protocol": []}}, "body.profile.protocol: must be one of http,"),
        (
            bodies.PROTOCOL,
            {"profile": {**PROFILE, "upstream": [{"upstream": [{"id": 1}]}]}},
            "body.profile.upstream[0].upstream[0].id: must be a string",
        ),
        (bodies.REGISTRATION, {**REGISTRATION, "role": "boss"}, "body.role: must be one of listener, connector"),
        (bodies.REGISTRATION, {**REGISTRATION, "ttl_seconds": "60"}, "body.ttl_seconds: must be an integer"),
        (bodies.HEARTBEAT, {"status": "healthy"}, 'body.status: must be "Healthy", or an object with the one key'),
        (bodies.HEARTBEAT, {"status": {}}, "body.status: must be"),
        (bodies.HEARTBEAT, {"status": {"Degraded": {}, "Unhealthy": {}}}, "body.status: must be"),
        (bodies.HEARTBEAT, {"status": {"Degraded": 2}}, "body.status.Degraded: must be an object"),
        (bodies.HEARTBEAT, {"status": {"Unhealthy": {}}}, "body.status.Unhealthy.consecutive_failures: is missing"),
        (bodies.EXPORT, {"path": "x", "include_api": 1}, "body.include_api: must be true or false"),
        (
            bodies.SERVICE_EVENT_REGISTRATION,
            {"event": "node_added", "callback": ""},
            "body.event: must be one of user.",
        ),
    ],
)
def test_what_the_contract_forbids_is_refused_by_its_place(check: Check, document: object, problem: str) -> None:
    with pytest.raises(RefusedError) as refused:
        check(document, "body")

    assert refused.value.status == 400
    assert refused.value.document()["code"] == "bad_request"
    assert refused.value.message.startswith(problem)


def test_query_parameters_are_converted() -> None:
    assert flag("true", "query.redact") is True
    assert flag("false", "query.redact") is False
    assert whole_number("-12", "query.limit") == -12
    assert plain("anything", "query.include") == "anything"
    assert word("a", "b")("b", "query.scope") == "b"


@pytest.mark.parametrize(
    ("convert", "value", "problem"),
    [
        (flag, "1", "query.x: must be true or false"),
        (flag, "", "query.x: must be true or false"),
        (whole_number, "1.5", "query.x: must be an integer"),
        (whole_number, str(2**63), "query.x: must fit in 64 bits"),
        (whole_number, "9" * 5000, "query.x: must be an integer"),
        (word("a", "b"), "c", "query.x: must be one of a, b"),
    ],
)
def test_odd_query_parameters_are_refused(convert: Any, value: str, problem: str) -> None:
    with pytest.raises(RefusedError) as refused:
        convert(value, "query.x")

    assert refused.value.message == problem


@pytest.mark.parametrize(
    "content", [b"", b"{", b"NaN", b"[-Infinity]", b"\xff", b"[" * 100_000, b"9" * 5000, b"[-1e999]", b"{'a': 1}"]
)
def test_what_is_no_json_is_refused(content: bytes) -> None:
    with pytest.raises(RefusedError, match="body: is not valid JSON"):
        read_json(content)


def test_json_is_read() -> None:
    assert read_json(b'{"a": [1, null, "\\ud83d\\ude00", 1.5e3]}') == {"a": [1, None, "\U0001f600", 1500.0]}

"""Requests as they leave, answers as they arrive, without a network."""

import copy
import gc
import json
import pickle
from contextlib import suppress
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

import pytest

from znp_kernel_client.api.audit import list_audit_records
from znp_kernel_client.api.export import export_config
from znp_kernel_client.api.protocols import delete_protocol, list_protocols, send_heartbeat
from znp_kernel_client.api.security import delete_rate_limit, get_rate_limits
from znp_kernel_client.api.status import get_health, get_status
from znp_kernel_client.api.tls import patch_tls_node
from znp_kernel_client.api.traffic import get_traffic
from znp_kernel_client.api.users import create_user, get_user, import_users
from znp_kernel_client.errors import ApiError, ArgumentError, ClientError, DecodeError, error_details
from znp_kernel_client.models import (
    ExportRequest,
    NodeRole,
    NodeStatus,
    ProtocolHeartbeatRequest,
    RateLimitOverrideScope,
    TlsNodePatchRequest,
    User,
)
from znp_kernel_client.types import UNSET, RawResponse, Request, Unset

LARGEST = 2**63 - 1


def test_absence_is_one_value_through_copies_and_pickles() -> None:
    assert copy.copy(UNSET) is UNSET
    assert copy.deepcopy([UNSET]) == [UNSET]
    assert copy.deepcopy(UNSET) is UNSET
    assert pickle.loads(pickle.dumps(UNSET)) is UNSET
    assert isinstance(UNSET, Unset)
    assert not UNSET
    assert repr(UNSET) == "UNSET"


@pytest.mark.parametrize(
    ("identifier", "segment"),
    [
        ("edge-1", "edge-1"),
        ("a/b", "a%2Fb"),
        ("..", "%2E%2E"),
        (".", "%2E"),
        ("a.b", "a.b"),
        ("节点", "%E8%8A%82%E7%82%B9"),
        ("a b?c#d%", "a%20b%3Fc%23d%25"),
        (7, "7"),
    ],
)
def test_identifiers_are_one_encoded_segment(identifier: Any, segment: str) -> None:
    assert get_user.build_request(identifier).path == f"/v1/users/{segment}"


@pytest.mark.parametrize("identifier", ["", None, UNSET, True, "\ud800"])
def test_identifiers_that_cannot_be_sent_are_refused(identifier: Any) -> None:
    with pytest.raises(ArgumentError, match=r"^id: ") as caught:
        get_user.build_request(identifier)
    assert isinstance(caught.value, ValueError | ClientError)


def test_queries_repeat_lists_and_write_booleans_as_json_does() -> None:
    assert get_traffic.build_request(node=["a", "b"], protocol=[]).query == (("node", "a"), ("node", "b"))
    assert get_status.build_request(redact_users=True, include="nodes").query == (
        ("redact_users", "true"),
        ("include", "nodes"),
    )
    query = list_audit_records.build_request(success=False, limit=LARGEST).query
    assert set(query) == {("success", "false"), ("limit", str(LARGEST))}
    scope = delete_rate_limit.build_request(scope=RateLimitOverrideScope.ENDPOINT, key="k").query
    assert scope == (("scope", "endpoint"), ("key", "k"))


@pytest.mark.parametrize("limit", [LARGEST + 1, float("nan"), float("inf"), {}])
def test_queries_that_cannot_be_sent_are_refused(limit: Any) -> None:
    with pytest.raises(ArgumentError, match=r"^limit: "):
        list_audit_records.build_request(limit=limit)


def test_a_request_carries_everything_but_the_host() -> None:
    request = send_heartbeat.build_request("edge-1", ProtocolHeartbeatRequest(observed_at_ms=LARGEST, message=None))
    assert request == Request(
        operation="send_heartbeat",
        method="POST",
        path="/v1/protocols/registrations/edge-1/heartbeat",
        content=b'{"observed_at_ms":9223372036854775807,"message":null}',
    )
    assert "observed" not in repr(request)
    assert get_health.build_request().accept == "text/plain, application/json"


def test_a_list_of_models_is_a_body() -> None:
    users = [User(id="1", username="ü", password="p")]
    assert import_users.build_request(users).content == '[{"id":"1","username":"ü","password":"p"}]'.encode()


@pytest.mark.parametrize(
    ("tls", "place"),
    [
        ({"n": LARGEST + 1}, "body.tls.n"),
        ({"n": [-LARGEST - 2]}, "body.tls.n[0]"),
        ({"n": float("nan")}, "body"),
        ({"n": {1, 2}}, "body"),
        ({"n": UNSET}, "body"),
        ({"n": "\ud800"}, "body"),
        ({"n": datetime(2026, 1, 1, tzinfo=UTC)}, "body"),
        ({"n": None, "m": float("inf")}, "body"),
    ],
)
def test_bodies_that_cannot_be_sent_are_refused(tls: dict[str, Any], place: str) -> None:
    patch = TlsNodePatchRequest(tls=tls)
    with pytest.raises(ArgumentError) as caught:
        patch_tls_node.build_request("edge-1", patch)
    assert caught.value.argument == place


def test_a_body_is_never_null_unless_the_contract_says_so() -> None:
    nothing: Any = None
    with pytest.raises(ArgumentError, match=r"^body: must not be None"):
        create_user.build_request(nothing)


def test_long_digits_in_text_are_no_number() -> None:
    request = export_config.build_request(ExportRequest(path="9" * 30, protocol_ids=["1"]))
    assert request.content == b'{"path":"%s","protocol_ids":["1"]}' % (b"9" * 30)


def test_a_body_that_contains_itself_is_refused() -> None:
    tls: dict[str, Any] = {}
    tls["inner"] = tls
    with pytest.raises(ArgumentError, match=r"^body: "):
        patch_tls_node.build_request("edge-1", TlsNodePatchRequest(tls=tls))


def test_bodies_hold_what_json_has_no_word_for_but_an_object_or_a_number() -> None:
    tls: Any = {"frozen": MappingProxyType({"role": NodeRole.LISTENER}), 7: (1.5, None), "node": NodeStatus(id="a")}
    request = patch_tls_node.build_request("edge-1", TlsNodePatchRequest(tls=tls))
    assert request.content == b'{"tls":{"frozen":{"role":"listener"},"7":[1.5,null],"node":{"id":"a"}}}'


def answer(content: bytes, status: int = 200) -> RawResponse:
    return RawResponse(status=status, headers={}, content=content)


def test_success_is_decoded_by_the_kind_of_answer() -> None:
    assert get_health.parse_response(answer(b"ok")) == "ok"
    assert list_protocols.parse_response(answer(b'[{"id": "a"}]'))[0].id == "a"
    assert get_rate_limits.parse_response(answer(b'{"endpoints": {"/v1": 5}}')).endpoints == {"/v1": 5}
    assert get_rate_limits.parse_response(answer(b"{}")).endpoints is UNSET
    delete_protocol.parse_response(answer(b"", 204))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[]",
        b'"fine"',
        b"null",
        b"<html></html>",
        b'{"snapshot": ',
        b'{"snapshot": {"nodes": NaN}}',
        b'{"error": "x"}',
        b'{"code": "x", "message": "y"}',
        b"\xff\xfe\xfd",
        b"[" * 100_000,
    ],
)
def test_documents_of_the_wrong_shape_are_errors(content: bytes) -> None:
    with pytest.raises(DecodeError) as caught:
        get_status.parse_response(answer(content))
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)


def test_an_answer_that_shares_no_field_with_its_model_is_an_error() -> None:
    with pytest.raises(DecodeError, match="no field of TrafficSummaryResponse: error"):
        get_traffic.parse_response(answer(b'{"error": "x"}'))
    with pytest.raises(DecodeError, match="expected a list, got an object"):
        list_protocols.parse_response(answer(b'{"error": "x"}'))


@pytest.mark.parametrize(
    ("content", "place"),
    [
        (b'{"snapshot": {"nodes": [{}, 1]}}', r"snapshot\.nodes\[1\]: expected an object"),
        (b'{"snapshot": {"nodes": [{"new": 1, "health": []}]}}', r"snapshot\.nodes\[0\]\.health: expected an object"),
        (
            b'{"snapshot": {"socks": {"hop_metrics": {"s": {}, "t": 1}}}}',
            r"snapshot\.socks\.hop_metrics\.t: expected an object",
        ),
    ],
)
def test_a_decode_error_names_its_place(content: bytes, place: str) -> None:
    with pytest.raises(DecodeError, match=f"^{place}"):
        get_status.parse_response(answer(content))


@pytest.mark.parametrize(
    "value", ["18446744073709551616", "-" + "9" * 40, '"\\ud800"', "1e999", "0.1", '"%s"' % ("7" * 25)]
)
def test_values_that_few_decoders_read_exactly_are_read_as_json_reads_them(value: str) -> None:
    protocol = list_protocols.parse_response(answer(b'[{"id": "a", "new": %s}]' % value.encode()))[0]
    assert protocol.additional_properties == {"new": json.loads(value)}


@pytest.mark.parametrize("content", [b'[{"id": "a"}%s]', b'[{"id": "a"}%s'])
@pytest.mark.parametrize("collects", [True, False])
def test_a_large_answer_leaves_the_collector_of_garbage_as_it_was(content: bytes, collects: bool) -> None:
    large = answer(content % (b" " * 100_000))
    if not collects:
        gc.disable()
    try:
        with suppress(DecodeError):
            list_protocols.parse_response(large)
        assert gc.isenabled() == collects
    finally:
        gc.enable()


@pytest.mark.parametrize(
    ("status", "content", "code", "message"),
    [
        (404, b'{"code": "not_found", "message": "no such node"}', "not_found", "no such node"),
        (400, '{"code": 7, "message": "没有"}'.encode(), "7", "没有"),
        (409, b'{"error": "taken"}', "", "taken"),
        (409, b'{"detail": 1}', "", '{"detail": 1}'),
        (401, b"", "", "Unauthorized"),
        (499, b"", "", "unregistered status"),
        (520, b"<html>\n  <b>oops</b>", "", "<html> <b>oops</b>"),
        (500, b'{"code": "half', "", '{"code": "half'),
        (500, b"\xff\xfe", "", "\ufffd\ufffd"),
        (503, b"[1]", "", "[1]"),
        (503, b"[" * 100_000, "", "[" * 200),
        (204, b"", "", "No Content"),
        (302, b"x" * 5000, "", "x" * 200),
    ],
)
def test_any_other_status_is_a_typed_error(status: int, content: bytes, code: str, message: str) -> None:
    with pytest.raises(ApiError) as caught:
        get_status.parse_response(answer(content, status))
    error = caught.value
    assert (error.status, error.code, error.message, error.content) == (status, code, message, content)
    again = pickle.loads(pickle.dumps(error))
    assert (again.args, str(again)) == (error.args, str(error))
    assert str(status) in str(error)
    assert len(repr(error)) < 400


def test_the_text_of_an_error_shows_its_code() -> None:
    assert str(ApiError(404, "gone", "no such node")) == "404 [gone] no such node"
    assert str(ApiError(500, "", "")) == "500"
    assert error_details(b'{"code": true, "message": ["x"]}') == ("", '{"code": true, "message": ["x"]}')

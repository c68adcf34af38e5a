"""Calls of operations: what is sent, how often, and what each answer becomes."""

import gzip
from datetime import UTC, datetime
from functools import partial
from typing import Any

import httpcore
import httpx
import pytest
import respx

from tests.unit.kernel.support import (
    URL,
    Call,
    Chunks,
    Script,
    ScriptedTime,
    answer,
    both_forms,
    call_async,
    call_blocking,
)
from znp_kernel_client.models import HealthyStatus, ProtocolHeartbeatRequest, UserCreateRequest
from znp_panel_sync import __version__
from znp_panel_sync.control import NodeControl
from znp_panel_sync.errors import (
    AnswerTooLargeError,
    ConfigurationError,
    KernelError,
    KernelFaultError,
    KernelResponseError,
    KernelTimeoutError,
    KernelUnreachableError,
    NotFoundError,
    RateLimitedError,
    UnauthorizedError,
    UndecodableAnswerError,
)
from znp_panel_sync.kernel import AsyncKernel, Kernel

STATUS: dict[str, Any] = {"snapshot": {"nodes": []}}


def get_status(kernel: Any) -> Any:
    return kernel.status.get_status(include="nodes")


def get_user(kernel: Any) -> Any:
    return kernel.users.get_user("a/b")


def create_user(kernel: Any) -> Any:
    return kernel.users.create_user(UserCreateRequest(id="u", username="n", password="p"))


def send_heartbeat(kernel: Any) -> Any:
    return kernel.protocols.send_heartbeat("edge", ProtocolHeartbeatRequest(status=HealthyStatus.HEALTHY))


@pytest.mark.parametrize(
    ("call", "transport"),
    [(call_blocking, None), (call_async, httpx.AsyncHTTPTransport())],
    ids=["blocking", "async"],
)
def test_a_call_sends_what_the_panel_sends_and_decodes_the_answer(call: Call, transport: Any) -> None:
    control = NodeControl(f"{URL}/api/v1/", access_key="ak", secret_key="sk")
    with respx.mock:
        route = respx.get(f"{URL}/api/v1/status", params={"include": "nodes"}).respond(json=STATUS)
        status = call(get_status, control=control, transport=transport)
    assert status.snapshot.nodes == []
    request = route.calls.last.request
    assert str(request.url) == f"{URL}/api/v1/status?include=nodes"
    assert dict(request.headers) == {
        "host": "kernel.example:8080",
        "accept": "application/json",
        "user-agent": f"znp-panel-sync/{__version__}",
        "accept-encoding": "gzip",
        "authorization": "Basic YWs6c2s=",
    }


@both_forms
def test_a_body_is_sent_as_json_and_ids_stay_one_segment(call: Call) -> None:
    script = Script(answer(200, json={"id": "edge", "received_at_ms": 1}), answer(404, json={}))
    call(send_heartbeat, transport=script.transport)
    with pytest.raises(NotFoundError):
        call(get_user, transport=script.transport)
    beat, user = script.requests
    assert beat.headers["content-type"] == "application/json"
    assert beat.content == b'{"status":"Healthy"}'
    assert user.url.raw_path == b"/v1/users/a%2Fb"
    assert "authorization" not in user.headers


@both_forms
def test_status_headers_and_raw_body_can_be_had(call: Call) -> None:
    script = Script(answer(200, content=b'{"snapshot": {}}', X_Kernel="7"))
    response = call(lambda kernel: kernel.status.get_status_detailed(), transport=script.transport)
    assert (response.status, response.headers["x-kernel"], response.content) == (200, "7", b'{"snapshot": {}}')


@both_forms
@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
def test_a_safe_request_is_repeated_twice(call: Call, status: int) -> None:
    script, time = Script(answer(status)), ScriptedTime()
    with pytest.raises(KernelResponseError) as caught:
        call(get_status, transport=script.transport, timing=time.timing)
    assert caught.value.status == status
    assert time.pauses == [0.1, 0.2]
    assert len(script.requests) == 3


@both_forms
def test_a_repetition_can_succeed(call: Call) -> None:
    script, time = Script(answer(503), httpx.ReadError("cut"), answer(200, json=STATUS)), ScriptedTime(chance=0.5)
    assert call(get_status, transport=script.transport, timing=time.timing).snapshot.nodes == []
    assert time.pauses == pytest.approx([0.075, 0.15])


@both_forms
def test_retries_can_be_set_for_a_kernel_and_for_a_view(call: Call) -> None:
    script, time = Script(answer(500)), ScriptedTime()
    for act, attempts in ((get_status, 1), (lambda kernel: get_status(kernel.with_options(retries=3)), 4)):
        script.requests.clear()
        with pytest.raises(KernelFaultError):
            call(act, transport=script.transport, timing=time.timing, retries=0)
        assert len(script.requests) == attempts


@both_forms
@pytest.mark.parametrize(("act", "attempts"), [(create_user, 1), (send_heartbeat, 3)])
def test_a_post_is_not_repeated_unless_it_is_the_heartbeat(call: Call, act: Any, attempts: int) -> None:
    script, time = Script(answer(503)), ScriptedTime()
    with pytest.raises(KernelFaultError):
        call(act, transport=script.transport, timing=time.timing)
    assert len(script.requests) == attempts


@both_forms
@pytest.mark.parametrize("status", [302, 400, 401, 403, 404, 409, 501])
def test_other_refusals_are_final(call: Call, status: int) -> None:
    script = Script(answer(status, Location="http://elsewhere.example/"))
    with pytest.raises(KernelResponseError) as caught:
        call(get_status, transport=script.transport)
    assert caught.value.status == status
    assert len(script.requests) == 1


@both_forms
def test_retry_after_is_honoured(call: Call) -> None:
    script, time = Script(answer(429, Retry_After="2"), answer(200, json=STATUS)), ScriptedTime()
    call(get_status, transport=script.transport, timing=time.timing)
    assert time.pauses == [2]


@both_forms
def test_a_date_in_retry_after_is_compared_with_the_real_time(call: Call) -> None:
    script = Script(answer(503, Retry_After="Fri, 31 Dec 2100 00:00:00 GMT"))
    with pytest.raises(KernelFaultError) as caught:
        call(get_status, transport=script.transport)
    expected = (datetime(2100, 12, 31, tzinfo=UTC) - datetime.now(UTC)).total_seconds()
    assert caught.value.retry_after == pytest.approx(expected, abs=60)
    assert len(script.requests) == 1


@both_forms
def test_a_pause_that_would_outlast_the_deadline_is_not_begun(call: Call) -> None:
    script, time = Script(answer(429, Retry_After="5")), ScriptedTime()
    with pytest.raises(RateLimitedError) as caught:
        call(get_status, transport=script.transport, timing=time.timing)
    assert caught.value.retry_after == 5
    assert time.pauses == []


def test_repetitions_share_the_deadline_of_the_call() -> None:
    script, time = Script(answer(500)), ScriptedTime()
    with pytest.raises(KernelFaultError):
        call_blocking(
            lambda kernel: get_status(kernel.with_options(timeout=0.25)),
            transport=script.transport,
            timing=time.timing,
            retries=5,
        )
    assert time.pauses == [0.1]


@both_forms
@pytest.mark.parametrize(
    ("failure", "reason"),
    [
        (httpx.ConnectError("no"), "network"),
        (httpx.ReadError("no"), "reset"),
        (httpx.WriteError("no"), "reset"),
        (httpx.RemoteProtocolError("Server disconnected without sending a response."), "reset"),
        (httpx.RemoteProtocolError("illegal status line"), "protocol"),
        (httpx.UnsupportedProtocol("gopher"), "network"),
        (httpx.InvalidURL("odd"), "network"),
        (httpcore.ConnectError("no"), "network"),
        (httpcore.ReadError("no"), "reset"),
        (httpcore.RemoteProtocolError("odd"), "protocol"),
        (ConnectionRefusedError(111, "Connection refused"), "refused"),
        (OSError("All connection attempts failed"), "network"),
    ],
    ids=lambda value: getattr(value, "args", [value])[0],
)
def test_no_transport_error_gets_out(call: Call, failure: Exception, reason: str) -> None:
    with pytest.raises(KernelUnreachableError) as caught:
        call(get_status, transport=Script(failure).transport, retries=0)
    error = caught.value
    assert (error.reason, error.kernel, error.operation) == (reason, URL, "get_status")
    assert error.__cause__ is None
    assert error.__suppress_context__


@both_forms
def test_the_reason_is_found_among_several_failed_addresses(call: Call) -> None:
    failure = OSError("All connection attempts failed")
    failure.__cause__ = ExceptionGroup("multiple", [OSError(113, "No route to host"), ConnectionRefusedError()])
    with pytest.raises(KernelUnreachableError, match="refuses connections: No route to host") as caught:
        call(get_status, transport=Script(failure).transport, retries=0)
    assert caught.value.reason == "refused"


@both_forms
def test_what_the_caller_was_handling_is_not_taken_for_the_reason(call: Call) -> None:
    try:
        raise ConnectionRefusedError(111, "somebody else refused")
    except ConnectionRefusedError:
        with pytest.raises(KernelUnreachableError, match="cannot be reached \\(") as caught:
            call(get_status, transport=Script(fail_meanwhile).transport, retries=0)
    assert caught.value.reason == "network"


def fail_meanwhile(request: httpx.Request) -> httpx.Response:
    """Fail as transports do, so that Python chains the error to what is being handled."""
    raise httpx.ConnectError("no", request=request)


@both_forms
@pytest.mark.parametrize("failure", [httpx.ReadTimeout("slow"), httpcore.ConnectTimeout("slow"), TimeoutError()])
def test_a_transports_timeouts_are_ours(call: Call, failure: Exception) -> None:
    with pytest.raises(KernelTimeoutError, match=r"no answer within 5 seconds \(get_status at http"):
        call(get_status, transport=Script(failure).transport, retries=0)


@both_forms
def test_errors_of_the_test_itself_are_not_swallowed(call: Call) -> None:
    with pytest.raises(ZeroDivisionError):
        call(get_status, transport=Script(ZeroDivisionError()).transport)


@both_forms
def test_a_refusal_tells_code_message_and_body(call: Call) -> None:
    refusal = answer(409, json={"code": "exists", "message": "user exists"})
    with pytest.raises(KernelResponseError) as caught:
        call(create_user, transport=Script(refusal).transport)
    error = caught.value
    assert (error.code, error.message, error.body) == (
        "exists",
        "user exists",
        '{"code":"exists","message":"user exists"}',
    )
    assert str(error) == f"kernel control: 409 Conflict: user exists (create_user at {URL})"


@both_forms
@pytest.mark.parametrize(
    ("content", "headers", "body"),
    [
        (b"", {}, ""),
        (b"<html>no</html>", {}, "<html>no</html>"),
        ("密".encode("gbk"), {}, "��"),
        (b'{"code": 1, "mess', {}, '{"code": 1, "mess'),
        (b"x" * 200_000, {}, "x" * 1024),
        (gzip.compress(b"y" * 2_000_000), {"Content_Encoding": "gzip"}, "y" * 1024),
        (b"zzz", {"Content_Encoding": "br"}, ""),
        (gzip.compress(b"w" * 50)[:-8], {"Content_Encoding": "gzip"}, "w" * 50),
    ],
    ids=["empty", "HTML", "GBK", "cut JSON", "long", "bomb", "unknown encoding", "cut gzip"],
)
@pytest.mark.parametrize("status", [400, 499, 520])
def test_a_refusal_is_told_whatever_its_body(
    call: Call, status: int, content: bytes, headers: dict[str, str], body: str
) -> None:
    script = Script(answer(status, content=content, **headers))
    with pytest.raises(KernelResponseError) as caught:
        call(get_status, transport=script.transport)
    assert (caught.value.status, caught.value.body) == (status, body)


@both_forms
@pytest.mark.parametrize(
    ("content", "headers"),
    [
        (b"", {}),
        (b"<html>login</html>", {}),
        (b'{"snapshot": {"nodes": 7}}', {}),
        (b'{"snapshot": ', {}),
        (b"[]", {}),
        (b"{}", {"Content_Encoding": "br"}),
        (gzip.compress(gzip.compress(b"{}")), {"Content_Encoding": "gzip, gzip"}),
        (b"{}", {"Content_Encoding": "gzip"}),
        (gzip.compress(b"{}")[:-3], {"Content_Encoding": "gzip"}),
    ],
    ids=["empty", "HTML", "wrong type", "cut JSON", "list", "unknown encoding", "nested", "no gzip", "cut gzip"],
)
def test_a_success_that_cannot_be_decoded_is_an_error(call: Call, content: bytes, headers: dict[str, str]) -> None:
    script = Script(answer(200, content=content, **headers))
    with pytest.raises(UndecodableAnswerError, match="cannot be decoded") as caught:
        call(get_status, transport=script.transport)
    assert caught.value.__cause__ is None
    assert len(script.requests) == 1


@both_forms
def test_a_compressed_answer_is_decoded(call: Call) -> None:
    script = Script(answer(200, content=gzip.compress(b'{"snapshot": {}}'), Content_Encoding="gzip"))
    response = call(lambda kernel: kernel.status.get_status_detailed(), transport=script.transport)
    assert response.content == b'{"snapshot": {}}'


@both_forms
def test_the_limit_holds_for_plain_declared_and_compressed_bodies(call: Call) -> None:
    large = b'{"snapshot": {}}' + b" " * 1000
    script = Script(
        answer(200, content=large),
        lambda _: httpx.Response(200, stream=Chunks(large[:500], large[500:])),
        answer(200, content=gzip.compress(large), Content_Encoding="gzip"),
    )
    for _ in range(3):
        with pytest.raises(AnswerTooLargeError, match="larger than 1000 bytes") as caught:
            call(get_status, transport=script.transport, max_body_bytes=1000)
        assert caught.value.limit == 1000
        with pytest.raises(AnswerTooLargeError):
            call(lambda kernel: get_status(kernel.with_options(max_body_bytes=999)), transport=script.transport)


@both_forms
def test_an_answer_is_closed_however_it_ends(call: Call) -> None:
    for status, chunks in ((200, [b"not JSON"]), (200, [b"x" * 50, b"y"]), (500, [b"x" * 100_000, b"y"])):
        stream = Chunks(*chunks)
        script = Script(httpx.Response(status, stream=stream))
        with pytest.raises(KernelError):
            call(get_status, transport=script.transport, retries=0, max_body_bytes=20)
        assert stream.closed == 1


@both_forms
def test_an_answer_that_breaks_off_is_repeated(call: Call) -> None:
    broken = Chunks(
        b'{"snap', httpx.RemoteProtocolError("peer closed connection without sending complete message body")
    )
    script, time = Script(httpx.Response(200, stream=broken), answer(200, json=STATUS)), ScriptedTime()
    assert call(get_status, transport=script.transport, timing=time.timing).snapshot.nodes == []
    assert len(time.pauses) == 1


def test_the_deadline_is_checked_between_the_chunks_of_any_blocking_transport() -> None:
    time = ScriptedTime()
    stream = Chunks(*[b" "] * 100, before=lambda: time.sleep(1))
    with pytest.raises(KernelTimeoutError):
        call_blocking(get_status, transport=Script(httpx.Response(200, stream=stream)).transport, timing=time.timing)
    assert len(time.pauses) == 5
    assert stream.closed == 1


@both_forms
def test_cookies_are_not_kept(call: Call) -> None:
    script = Script(answer(503, Set_Cookie="session=1"), answer(200, json=STATUS))
    call(get_status, transport=script.transport, timing=ScriptedTime().timing)
    assert "cookie" not in script.requests[1].headers


@both_forms
@pytest.mark.parametrize(
    ("reply", "healthy"),
    [
        (answer(200, content=b"ok"), True),
        (answer(200, content=b" ok\r\n"), True),
        (answer(200, content=b"starting"), False),
        (answer(200, content=b"<html>ok</html>"), False),
        (answer(204, content=b""), False),
        (answer(401), False),
        (answer(500), False),
        (httpx.ConnectError("no"), False),
        (httpx.ReadTimeout("no"), False),
        (answer(200, content=b"ok" * 1000), False),
    ],
)
def test_healthy_is_an_ok_from_the_liveness_probe(call: Call, reply: Any, healthy: bool) -> None:
    script = Script(reply)
    options: dict[str, Any] = {"timing": ScriptedTime().timing, "max_body_bytes": 1000}
    assert call(lambda kernel: kernel.healthy(), transport=script.transport, **options) is healthy
    assert {request.url.path for request in script.requests} == {"/healthz"}


@both_forms
def test_healthy_raises_what_is_wrong_on_this_side(call: Call) -> None:
    with pytest.raises(ConfigurationError, match="verify: cannot be read"):
        call(lambda kernel: kernel.healthy(), control=NodeControl("https://127.0.0.1", verify="/nowhere/ca.pem"))


@both_forms
@pytest.mark.parametrize(
    ("options", "field"),
    [
        ({"retries": -1}, "retries"),
        ({"retries": "2"}, "retries"),
        ({"retries": True}, "retries"),
        ({"max_body_bytes": 1e6}, "max_body_bytes"),
        ({"max_body_bytes": 0}, "max_body_bytes"),
        ({"max_body_bytes": float("inf")}, "max_body_bytes"),
    ],
)
def test_a_bad_limit_is_named(call: Call, options: dict[str, Any], field: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        call(lambda kernel: kernel.healthy(), **options)
    assert caught.value.field == field
    with pytest.raises(ConfigurationError) as caught:
        call(lambda kernel: kernel.with_options(**options))
    assert caught.value.field == field


@pytest.mark.parametrize("form", [Kernel, AsyncKernel])
def test_a_kernel_needs_a_control(form: Any) -> None:
    with pytest.raises(ConfigurationError, match=r"^control: must be a NodeControl, not str$"):
        form("http://kernel.example")


@both_forms
def test_a_timeout_must_be_positive(call: Call) -> None:
    for view in ({"timeout": timeout} for timeout in (0, -1, float("nan"), float("inf"), "5s", 10**400)):
        with pytest.raises(ConfigurationError, match=r"^timeout: must be (more than 0|a finite number)"):
            call(partial(_with_options, view))


def _with_options(options: dict[str, Any], kernel: Any) -> Any:
    return kernel.with_options(**options)


@both_forms
def test_a_kernel_shows_its_control_and_no_secret(call: Call) -> None:
    control = NodeControl(URL, access_key="canary-key", secret_key="canary-secret")
    shown: list[Any] = []
    script = Script(answer(200, json=STATUS))

    def show(kernel: Any) -> Any:
        shown.extend([repr(kernel), kernel.control])
        return get_status(kernel)

    call(show, control=control, transport=script.transport)
    assert "Kernel(NodeControl(endpoint='http://kernel.example:8080'" in shown[0]
    assert "canary" not in shown[0]
    assert shown[1] is control


@both_forms
def test_unauthorized_is_its_own_error(call: Call) -> None:
    with pytest.raises(UnauthorizedError) as caught:
        call(get_status, transport=Script(answer(401)).transport)
    assert caught.value.retryable is False

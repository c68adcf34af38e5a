from threading import Thread

import pytest

from znp_panel_sync.testing._requests import ReceivedRequest, RequestLog, received


def test_a_request_is_described_without_its_secrets() -> None:
    scope = {
        "method": "POST",
        "path": "/v1/users",
        "query_string": b"redact=true",
        "headers": [(b"Authorization", b"Bearer s3cret")],
    }
    request = received(scope, b'{"id": "7"}')

    assert (request.method, request.path, request.query) == ("POST", "/v1/users", "redact=true")
    assert request.headers == {"authorization": "Bearer s3cret"}
    assert request.json() == {"id": "7"}
    assert "s3cret" not in repr(request)


def test_a_websocket_handshake_is_a_get() -> None:
    assert received({"path": "/v1/events/ws", "query_string": b"", "headers": []}, b"").method == "GET"


def test_requests_are_found_by_method_and_path() -> None:
    log = RequestLog()
    for method, path in (("GET", "/v1/users"), ("GET", "/v1/users/7"), ("DELETE", "/v1/users/7")):
        log.add(ReceivedRequest(method, path))

    assert len(log.find()) == log.total == 3
    assert [request.method for request in log.find(path="/v1/users/*")] == ["GET", "DELETE"]
    assert [request.path for request in log.find("GET", "/v1/users")] == ["/v1/users"]
    log.clear()
    assert (log.find(), log.total) == ([], 0)


def test_one_can_wait_for_requests() -> None:
    log = RequestLog()
    log.add(ReceivedRequest("GET", "/a"))
    adding = Thread(target=lambda: log.add(ReceivedRequest("GET", "/b")))
    adding.start()

    assert [request.path for request in log.wait_for("GET", count=2)] == ["/a", "/b"]
    adding.join()


def test_waiting_ends() -> None:
    with pytest.raises(TimeoutError, match=r"0 of 1 awaited requests arrived within 0\.01 s"):
        RequestLog().wait_for(timeout=0.01)

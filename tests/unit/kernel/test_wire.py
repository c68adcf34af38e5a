"""Requests as bytes, and the headers of answers."""

import pytest

from znp_kernel_client.types import Request
from znp_panel_sync._version import __version__
from znp_panel_sync.control import NodeControl
from znp_panel_sync.errors import ConfigurationError
from znp_panel_sync.kernel import Timing
from znp_panel_sync.kernel._calls import Call, Headers, Options, Target
from znp_panel_sync.kernel._wire import AnswerHeaders, request_bytes

CONTROL = NodeControl("http://kernel.example:8080/api/v1", token="t")


def call(request: Request, headers: Headers | None = None, control: NodeControl = CONTROL) -> Call:
    return Call(Target(control), Options(5.0), Timing(), request, headers or [])


def test_a_request_with_a_body() -> None:
    request = Request("create", "POST", "/v1/users", query=(("a", "1 2"), ("a", "b,c")), content=b'{"id": 1}')
    assert request_bytes(call(request)) == (
        b"POST /api/v1/users?a=1%202&a=b,c HTTP/1.1\r\n"
        b"Host: kernel.example:8080\r\n"
        b"Accept: application/json\r\n"
        b"User-Agent: znp-panel-sync/" + __version__.encode() + b"\r\n"
        b"Accept-Encoding: gzip\r\n"
        b"Authorization: Bearer t\r\n"
        b"Content-Type: application/json\r\n"
        b"Content-Length: 9\r\n"
        b"\r\n"
        b'{"id": 1}'
    )


@pytest.mark.parametrize(("method", "length"), [("POST", True), ("PUT", True), ("GET", False), ("DELETE", False)])
def test_only_what_usually_has_a_body_says_that_it_has_none(method: str, length: bool) -> None:
    assert (b"\r\nContent-Length: 0\r\n" in request_bytes(call(Request("x", method, "/x")))) is length


def test_an_ipv6_host_stands_in_brackets() -> None:
    control = NodeControl("http://[::1]:8080")
    assert b"\r\nHost: [::1]:8080\r\n" in request_bytes(call(Request("x", "GET", "/x"), control=control))


@pytest.mark.parametrize("path", ["/a b", "/a\r\nEvil: 1", "/ä", "", "x"])
def test_a_path_that_would_break_out_of_its_line_is_refused(path: str) -> None:
    with pytest.raises(ConfigurationError, match="request: holds characters that cannot be sent there"):
        request_bytes(call(Request("x", "GET", path), control=NodeControl("http://kernel")))


@pytest.mark.parametrize("header", [("X", "a\r\nEvil: 1"), ("X", "a\0"), ("X\r\nEvil", "a"), ("X", "漢"), ("", "a")])
def test_a_header_that_would_break_out_of_its_line_is_refused(header: tuple[str, str]) -> None:
    with pytest.raises(ConfigurationError, match="headers: holds characters that cannot be sent there") as caught:
        request_bytes(call(Request("x", "GET", "/x"), [header]))
    assert "Evil" not in str(caught.value)


def test_headers_are_found_whatever_their_case_and_joined() -> None:
    headers = AnswerHeaders([(b"via", b"a"), (b"x-name", "ü".encode()), (b"x-old", b"\xfc"), (b"via", b"b")])
    assert (headers["Via"], headers["X-NAME"], headers["x-old"]) == ("a, b", "ü", "ü")
    assert (list(headers), len(headers)) == (["via", "x-name", "x-old"], 3)
    assert "VIA" in headers
    assert headers.get("Content-Length", "") == ""
    assert headers.get("漢") is None


def test_what_headers_hold_is_not_shown() -> None:
    assert repr(AnswerHeaders([(b"set-cookie", b"secret")])) == "AnswerHeaders(['set-cookie'])"

"""Arguments are checked when a stream is made, before anything is sent."""

import sys
from typing import Any

import httpx
import pytest

from znp_panel_sync.control import NodeControl
from znp_panel_sync.errors import ConfigurationError
from znp_panel_sync.kernel import AsyncKernel, Kernel
from znp_panel_sync.streams import AsyncEventStream, AsyncStatusStream, EventStream, StatusStream
from znp_panel_sync.streams._parameters import event_request, status_request

CONTROL = NodeControl("http://127.0.0.1:9")
DEFAULTS: dict[str, Any] = {
    "interval": 5,
    "mode": "full",
    "events": None,
    "include": None,
    "redact_users": None,
    "rate_limit_summary": None,
}


def test_a_status_stream_is_asked_for_as_the_contract_says() -> None:
    given: dict[str, Any] = {
        "events": ["node", " service"],
        "include": "nodes,users",
        "redact_users": True,
        "rate_limit_summary": False,
    }
    request = status_request("sse", **{**DEFAULTS, **given, "mode": "diff", "interval": 60})
    assert (request.operation, request.method, request.path) == ("stream_status", "GET", "/v1/status/stream")
    assert request.accept == "text/event-stream"
    assert dict(request.query) == {
        "interval": "60",
        "mode": "diff",
        "events": "node,service",
        "include": "nodes,users",
        "redact_users": "true",
        "rate_limit_summary": "false",
    }


def test_a_websocket_is_asked_for_at_its_own_path() -> None:
    request = event_request("websocket", None)
    assert (request.operation, request.path, request.query) == ("stream_events_ws", "/v1/events/ws", ())
    assert request.success == (101,)


WRONG_FOR_STATUS = [
    ("interval", 0),
    ("interval", 61),
    ("interval", 5.0),
    ("interval", True),
    ("interval", "5"),
    ("mode", "half"),
    ("events", "node,weather"),
    ("events", []),
    ("include", ""),
    ("include", ["nodes", 5]),
    ("include", 5),
    ("redact_users", "yes"),
    ("rate_limit_summary", 1),
    ("transport", "carrier pigeon"),
    ("max_snapshot_bytes", 0),
]
WRONG_FOR_EVENTS = [
    ("events", "weather"),
    ("transport", ""),
    ("idle_timeout", 0),
    ("idle_timeout", -1.0),
    ("idle_timeout", float("nan")),
    ("idle_timeout", True),
    ("max_event_bytes", 1.5),
    ("max_event_bytes", True),
]


@pytest.mark.parametrize(("name", "value"), WRONG_FOR_STATUS)
def test_a_wrong_argument_of_a_status_stream_is_named(name: str, value: object) -> None:
    wrong: dict[str, Any] = {name: value}
    with pytest.raises(ConfigurationError, match=f"^{name}: must be"):
        AsyncStatusStream(AsyncKernel(CONTROL), **wrong)
    with pytest.raises(ConfigurationError, match=f"^{name}: must be"):
        StatusStream(Kernel(CONTROL), **wrong)


@pytest.mark.parametrize(("name", "value"), WRONG_FOR_EVENTS)
def test_a_wrong_argument_of_an_event_stream_is_named(name: str, value: object) -> None:
    wrong: dict[str, Any] = {name: value}
    with pytest.raises(ConfigurationError, match=f"^{name}: must be"):
        AsyncEventStream(AsyncKernel(CONTROL), **wrong)
    with pytest.raises(ConfigurationError, match=f"^{name}: must be"):
        EventStream(Kernel(CONTROL), **wrong)


@pytest.mark.parametrize("kind", [StatusStream, EventStream])
def test_a_blocking_kernel_with_a_transport_of_its_givers_is_refused(kind: type[StatusStream | EventStream]) -> None:
    with pytest.raises(ConfigurationError, match=r"^kernel: must use connections of its own"):
        kind(Kernel(CONTROL, transport=httpx.MockTransport(lambda _: httpx.Response(200))))


@pytest.mark.parametrize("transport", ["sse", "websocket"])
def test_a_kernel_of_the_other_kind_is_refused(transport: Any) -> None:
    awaited: Any = AsyncKernel(CONTROL)
    blocking: Any = Kernel(CONTROL)
    for kind, kernel, problem in (
        (AsyncStatusStream, blocking, "an AsyncKernel, not Kernel"),
        (AsyncEventStream, blocking, "an AsyncKernel, not Kernel"),
        (StatusStream, awaited, "a Kernel, not AsyncKernel"),
        (EventStream, awaited, "a Kernel, not AsyncKernel"),
    ):
        with pytest.raises(ConfigurationError, match=f"^kernel: must be {problem}$"):
            kind(kernel, transport=transport)


def test_a_missing_extra_is_named_when_the_stream_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "websockets", None)
    with pytest.raises(ConfigurationError, match="comes with the extra websocket"):
        AsyncEventStream(AsyncKernel(CONTROL), transport="websocket")


def test_silence_may_be_unlimited() -> None:
    assert AsyncEventStream(AsyncKernel(CONTROL), idle_timeout=None) is not None

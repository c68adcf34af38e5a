"""What an agent sends, and what failures mean for its lease."""

import json

import httpx
import pytest
import respx

from znp_kernel_client.models.node_role import NodeRole
from znp_kernel_client.models.protocol_registration_request import ProtocolRegistrationRequest
from znp_panel_sync.control import NodeControl
from znp_panel_sync.errors import (
    ConfigurationError,
    KernelResponseError,
    KernelTimeoutError,
    KernelUnreachableError,
    UndecodableAnswerError,
    response_error_type,
)
from znp_panel_sync.health import Health, HealthReport
from znp_panel_sync.kernel import AsyncKernel
from znp_panel_sync.lease._health import Condition
from znp_panel_sync.lease._machine import Request, Send
from znp_panel_sync.lease._requests import LeaseRequests, failure_of
from znp_panel_sync.lease._states import Signal
from znp_panel_sync.lease._terms import Grant

REGISTRATION = ProtocolRegistrationRequest(id="edge/1", role=NodeRole.LISTENER, protocol="vless")
KERNEL = "http://kernel/v1"


def refusal(status: int, retry_after: float | None = None) -> KernelResponseError:
    return response_error_type(status)(status, kernel=KERNEL, retry_after=retry_after)


@pytest.mark.parametrize(
    ("error", "request_", "signal"),
    [
        (KernelUnreachableError("cut", reason="reset", kernel=KERNEL), Request.BEAT, Signal.UNREACHABLE),
        (KernelTimeoutError("late", kernel=KERNEL), Request.REGISTER, Signal.UNREACHABLE),
        (UndecodableAnswerError("page of a proxy", kernel=KERNEL), Request.BEAT, Signal.UNREACHABLE),
        (RuntimeError(), Request.BEAT, Signal.UNREACHABLE),
        (TimeoutError(), Request.BEAT, Signal.UNREACHABLE),
        (ConfigurationError("verify", "no such file"), Request.REGISTER, Signal.REFUSED),
        *((refusal(status), Request.BEAT, Signal.REFUSED) for status in (301, 400, 401, 403, 409, 422)),
        *((refusal(status), Request.BEAT, Signal.UNREACHABLE) for status in (408, 425, 429, 500, 503)),
        *((refusal(status), Request.BEAT, Signal.UNKNOWN_NODE) for status in (404, 410)),
        (refusal(404), Request.SIGN_OFF, Signal.UNKNOWN_NODE),
        (refusal(404), Request.REGISTER, Signal.UNREACHABLE),
    ],
)
def test_what_a_failure_means(error: Exception, request_: Request, signal: Signal) -> None:
    failure = failure_of(error, request_)
    assert failure.signal is signal
    assert failure.reason


def test_the_kernels_wish_to_be_left_alone_is_passed_on() -> None:
    assert failure_of(refusal(429, 12.5), Request.BEAT).retry_after == 12.5


def test_a_conflict_is_said_to_be_one() -> None:
    failure = failure_of(refusal(409), Request.REGISTER)
    assert failure.conflict
    assert "another agent" in failure.reason
    assert not failure_of(refusal(400), Request.REGISTER).conflict


async def test_the_three_requests_on_the_wire(respx_mock: respx.MockRouter) -> None:
    register = respx_mock.post("http://kernel/v1/protocols/registrations").respond(
        json={"registered_at_ms": 5_000, "expires_at_ms": 35_000, "heartbeat_interval_seconds": 9}
    )
    beat = respx_mock.post("http://kernel/v1/protocols/registrations/edge%2F1/heartbeat").respond(
        json={"received_at_ms": 5_000, "expires_at_ms": None}
    )
    sign_off = respx_mock.delete("http://kernel/v1/protocols/registrations/edge%2F1").respond(204)
    degraded = Condition(HealthReport(Health.DEGRADED, 3), "slow disk")
    async with AsyncKernel(NodeControl("http://kernel"), transport=httpx.AsyncHTTPTransport()) as kernel:
        requests = LeaseRequests(kernel, REGISTRATION, lambda: 1700.5)
        granted = await requests.send(Send(1, Request.REGISTER, 5.0), degraded)
        renewed = await requests.send(Send(2, Request.BEAT, 5.0), degraded)
        await requests.send(Send(3, Request.BEAT, 5.0), Condition(HealthReport(Health.HEALTHY)))
        ended = await requests.send(Send(4, Request.SIGN_OFF, 5.0), degraded)

    assert json.loads(register.calls[0].request.content) == {"id": "edge/1", "role": "listener", "protocol": "vless"}
    assert [json.loads(call.request.content) for call in beat.calls] == [
        {
            "status": {"Degraded": {"consecutive_failures": 3}},
            "observed_at_ms": 1_700_500,
            "message": "slow disk",
        },
        {"status": "Healthy", "observed_at_ms": 1_700_500},
    ]
    assert sign_off.call_count == 1
    assert (granted, renewed, ended) == (Grant(30.0, 9.0), Grant(float("inf")), Grant())

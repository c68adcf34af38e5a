"""Kernels of both forms against a simulated one: credentials, every tag, and a day with its restarts."""

import subprocess
import sys
from typing import Any

import pytest

from tests.functional.kernel.support import WITHOUT_PAUSES, Call, both_forms, get_status
from znp_kernel_client.models import HealthyStatus, ProtocolHeartbeatRequest, UserCreateRequest
from znp_panel_sync.errors import ConflictError, KernelFaultError, NotFoundError, RateLimitedError, UnauthorizedError
from znp_panel_sync.testing import KernelSimulator

CREDENTIALS: list[dict[str, str]] = [
    {},
    {"token": "a-token"},
    {"access_key": "access", "secret_key": "sec:ret"},
    {"access_key": "öffnung", "secret_key": "密码"},
]


@both_forms
@pytest.mark.parametrize("credentials", CREDENTIALS, ids=["none", "token", "pair", "pair in other scripts"])
def test_credentials_are_understood_at_the_other_end(call: Call, credentials: dict[str, Any]) -> None:
    with KernelSimulator(**credentials) as simulator:
        assert call(get_status, simulator.control()) is not None
        if credentials:
            with pytest.raises(UnauthorizedError):
                call(get_status, simulator.control(access_key=None, secret_key=None, token="wrong"))


READS = [
    ("status", "get_health"),
    ("status", "get_status"),
    ("traffic", "get_traffic"),
    ("interfaces", "list_interfaces"),
    ("rules", "list_rule_providers"),
    ("tls", "list_tls_nodes"),
    ("audit", "list_audit_records"),
    ("audit", "get_audit_health"),
    ("security", "get_rate_limits"),
    ("events", "list_event_registrations"),
    ("events", "list_service_event_registrations"),
    ("protocols", "list_protocols"),
    ("users", "list_users"),
]


@pytest.fixture(scope="module")
def simulator() -> Any:
    with KernelSimulator() as running:
        yield running


@both_forms
@pytest.mark.parametrize(("tag", "operation"), READS)
def test_every_tag_is_reached_in_both_ways(call: Call, simulator: KernelSimulator, tag: str, operation: str) -> None:
    parsed = call(lambda kernel: getattr(getattr(kernel, tag), operation)(), simulator.control())
    answer = call(lambda kernel: getattr(getattr(kernel, tag), f"{operation}_detailed")(), simulator.control())
    assert answer.status == 200
    assert type(answer.parsed) is type(parsed)
    assert answer.content


@both_forms
def test_errors_of_the_kernel_have_their_classes(call: Call, simulator: KernelSimulator) -> None:
    control = simulator.control()
    name = f"user-of-{call.__name__}"  # type: ignore[attr-defined]
    user = UserCreateRequest(id=name, username=name, password="p")
    assert call(lambda kernel: kernel.users.create_user(user), control).id == name
    with pytest.raises(ConflictError):
        call(lambda kernel: kernel.users.create_user(user), control)
    call(lambda kernel: kernel.users.delete_user(name), control)
    with pytest.raises(NotFoundError):
        call(lambda kernel: kernel.users.get_user(name), control)


@both_forms
def test_a_restart_between_two_attempts_is_survived(call: Call) -> None:
    with KernelSimulator() as simulator, simulator.faults.drop(times=1):
        assert call(get_status, simulator.control(), timing=WITHOUT_PAUSES) is not None


@both_forms
def test_busy_answers_are_repeated_for_beats_and_not_for_other_posts(call: Call) -> None:
    with KernelSimulator() as simulator, simulator.faults.answer(503):
        beat = ProtocolHeartbeatRequest(status=HealthyStatus.HEALTHY)
        with pytest.raises(KernelFaultError):
            call(
                lambda kernel: kernel.protocols.send_heartbeat("edge", beat), simulator.control(), timing=WITHOUT_PAUSES
            )
        assert len(simulator.requests.find("POST", "/v1/protocols/*")) == 3


@both_forms
def test_a_kernel_may_ask_for_a_pause(call: Call) -> None:
    with KernelSimulator() as simulator, simulator.faults.answer(429, headers={"Retry-After": "60"}):
        with pytest.raises(RateLimitedError) as caught:
            call(get_status, simulator.control())
        assert caught.value.retry_after == 60
        assert simulator.requests.total == 1


@both_forms
def test_healthy_follows_the_kernel(call: Call) -> None:
    with KernelSimulator() as simulator:
        control = simulator.control()
        assert call(lambda kernel: kernel.healthy(), control) is True
        with simulator.down():
            assert call(lambda kernel: kernel.healthy(), control, timing=WITHOUT_PAUSES) is False
        assert call(lambda kernel: kernel.healthy(), control) is True


def test_a_script_that_blocks_never_waits_for_asyncio_to_be_imported() -> None:
    script = (
        "import sys\n"
        "from znp_panel_sync import Kernel, NodeControl\n"
        "with Kernel(NodeControl(sys.argv[1])) as kernel:\n"
        "    kernel.status.get_status(include='nodes')\n"
        "print('httpx' in sys.modules, 'asyncio' in sys.modules)"
    )
    with KernelSimulator() as simulator:
        command = [sys.executable, "-c", script, simulator.control().base_url]
        told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert told.split() == ["True", "False"]

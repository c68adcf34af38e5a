from typing import Any

import pytest

from tests.unit.testing.support import ManualClock, event_names
from znp_panel_sync.health import Health, HealthReport
from znp_panel_sync.testing._kernel.refusal import RefusedError
from znp_panel_sync.testing._kernel.state import KernelState

REGISTRATION: dict[str, Any] = {"id": "edge-1", "role": "listener", "protocol": "vless", "ttl_seconds": 60}
PROFILE: dict[str, Any] = {"id": "edge-1", "role": "connector", "protocol": "socks", "profile": {"a": 1}}
DEGRADED = {"Degraded": {"consecutive_failures": 3}}


def health(kernel: KernelState, node_id: str = "edge-1") -> Any:
    now = kernel.clock.monotonic()
    return next(node.health_state(now)["status"] for node in kernel.nodes if node.id == node_id)


def test_a_registered_node_is_announced_and_shown(kernel: KernelState, clock: ManualClock) -> None:
    answer = kernel.nodes.register({**REGISTRATION, "tags": ["hk"], "metadata": {"rack": "4"}, "description": "d"})

    assert answer == {
        "id": "edge-1",
        "protocol": "vless",
        "registered_at_ms": clock.now_ms(),
        "expires_at_ms": clock.now_ms() + 60_000,
        "heartbeat_interval_seconds": 20,
    }
    assert event_names(kernel) == ["node_added"]
    node = kernel.nodes.get("edge-1")
    assert node.metadata == {"rack": "4"}
    assert node.status(clock.monotonic()) == {
        "id": "edge-1",
        "role": "listener",
        "tags": ["hk"],
        "description": "d",
        "protocol": "vless",
        "health": {"status": "Healthy", "consecutive_failures": 0, "last_failure_elapsed_ms": None},
        "interfaces": {"default_label": None, "bindings": []},
    }


def test_registering_again_begins_a_new_lease_and_is_no_news(kernel: KernelState, clock: ManualClock) -> None:
    kernel.nodes.register(REGISTRATION)
    clock.advance(50)
    kernel.nodes.register(REGISTRATION)
    clock.advance(20)
    kernel.settle()

    assert len(kernel.nodes) == 1
    assert event_names(kernel) == ["node_added"]


def test_registering_again_heals(kernel: KernelState) -> None:
    kernel.nodes.register(REGISTRATION)
    kernel.nodes.beat("edge-1", {"status": DEGRADED})
    kernel.nodes.register(REGISTRATION)

    assert event_names(kernel) == ["node_added", "node_degraded", "node_healthy"]


def test_a_heartbeat_renews_the_lease_and_tells_the_health(kernel: KernelState, clock: ManualClock) -> None:
    kernel.nodes.register(REGISTRATION)
    clock.advance(59)
    answer = kernel.nodes.beat("edge-1", {"status": DEGRADED, "message": "disk full"})
    clock.advance(7)
    kernel.settle()

    assert answer == {
        "id": "edge-1",
        "health": {"status": DEGRADED, "consecutive_failures": 3, "last_failure_elapsed_ms": 0},
        "received_at_ms": clock.now_ms() - 7000,
        "expires_at_ms": clock.now_ms() + 53_000,
    }
    event = kernel.journal.all()[-1]
    assert event.name == "node_degraded"
    assert event.payload == {"id": "edge-1", "protocol": "vless", "status": "degraded", "message": "disk full"}
    assert kernel.nodes.get("edge-1").health_state(clock.monotonic())["last_failure_elapsed_ms"] == 7000


def test_a_heartbeat_without_a_status_says_healthy(kernel: KernelState) -> None:
    kernel.nodes.register(REGISTRATION)
    kernel.nodes.beat("edge-1", {"status": DEGRADED})
    kernel.nodes.beat("edge-1", {})

    assert event_names(kernel) == ["node_added", "node_degraded", "node_healthy"]


def test_silence_degrades_a_node_until_it_is_gone(kernel: KernelState, clock: ManualClock) -> None:
    kernel.nodes.register(REGISTRATION)
    seen = []
    for _ in range(4):
        clock.advance(16)
        kernel.settle()
        seen.append(health(kernel) if len(kernel.nodes) else None)

    assert seen == [
        "Healthy",
        {"Degraded": {"consecutive_failures": 1}},
        {"Unhealthy": {"consecutive_failures": 2}},
        None,
    ]
    assert event_names(kernel) == ["node_added", "node_degraded", "node_unhealthy", "node_removed"]
    assert kernel.journal.all()[-1].payload["message"] == "lease expired"
    with pytest.raises(RefusedError, match="registration 'edge-1' does not exist") as refused:
        kernel.nodes.beat("edge-1", {})
    assert refused.value.status == 404


def test_a_beat_after_silence_is_good_news(kernel: KernelState, clock: ManualClock) -> None:
    kernel.nodes.register(REGISTRATION)
    clock.advance(31)
    kernel.settle()
    kernel.nodes.beat("edge-1", {"status": "Healthy"})

    assert event_names(kernel) == ["node_added", "node_degraded", "node_healthy"]


def test_each_lease_runs_by_itself(kernel: KernelState, clock: ManualClock) -> None:
    kernel.nodes.register({**REGISTRATION, "id": "long", "ttl_seconds": 600})
    clock.advance(10)
    kernel.nodes.register({**REGISTRATION, "id": "short", "ttl_seconds": 6})
    clock.advance(6)
    kernel.settle()

    assert [node.id for node in kernel.nodes] == ["long"]


def test_signing_off_ends_the_registration(kernel: KernelState) -> None:
    kernel.nodes.register(REGISTRATION)
    kernel.nodes.deregister("edge-1")

    assert event_names(kernel) == ["node_added", "node_removed"]
    with pytest.raises(RefusedError, match="does not exist"):
        kernel.nodes.deregister("edge-1")


def test_a_configured_node_needs_no_heartbeat(kernel: KernelState, clock: ManualClock) -> None:
    kernel.upsert_protocol({"profile": PROFILE, "listen": "0.0.0.0:443"})
    clock.advance(86_400)
    kernel.settle()

    assert health(kernel) == "Healthy"
    with pytest.raises(RefusedError, match="registration 'edge-1' does not exist"):
        kernel.nodes.beat("edge-1", {})


def test_a_node_that_is_configured_and_registered_outlives_its_lease(kernel: KernelState, clock: ManualClock) -> None:
    user = {"id": "7", "username": "alice", "password": "pw"}
    kernel.upsert_protocol({"profile": PROFILE, "users": [user]})
    kernel.nodes.register(REGISTRATION)
    clock.advance(40)
    kernel.settle()
    assert health(kernel) == {"Degraded": {"consecutive_failures": 1}}
    clock.advance(40)
    kernel.settle()

    assert health(kernel) == "Healthy"
    assert kernel.nodes.get("edge-1").user_ids == ["7"]
    assert event_names(kernel) == ["node_added", "node_degraded", "node_healthy"]


def test_configuring_a_registered_node_keeps_its_lease_and_health(kernel: KernelState, clock: ManualClock) -> None:
    kernel.nodes.register(REGISTRATION)
    kernel.nodes.beat("edge-1", {"status": DEGRADED})
    kernel.upsert_protocol({"profile": PROFILE})

    assert health(kernel) == DEGRADED
    kernel.nodes.beat("edge-1", {})
    assert event_names(kernel) == ["node_added", "node_degraded", "node_healthy"]


def test_only_configured_nodes_can_be_unconfigured(kernel: KernelState) -> None:
    kernel.nodes.register(REGISTRATION)
    with pytest.raises(RefusedError, match="protocol 'edge-1' does not exist"):
        kernel.nodes.unconfigure("edge-1")
    with pytest.raises(RefusedError, match="protocol 'nobody' does not exist"):
        kernel.nodes.unconfigure("nobody")
    kernel.upsert_protocol({"profile": PROFILE})
    kernel.nodes.unconfigure("edge-1")

    assert len(kernel.nodes) == 0


def test_the_kernels_own_checks_change_a_health_once(kernel: KernelState) -> None:
    kernel.upsert_protocol({"profile": PROFILE})
    for _ in range(2):
        kernel.nodes.report("edge-1", HealthReport(Health.UNHEALTHY, 9), "probe failed")

    assert health(kernel) == {"Unhealthy": {"consecutive_failures": 9}}
    assert event_names(kernel) == ["node_added", "node_unhealthy"]


def test_the_users_of_a_protocol_are_those_it_was_given(kernel: KernelState) -> None:
    users = [{"id": str(number), "username": f"u{number}", "password": "pw"} for number in (1, 2, 1)]
    kernel.users.create({"id": "9", "username": "other", "password": "pw"})
    summary = kernel.upsert_protocol({"profile": PROFILE, "users": users})

    assert summary["user_count"] == 2
    bound = kernel.protocol_users("edge-1", everybody=False, redact=False)
    assert [user["username"] for user in bound] == ["u1", "u2"]
    everybody = kernel.protocol_users("edge-1", everybody=True, redact=True)
    assert [(user["id"], user["username"]) for user in everybody] == [("9", "***"), ("1", "***"), ("2", "***")]


def test_forgetting_empties_the_memory_and_tells_nobody(kernel: KernelState) -> None:
    kernel.nodes.register(REGISTRATION)
    kernel.forget()

    assert len(kernel.nodes) == 0
    assert event_names(kernel) == ["node_added"]

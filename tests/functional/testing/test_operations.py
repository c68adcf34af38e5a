"""Every operation over HTTP, as the contract describes it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.functional.testing.support import ask, basic
from znp_panel_sync.health import Health
from znp_panel_sync.testing import KernelSimulator

USER = {"id": "7", "username": "alice", "password": "hunter2", "traffic": {"allocated": 100, "used": 30}}
PROFILE = {"id": "edge-1", "role": "listener", "protocol": "vless", "profile": {"tls": {"mode": "dual"}}}
REGISTRATION = {"id": "agent-1", "role": "connector", "protocol": "socks", "ttl_seconds": 60}


@pytest.fixture
def simulator(tmp_path: Path) -> Iterator[KernelSimulator]:
    with KernelSimulator(export_dir=tmp_path) as running:
        yield running


def test_the_status_is_clipped_and_masked(simulator: KernelSimulator) -> None:
    ask(simulator, "POST", "/v1/users", USER)
    whole = ask(simulator, "GET", "/v1/status").json()
    clipped = ask(simulator, "GET", "/v1/status?include=users&redact_users=true&rate_limit_summary=true").json()

    assert {"nodes", "users", "vless", "system"} < whole["snapshot"].keys()
    assert "rate_limit_summary" not in whole
    assert clipped["snapshot"].keys() == {"generated_at", "users"}
    assert clipped["snapshot"]["users"]["users"][0]["username"] == "***"
    assert clipped["rate_limit_summary"]["unlimited_users"] == 1
    assert ask(simulator, "GET", "/v1/status?fields=nodes").json()["snapshot"].keys() == {"generated_at", "nodes"}


def test_health_is_shown_in_its_three_forms(simulator: KernelSimulator) -> None:
    simulator.add_node("a")
    simulator.add_node("b", health=Health.DEGRADED, consecutive_failures=2)
    simulator.add_node("c")
    simulator.set_health("c", Health.UNHEALTHY, consecutive_failures=5, message="no route")
    nodes = ask(simulator, "GET", "/v1/status?include=nodes").json()["snapshot"]["nodes"]

    assert [node["health"]["status"] for node in nodes] == [
        "Healthy",
        {"Degraded": {"consecutive_failures": 2}},
        {"Unhealthy": {"consecutive_failures": 5}},
    ]
    with pytest.raises(ValueError, match="health: a kernel cannot say UNKNOWN"):
        simulator.set_health("a", Health.UNKNOWN)


def test_traffic_is_filtered(simulator: KernelSimulator) -> None:
    simulator.add_traffic("a", bytes_up=1, bytes_down=2)
    simulator.add_traffic("b", bytes_up=4, protocol="socks")
    simulator.add_traffic("c", bytes_up=8)

    assert ask(simulator, "GET", "/v1/traffic").json()["bytes_up"] == 13
    filtered = ask(simulator, "GET", "/v1/traffic?node=a&node=b&protocol=vless").json()
    assert filtered["by_node_protocol"] == [{"node_id": "a", "protocol": "vless", "bytes_up": 1, "bytes_down": 2}]


def test_a_registration_lives_and_ends(simulator: KernelSimulator) -> None:
    granted = ask(simulator, "POST", "/v1/protocols/registrations", REGISTRATION).json()
    beat = ask(simulator, "POST", "/v1/protocols/registrations/agent-1/heartbeat", {"status": "Healthy"}).json()

    assert granted["expires_at_ms"] - granted["registered_at_ms"] == 60_000
    assert beat["expires_at_ms"] - beat["received_at_ms"] == 60_000
    assert simulator.node_ids == ["agent-1"]
    assert ask(simulator, "GET", "/v1/protocols").json() == []
    gone = ask(simulator, "DELETE", "/v1/protocols/registrations/agent-1")
    assert (gone.status, gone.content) == (204, b"")
    assert ask(simulator, "DELETE", "/v1/protocols/registrations/agent-1").status == 404


def test_time_that_is_skipped_ends_leases(simulator: KernelSimulator) -> None:
    ask(simulator, "POST", "/v1/protocols/registrations", REGISTRATION)
    simulator.skip(61)

    assert [event.name for event in simulator.events] == ["node_added", "node_removed"]
    assert ask(simulator, "POST", "/v1/protocols/registrations/agent-1/heartbeat", {}).status == 404


def test_an_evicted_agent_has_to_register_again(simulator: KernelSimulator) -> None:
    ask(simulator, "POST", "/v1/protocols/registrations", REGISTRATION)
    simulator.evict("agent-1")

    assert ask(simulator, "POST", "/v1/protocols/registrations/agent-1/heartbeat", {}).status == 404
    assert simulator.events[-1].payload["message"] == "evicted"


def test_a_wrong_clock_moves_what_is_told_but_not_the_lease(simulator: KernelSimulator) -> None:
    ask(simulator, "POST", "/v1/protocols/registrations", REGISTRATION)
    simulator.set_clock_offset(-7200)
    beat = ask(simulator, "POST", "/v1/protocols/registrations/agent-1/heartbeat", {}).json()
    simulator.set_clock_offset(7200)
    later = ask(simulator, "POST", "/v1/protocols/registrations/agent-1/heartbeat", {}).json()

    assert beat["expires_at_ms"] - beat["received_at_ms"] == 60_000
    assert 14_300_000 < later["received_at_ms"] - beat["received_at_ms"] < 14_500_000


def test_a_protocol_is_configured_with_its_users(simulator: KernelSimulator) -> None:
    answer = ask(simulator, "POST", "/v1/protocols", {"profile": PROFILE, "users": [USER], "listen": "0.0.0.0:443"})

    assert answer.json() == {
        "id": "edge-1",
        "role": "listener",
        "tags": [],
        "description": None,
        "protocol": "vless",
        "listen": "0.0.0.0:443",
        "connect": None,
        "user_count": 1,
    }
    assert ask(simulator, "GET", "/v1/protocols").json() == [answer.json()]
    simulator.add_user("8", subscription_id="3")
    assert [user["id"] for user in ask(simulator, "GET", "/v1/protocols/edge-1/users").json()] == ["7"]
    everybody = ask(simulator, "GET", "/v1/protocols/edge-1/users?all=true&redact=true").json()
    assert [(user["id"], user["username"]) for user in everybody] == [("7", "***"), ("8", "***")]
    assert ask(simulator, "DELETE", "/v1/protocols/edge-1").status == 204
    assert ask(simulator, "DELETE", "/v1/protocols/edge-1").status == 404


def test_a_user_is_created_changed_and_deleted(simulator: KernelSimulator) -> None:
    assert ask(simulator, "POST", "/v1/users", USER).json() == {"id": "7"}
    assert ask(simulator, "POST", "/v1/users", USER).status == 409
    assert ask(simulator, "PATCH", "/v1/users/7", {"rate": {"up": 5}}).json() == {"id": "7"}
    assert ask(simulator, "GET", "/v1/users/7").json()["rate"] == {"up": 5, "down": None}
    assert ask(simulator, "PUT", "/v1/users/7", {"tags": ["a"]}).json() == {"id": "7"}
    assert ask(simulator, "GET", "/v1/users/7?redact=true").json() == {
        "id": "7",
        "username": "***",
        "tags": ["a"],
        "metadata": {},
        "traffic": {"allocated": 0, "used": 0},
        "rate": {"up": None, "down": None},
    }
    assert ask(simulator, "POST", "/v1/users/import", [USER, {**USER, "id": "8"}]).json() == {"imported": 2}
    assert [user["id"] for user in ask(simulator, "GET", "/v1/users").json()] == ["7", "8"]
    assert ask(simulator, "DELETE", "/v1/users/8").status == 204
    assert ask(simulator, "GET", "/v1/users/8").json() == {"code": "not_found", "message": "user '8' does not exist"}


def test_an_id_may_hold_anything(simulator: KernelSimulator) -> None:
    ask(simulator, "POST", "/v1/users", {**USER, "id": "a/b ?ü"})

    assert ask(simulator, "GET", "/v1/users/a%2Fb%20%3F%C3%BC").json()["id"] == "a/b ?ü"
    assert ask(simulator, "GET", "/v1/users/a/b").status == 404
    odd = ask(simulator, "GET", "/v1/users/%ff")
    assert (odd.status, odd.json()["message"]) == (400, "path.id: is not UTF-8")


def test_tls_nodes_are_shown_and_changed(simulator: KernelSimulator) -> None:
    ask(simulator, "POST", "/v1/protocols", {"profile": PROFILE})
    simulator.add_node("plain")
    simulator.add_node("tls", profile={"tls": {}}, tags=("a",))

    assert [node["id"] for node in ask(simulator, "GET", "/v1/tls/nodes").json()] == ["edge-1", "tls"]
    changed = ask(simulator, "PATCH", "/v1/tls/nodes/edge-1", {"tls": {"mode": "server"}}).json()
    assert changed["profile"] == {"tls": {"mode": "server"}}
    assert ask(simulator, "GET", "/v1/tls/nodes/edge-1").json() == changed
    assert ask(simulator, "GET", "/v1/tls/nodes/plain").status == 404


def test_providers_are_loaded(simulator: KernelSimulator) -> None:
    simulator.add_provider("geo", rules=3)
    simulator.add_provider("dead", failure="gone")

    assert ask(simulator, "POST", "/v1/rules/providers/geo/refresh").json()["state"] == "healthy"
    assert ask(simulator, "POST", "/v1/rules/providers/dead/refresh").json()["last_error"] == "gone"
    assert ask(simulator, "POST", "/v1/rules/providers/x/refresh").status == 404
    assert [one["name"] for one in ask(simulator, "GET", "/v1/rules/providers").json()] == ["geo", "dead"]


def test_rate_limits_are_set_kept_and_lifted(simulator: KernelSimulator) -> None:
    limit = {"scope": "endpoint", "key": "/v1/interfaces", "max_requests_per_minute": 1}
    assert ask(simulator, "POST", "/v1/security/rate-limits", limit).json() == limit
    assert ask(simulator, "GET", "/v1/interfaces").status == 200
    refused = ask(simulator, "GET", "/v1/interfaces")
    assert (refused.status, refused.json()["code"]) == (429, "rate_limited")
    assert 0 < int(refused.headers["retry-after"]) <= 60

    simulator.skip(60)
    assert ask(simulator, "GET", "/v1/interfaces").status == 200
    assert ask(simulator, "GET", "/v1/security/rate-limits").json()["endpoints"] == {"/v1/interfaces": 1}
    target = "/v1/security/rate-limits?scope=endpoint&key=/v1/interfaces"
    assert ask(simulator, "DELETE", target).status == 204
    assert ask(simulator, "DELETE", target).status == 404


def test_interfaces_and_status_parts_can_be_set(simulator: KernelSimulator) -> None:
    assert [one["name"] for one in ask(simulator, "GET", "/v1/interfaces").json()["interfaces"]] == ["lo", "eth0"]
    simulator.set_interfaces({"name": "wg0"})
    simulator.set_status_part("quic", {"active_connections": 4})

    assert ask(simulator, "GET", "/v1/interfaces").json() == {"interfaces": [{"name": "wg0"}]}
    assert ask(simulator, "GET", "/v1/status?include=quic").json()["snapshot"]["quic"] == {"active_connections": 4}


def test_what_changes_something_is_audited(simulator: KernelSimulator) -> None:
    simulator.set_credentials(access_key="ak", secret_key="sk")
    headers = basic("ak", "sk")
    ask(simulator, "POST", "/v1/users", USER, headers=headers)
    ask(simulator, "POST", "/v1/users", USER, headers=headers)
    ask(simulator, "POST", "/v1/protocols", {"profile": PROFILE}, headers=headers)
    ask(simulator, "POST", "/v1/users/import", [], headers=headers)
    ask(simulator, "POST", "/v1/users", {**USER, "id": 7}, headers=headers)
    ask(simulator, "POST", "/v1/export", b"{", headers=headers)
    ask(simulator, "DELETE", "/v1/users/%ff", headers=headers)
    ask(simulator, "DELETE", "/v1/users/nobody", headers=headers)
    answer = ask(simulator, "GET", "/v1/audit", headers=headers)

    assert b"hunter2" not in answer.content
    assert {record["actor"] for record in answer.json()} == {"ak"}
    assert [(one["action"], one["target"], one["detail"]) for one in answer.json()] == [
        ("delete_user", "nobody", "user 'nobody' does not exist"),
        ("delete_user", None, "path.id: is not UTF-8"),
        ("export_config", None, "body: is not valid JSON"),
        ("create_user", None, "body.id: must be a string"),
        ("import_users", None, None),
        ("upsert_protocol", "edge-1", None),
        ("create_user", "7", "user '7' exists already"),
        ("create_user", "7", None),
    ]
    failed = ask(simulator, "GET", "/v1/audit?success=false&limit=1&since_ms=0&action=create_user", headers=headers)
    assert [record["endpoint"] for record in failed.json()] == ["POST /v1/users"]
    assert ask(simulator, "GET", "/v1/audit/health", headers=headers).json()["dropped"] == 0


def test_callbacks_are_registered_for_one_event_each(simulator: KernelSimulator) -> None:
    for kind, event in (("events", "node_added"), ("service-events", "user.quota.changed")):
        path = f"/v1/{kind}/registrations"
        wish = {"event": event, "callback": "http://127.0.0.1:9/cb", "secret": "t0ken"}
        record = ask(simulator, "POST", path, wish).json()

        assert record.keys() == {"id", "event", "callback", "created_at_ms"}
        assert ask(simulator, "GET", path).json() == [record]
        assert [(one.event, one.secret) for one in simulator.registrations] == [(event, "t0ken")]
        assert ask(simulator, "DELETE", f"{path}/{record['id']}").status == 204
        assert ask(simulator, "DELETE", f"{path}/{record['id']}").status == 404


def test_the_configuration_is_exported(simulator: KernelSimulator, tmp_path: Path) -> None:
    answer = ask(simulator, "POST", "/v1/export", {"path": "/etc/kernel.yaml", "format": "yaml"})

    assert answer.json()["path"] == "/etc/kernel.yaml"
    assert (tmp_path / "etc" / "kernel.yaml").read_text().startswith("{")
    assert ask(simulator, "POST", "/v1/export", {"path": "/etc/kernel.yaml"}).status == 409


@pytest.mark.parametrize(
    ("method", "target", "status", "code"),
    [
        ("GET", "/", 404, "not_found"),
        ("GET", "/v1/status/", 404, "not_found"),
        ("GET", "/v1/users//x", 404, "not_found"),
        ("PUT", "/v1/status", 405, "method_not_allowed"),
        ("OPTIONS", "/v1/users", 405, "method_not_allowed"),
        ("GET", "/v1/status?redact_users=yes", 400, "bad_request"),
        ("GET", "/v1/audit?limit=ten", 400, "bad_request"),
        ("DELETE", "/v1/security/rate-limits?scope=endpoint", 400, "bad_request"),
        ("DELETE", "/v1/security/rate-limits?scope=all&key=x", 400, "bad_request"),
        ("POST", "/v1/users", 400, "bad_request"),
    ],
)
def test_every_refusal_is_an_error_document(
    simulator: KernelSimulator, method: str, target: str, status: int, code: str
) -> None:
    answer = ask(simulator, method, target)

    assert (answer.status, answer.headers["content-type"]) == (status, "application/json")
    assert answer.json().keys() == {"code", "message"}
    assert answer.json()["code"] == code


def test_a_head_request_is_a_get_without_a_body(simulator: KernelSimulator) -> None:
    answer = ask(simulator, "HEAD", "/v1/status")

    assert (answer.status, answer.content) == (200, b"")


def test_methods_that_would_do_are_named(simulator: KernelSimulator) -> None:
    allowed = ask(simulator, "PUT", "/v1/users").headers["allow"]

    assert set(allowed.split(", ")) == {"GET", "HEAD", "POST"}


@pytest.mark.parametrize("path", ["/v1/status", "/nowhere"])
def test_credentials_are_asked_for_everywhere(simulator: KernelSimulator, path: str) -> None:
    simulator.set_credentials(token="t0ken")

    refused = ask(simulator, "GET", path)
    assert (refused.status, refused.json()["code"]) == (401, "unauthorized")
    assert "Bearer" in refused.headers["www-authenticate"]
    assert ask(simulator, "GET", path, headers={"Authorization": "Bearer t0ken"}).status != 401
    assert ask(simulator, "GET", "/healthz").status == 200


def test_a_limit_may_be_for_one_caller(simulator: KernelSimulator) -> None:
    simulator.set_credentials(access_key="ak", secret_key="sk", token="t0ken")
    bearer = {"Authorization": "Bearer t0ken"}
    limit = {"scope": "identity", "key": "ak", "max_requests_per_minute": 0}
    assert ask(simulator, "POST", "/v1/security/rate-limits", limit, headers=bearer).status == 200

    assert ask(simulator, "GET", "/v1/users", headers=basic("ak", "sk")).status == 429
    assert ask(simulator, "GET", "/v1/users", headers=bearer).status == 200

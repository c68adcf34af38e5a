"""Traffic, rate limits, audit, TLS nodes, providers, events and exports."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.unit.testing.support import ManualClock
from znp_panel_sync.testing._kernel import tls
from znp_panel_sync.testing._kernel.events import KernelEvent
from znp_panel_sync.testing._kernel.export import export
from znp_panel_sync.testing._kernel.providers import Provider
from znp_panel_sync.testing._kernel.refusal import RefusedError
from znp_panel_sync.testing._kernel.state import KernelState

# Traffic


def test_traffic_is_summed_by_what_was_asked_for(kernel: KernelState, clock: ManualClock) -> None:
    kernel.traffic.add("a", "vless", 1, 10)
    kernel.traffic.add("a", "vless", 1, 10)
    kernel.traffic.add("a", "socks", 4, 40)
    kernel.traffic.add("b", "vless", 8, 80)

    def sums(*filters: list[str]) -> tuple[int, int, int]:
        summary = kernel.traffic.summary(*filters)
        assert summary["generated_at_ms"] == clock.now_ms()
        return summary["bytes_up"], summary["bytes_down"], len(summary["by_node_protocol"])

    assert sums([], []) == (14, 140, 3)
    assert sums(["a"], []) == (6, 60, 2)
    assert sums([], ["vless"]) == (10, 100, 2)
    assert sums(["a", "b"], ["socks"]) == (4, 40, 1)
    assert sums(["c"], []) == (0, 0, 0)


# Rate limits


def test_requests_above_a_limit_wait_for_the_minute_to_pass(kernel: KernelState, clock: ManualClock) -> None:
    kernel.limits.set("endpoint", "/v1/status", 2)
    kernel.limits.admit("/v1/status", None)
    clock.advance(20)
    kernel.limits.admit("/v1/status", None)
    kernel.limits.admit("/v1/users", None)

    with pytest.raises(RefusedError) as refused:
        kernel.limits.admit("/v1/status", None)
    assert (refused.value.status, refused.value.headers) == (429, {"Retry-After": "40"})
    clock.advance(40)
    kernel.limits.admit("/v1/status", None)


def test_a_limit_may_be_for_one_identity_and_may_be_zero(kernel: KernelState) -> None:
    kernel.limits.set("identity", "ak", 0)
    kernel.limits.admit("/v1/status", "other")

    with pytest.raises(RefusedError) as refused:
        kernel.limits.admit("/v1/status", "ak")
    assert refused.value.headers == {"Retry-After": "60"}


def test_limits_can_be_lifted(kernel: KernelState) -> None:
    assert kernel.limits.set("identity", "ak", 0) == {"scope": "identity", "key": "ak", "max_requests_per_minute": 0}
    assert kernel.limits.snapshot() == {"endpoints": {}, "identities": {"ak": 0}}
    kernel.limits.remove("identity", "ak")

    assert kernel.limits.snapshot() == {"endpoints": {}, "identities": {}}
    kernel.limits.admit("/v1/status", "ak")
    with pytest.raises(RefusedError, match="rate limit 'ak' does not exist"):
        kernel.limits.remove("identity", "ak")


# Audit


def write(kernel: KernelState, **fields: Any) -> None:
    defaults = {"action": "create_user", "endpoint": "POST /v1/users", "actor": "ak", "target": "7"}
    kernel.audit.write(**{**defaults, "success": True, "detail": None, **fields})


def test_records_are_found_newest_first(kernel: KernelState, clock: ManualClock) -> None:
    write(kernel)
    clock.advance(1)
    write(kernel, success=False, detail="no", actor=None)

    newest, oldest = kernel.audit.find({})
    assert newest == {
        "id": "2",
        "timestamp_ms": clock.now_ms(),
        "channel": "http",
        "endpoint": "POST /v1/users",
        "action": "create_user",
        "actor": None,
        "target": "7",
        "success": False,
        "detail": "no",
        "metadata": {},
    }
    assert oldest["id"] == "1"


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({"limit": 1}, ["3"]),
        ({"limit": 0}, []),
        ({"limit": -5}, []),
        ({"since_ms": 1_700_000_002_000}, ["3"]),
        ({"success": True}, ["3", "1"]),
        ({"action": "delete_user"}, ["2"]),
        ({"actor": "other", "target": "9"}, ["3"]),
        ({"actor": "other", "target": "7"}, []),
    ],
)
def test_records_are_filtered(
    kernel: KernelState, clock: ManualClock, filters: dict[str, Any], expected: list[str]
) -> None:
    for fields in ({}, {"action": "delete_user", "success": False}, {"actor": "other", "target": "9"}):
        write(kernel, **fields)
        clock.advance(1)

    assert [record["id"] for record in kernel.audit.find(filters)] == expected


def test_a_hundred_records_are_shown_unless_asked_otherwise(kernel: KernelState) -> None:
    for _ in range(150):
        write(kernel)

    assert len(kernel.audit.find({})) == 100
    assert len(kernel.audit.find({"limit": 120})) == 120


# TLS


def configure(kernel: KernelState, node_id: str, profile: dict[str, Any], role: str = "listener") -> None:
    kernel.upsert_protocol({"profile": {"id": node_id, "role": role, "protocol": "http", "profile": profile}})


def test_nodes_with_tls_settings_are_tls_nodes(kernel: KernelState) -> None:
    configure(kernel, "plain", {})
    configure(kernel, "listener", {"tls": {}})
    configure(kernel, "connector", {"tls": {"mode": 5}, "inner": "odd"}, "connector")
    configure(kernel, "reality", {"tls": {"mode": "dual", "reality": {}}, "inner": {"protocol": "vless"}})

    shown = [
        (node["id"], node["tls_mode"], node["inner_protocol"], node["has_reality"])
        for node in tls.summaries(kernel.nodes)
    ]
    assert shown == [
        ("listener", "server", "http", False),
        ("connector", "client", "http", False),
        ("reality", "dual", "vless", True),
    ]


def test_a_patch_changes_the_named_tls_settings(kernel: KernelState) -> None:
    configure(kernel, "n", {"tls": {"sni": "a", "alpn": ["h2"]}, "other": 1})

    answer = tls.patch(kernel.nodes, "n", {"tls": {"sni": "b"}, "inner": {"protocol": "ss"}})

    assert answer["profile"] == {"tls": {"sni": "b", "alpn": ["h2"]}, "inner": {"protocol": "ss"}, "other": 1}
    assert tls.detail(kernel.nodes, "n") == answer
    assert tls.patch(kernel.nodes, "n", {}) == answer


@pytest.mark.parametrize("node_id", ["plain", "nobody"])
def test_other_nodes_have_no_tls_settings(kernel: KernelState, node_id: str) -> None:
    configure(kernel, "plain", {})

    with pytest.raises(RefusedError, match=f"TLS node '{node_id}' does not exist"):
        tls.detail(kernel.nodes, node_id)


# Providers


def test_a_provider_is_pending_until_it_is_loaded(kernel: KernelState, clock: ManualClock) -> None:
    kernel.providers.put(Provider("geo", rules=12))
    nothing = dict.fromkeys(("checksum", "last_success_unix_ms", "last_attempt_unix_ms", "etag", "last_error"))
    assert kernel.providers.views() == [{"name": "geo", "state": "pending", **nothing}]

    view = kernel.providers.refresh("geo")

    assert (view["state"], view["last_error"]) == ("healthy", None)
    assert view["last_success_unix_ms"] == view["last_attempt_unix_ms"] == clock.now_ms()
    assert view["etag"] == f'"{view["checksum"][:16]}"'
    assert kernel.providers.rule_count() == 12


def test_a_provider_can_fail(kernel: KernelState, clock: ManualClock) -> None:
    kernel.providers.put(Provider("geo", failure="404 at the source"))

    view = kernel.providers.refresh("geo")

    assert (view["state"], view["last_error"], view["last_success_unix_ms"]) == ("error", "404 at the source", None)
    assert view["last_attempt_unix_ms"] == clock.now_ms()


def test_an_unknown_provider_is_refused(kernel: KernelState) -> None:
    with pytest.raises(RefusedError, match="provider 'geo' does not exist"):
        kernel.providers.refresh("geo")


# Events


def test_listeners_hear_what_happens_until_they_leave(kernel: KernelState) -> None:
    heard: list[KernelEvent] = []
    leave = kernel.journal.subscribe(heard.append)
    first = kernel.journal.publish("node_added", {"id": "a"})
    leave()
    leave()
    second = kernel.journal.publish("node_added", {"id": "b"})

    assert heard == [first]
    assert kernel.journal.all() == (first, second)
    assert first.event_id != second.event_id


def test_a_node_event_has_one_form_for_streams_and_one_for_callbacks() -> None:
    event = KernelEvent("node_degraded", "e-1", 1_704_067_200_123, {"id": "edge-1", "status": "degraded"})

    assert event.category == "node"
    assert event.frame() == {
        "event": "node.degraded",
        "event_id": "e-1",
        "occurred_at_ms": 1_704_067_200_123,
        "payload": {
            "id": "edge-1",
            "status": "degraded",
            "event": "node_degraded",
            "node_id": "edge-1",
            "triggered_at": "2024-01-01T00:00:00.123Z",
        },
    }
    assert event.callback_body() == {
        "id": "edge-1",
        "status": "degraded",
        "event": "node_degraded",
        "event_id": "e-1",
        "occurred_at_ms": 1_704_067_200_123,
        "observed_at": 1_704_067_200,
    }


def test_a_service_event_has_the_same_form_everywhere() -> None:
    event = KernelEvent("user.quota.changed", "e-1", 5, {"user_id": "7"})
    document = {"event": "user.quota.changed", "event_id": "e-1", "occurred_at_ms": 5, "payload": {"user_id": "7"}}

    assert event.category == "service"
    assert event.frame() == event.callback_body() == document


def test_equal_callback_registrations_are_two(kernel: KernelState, clock: ManualClock) -> None:
    one = kernel.node_callbacks.add("node_added", "http://panel/cb", "s3cret")
    two = kernel.node_callbacks.add("node_added", "http://panel/cb", "s3cret")

    assert "s3cret" not in repr(one)
    assert kernel.node_callbacks.views()[0] == {
        "id": one.id,
        "event": "node_added",
        "callback": "http://panel/cb",
        "created_at_ms": clock.now_ms(),
    }
    kernel.node_callbacks.remove(one.id)
    assert kernel.node_callbacks.all() == (two,)
    with pytest.raises(RefusedError, match="registration"):
        kernel.node_callbacks.remove(one.id)


# Export


@pytest.fixture
def filled(kernel: KernelState) -> KernelState:
    configure(kernel, "a", {})
    configure(kernel, "b", {})
    kernel.nodes.register({"id": "agent", "role": "listener", "protocol": "vless"})
    kernel.users.create({"id": "7", "username": "alice", "password": "hunter2"})
    kernel.providers.put(Provider("geo", rules=3))
    return kernel


def test_an_export_stays_in_memory(filled: KernelState) -> None:
    answer = export(filled, {"path": "/etc/kernel.json", "protocol_ids": ["b", "c"]})

    assert answer == {
        "path": "/etc/kernel.json",
        "protocols": 1,
        "version": "1",
        "users": None,
        "api": False,
        "filters": {"protocols": ["b", "c"]},
    }
    assert not Path("/etc/kernel.json").exists()
    assert [node["id"] for node in json.loads(filled.exports.files["/etc/kernel.json"])["protocols"]] == ["b"]


def test_an_export_holds_what_was_asked_for(filled: KernelState) -> None:
    wishes = ("include_users", "redact_users", "include_api", "include_pipeline", "resolve_providers")
    answer = export(filled, {"path": "x", "version_label": "v2", **dict.fromkeys(wishes, True)})

    assert answer == {
        "path": "x",
        "protocols": 2,
        "version": "v2",
        "users": 1,
        "api": True,
        "filters": {"protocols": []},
        "pipeline": {"strategies": 0, "rules": 3, "resolved_rules": 3},
    }
    content = filled.exports.files["x"]
    assert "alice" not in content
    assert "hunter2" not in content
    assert json.loads(content)["api"] == {"endpoints": {}, "identities": {}}


def test_providers_are_resolved_only_on_demand(filled: KernelState) -> None:
    answer = export(filled, {"path": "x", "include_pipeline": True, "include_users": True})

    assert answer["pipeline"]["resolved_rules"] is None
    assert "alice" in filled.exports.files["x"]


def test_an_export_overwrites_only_when_allowed(filled: KernelState) -> None:
    export(filled, {"path": "x"})
    with pytest.raises(RefusedError, match="'x' exists already") as refused:
        export(filled, {"path": "x"})
    assert refused.value.status == 409

    export(filled, {"path": "x", "version_label": "2", "allow_overwrite": True})
    assert json.loads(filled.exports.files["x"])["version"] == "2"


def test_exports_are_written_below_the_folder_that_was_given(tmp_path: Path, clock: ManualClock) -> None:
    kernel = KernelState(clock, export_folder=tmp_path)
    export(kernel, {"path": "/etc/kernel/a.json"})
    export(kernel, {"path": "b.json"})

    assert sorted(path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.json")) == [
        "b.json",
        "etc/kernel/a.json",
    ]
    (tmp_path / "c.json").write_text("mine")
    with pytest.raises(RefusedError, match="exists already"):
        export(kernel, {"path": "c.json"})


@pytest.mark.parametrize("path", ["../x", "/a/../../x", "/", "", "nul\0", "\ud800"])
def test_an_export_never_leaves_its_folder(tmp_path: Path, clock: ManualClock, path: str) -> None:
    kernel = KernelState(clock, export_folder=tmp_path / "exports")

    with pytest.raises(RefusedError) as refused:
        export(kernel, {"path": path, "allow_overwrite": True})
    assert refused.value.status == 403
    assert not (tmp_path / "x").exists()

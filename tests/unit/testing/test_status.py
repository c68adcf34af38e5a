import pytest

from tests.unit.testing.support import ManualClock
from znp_panel_sync.testing._kernel.state import KernelState
from znp_panel_sync.testing._kernel.status import GROUPS, PARTS, chosen_parts, snapshot


@pytest.mark.parametrize(
    ("clips", "expected"),
    [
        ((), set(PARTS)),
        ((None, None), set(PARTS)),
        (("all",), set(PARTS)),
        (("nodes",), {"nodes"}),
        ((" Nodes , users", None), {"nodes", "users"}),
        (("nodes", "users"), {"nodes", "users"}),
        (("metrics,nodes",), GROUPS["metrics"] | {"nodes"}),
        (("",), set()),
        (("nonsense,nodes",), {"nodes"}),
    ],
)
def test_the_clip_chooses_parts(clips: tuple[str | None, ...], expected: set[str]) -> None:
    assert chosen_parts(*clips) == expected


def test_metrics_are_the_counters_alone() -> None:
    assert GROUPS["metrics"] == set(PARTS) - {"nodes", "users", "pipeline", "providers"}


def test_a_snapshot_holds_the_chosen_parts(kernel: KernelState) -> None:
    kernel.upsert_protocol({"profile": {"id": "n", "role": "listener", "protocol": "http", "profile": {}}})
    kernel.users.create({"id": "7", "username": "alice", "password": "pw"})

    document = snapshot(kernel, {"nodes", "http", "system", "users"})

    assert document["generated_at"] == "2023-11-14T22:13:20.000+00:00"
    assert [node["id"] for node in document["nodes"]] == ["n"]
    assert document["http"]["total_nodes"] == 1
    assert document["system"]["connections"]["by_node_protocol"][0]["node_id"] == "n"
    assert document["users"]["users"][0]["username"] == "alice"
    assert document.keys() == {"generated_at", "nodes", "http", "system", "users"}


def test_users_can_be_masked(kernel: KernelState) -> None:
    kernel.users.create({"id": "7", "username": "alice", "password": "pw"})

    assert "alice" not in str(snapshot(kernel, PARTS, redact_users=True))


def test_parts_can_be_set_by_hand(kernel: KernelState, clock: ManualClock) -> None:
    del clock
    kernel.set_parts["vless"] = {"tcp_sessions": 4}
    kernel.set_parts["nodes"] = []
    kernel.upsert_protocol({"profile": {"id": "n", "role": "listener", "protocol": "http", "profile": {}}})

    document = snapshot(kernel, {"vless", "ss", "nodes"})

    assert document["vless"] == {"tcp_sessions": 4}
    assert document["ss"]["tcp_sessions"] == 0
    assert document["nodes"] == []


def test_no_snapshot_shares_its_parts_with_the_next(kernel: KernelState) -> None:
    snapshot(kernel, {"socks"})["socks"]["hop_metrics"]["x"] = {}

    assert snapshot(kernel, {"socks"})["socks"] == {"hop_metrics": {}}

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.functional.events.programs import ADMIN, TOKEN, Program, running
from znp_panel_sync.health import Health
from znp_panel_sync.testing import KernelSimulator

RECORD = {"subscription_id": 2, "node_id": 10, "protocol": "vless", "bytes_up": 5, "bytes_down": 7}


@pytest.fixture
def simulator() -> Iterator[KernelSimulator]:
    with KernelSimulator() as kernel:
        yield kernel


@pytest.fixture
def client() -> Iterator[httpx.Client]:
    with httpx.Client(timeout=30) as opened:
        yield opened


def assert_no_canary(program: Program, folder: Path) -> None:
    stored = b"".join(path.read_bytes() for path in folder.glob("panel.db*"))
    for secret in (TOKEN, ADMIN):
        assert secret not in program.output
        assert secret.encode() not in stored


def test_the_fastapi_panel_receives_polls_and_acts(
    simulator: KernelSimulator, client: httpx.Client, tmp_path: Path
) -> None:
    database = f"sqlite:///{tmp_path}/panel.db"
    arguments = ("--kernel", simulator.url, "--port", "0", "--database", database, "--interval", "0.5")
    with running("fastapi_panel.py", *arguments) as panel:
        base = panel.base_url
        simulator.requests.wait_for("POST", "/v1/protocols")
        simulator.set_health("edge-1", Health.DEGRADED)
        panel.wait_for("node edge-1: node_degraded")
        for _ in range(2):
            simulator.push_traffic([RECORD, {}], callback=f"{base}/api/v1/kernel/traffic", secret=TOKEN)
        simulator.callbacks.wait_until_idle()
        assert client.get(f"{base}/api/v1/subscriptions/2/traffic").json() == {"up": 5, "down": 7}
        assert len(simulator.registrations) == 7
        statuses = f"{base}/api/v1/admin/nodes/status/sync"
        assert client.post(statuses, json={"node_ids": [1]}).status_code == 403
        allowed = client.post(statuses, json={"node_ids": [1]}, headers={"X-Admin-Token": ADMIN})
        assert [one["status"] for one in allowed.json()["results"]] == ["online"]
        assert client.post(f"{base}/api/v1/kernel/traffic", json={}).status_code == 401
    assert_no_canary(panel, tmp_path)


def test_the_flask_panel_bills_exactly_once(simulator: KernelSimulator, client: httpx.Client, tmp_path: Path) -> None:
    database = f"sqlite:///{tmp_path}/panel.db"
    with running("flask_panel.py", "--kernel", simulator.url, "--port", "0", "--database", database) as panel:
        base = panel.base_url
        simulator.add_user("alice")
        simulator.report_traffic("alice", 2048)
        panel.wait_for("user_traffic_reported: UsageReport(subject=Subject(kind='user', id='alice'), used=2048)")
        simulator.callbacks.duplicate = 1.0
        simulator.push_traffic([RECORD], callback=f"{base}/api/v1/kernel/traffic", secret=TOKEN)
        simulator.callbacks.wait_until_idle()
        push = f"{base}/api/v1/admin/protocol-bindings/11/sync"
        assert client.post(push).status_code == 403
        assert client.post(push, headers={"X-Admin-Token": ADMIN}).json()["status"] == "synced"
    with sqlite3.connect(tmp_path / "panel.db") as connection:
        assert connection.execute("SELECT who, amount FROM bills").fetchall() == [("subscription:2", 36)]
    connection.close()
    assert_no_canary(panel, tmp_path)


def test_no_traffic_is_lost_or_counted_twice_when_the_receiver_is_killed_in_the_middle(
    simulator: KernelSimulator, client: httpx.Client, tmp_path: Path
) -> None:
    arguments = ("--kernel", simulator.url, "--database", f"sqlite:///{tmp_path}/panel.db")
    first = Program("fastapi_panel.py", "--port", "0", *arguments)
    base = first.base_url
    simulator.callbacks.attempts = 1000
    simulator.callbacks.max_delay = 0.2
    simulator.callbacks.duplicate = 0.3
    simulator.callbacks.reorder = 0.3
    for number in range(150):
        records = [{**RECORD, "bytes_up": number, "observed_at": number}, {**RECORD, "bytes_up": 1}]
        simulator.push_traffic(records, callback=f"{base}/api/v1/kernel/traffic", secret=TOKEN)
    total = f"{base}/api/v1/subscriptions/2/traffic"
    while client.get(total).json()["up"] < 500:  # some are committed, and most are still to come
        pass
    first.kill()
    with running("fastapi_panel.py", "--port", base.rpartition(":")[2], *arguments) as second:
        assert second.base_url == base
        simulator.callbacks.wait_until_idle(60)
        assert client.get(total).json() == {"up": sum(range(150)) + 150, "down": 150 * 2 * 7}
    assert any(attempt.error for attempt in simulator.callbacks.log)
    assert simulator.callbacks.abandoned == ()
    assert_no_canary(second, tmp_path)

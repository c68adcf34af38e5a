"""Delivery of callbacks: as a kernel does it, and as badly as one can."""

import socket
from collections.abc import Iterator
from typing import Any

import pytest

from tests.functional.testing.support import ask
from znp_panel_sync.health import Health
from znp_panel_sync.testing import KernelSimulator

NODE_EVENTS = ("node_added", "node_removed", "node_healthy", "node_degraded", "node_unhealthy")


@pytest.fixture
def panel() -> Iterator[KernelSimulator]:
    """Anything that takes requests and remembers them will do for a panel."""
    with KernelSimulator() as running:
        running.faults.answer(200, '{"status": "accepted"}')
        yield running


@pytest.fixture
def simulator() -> Iterator[KernelSimulator]:
    with KernelSimulator(seed=1) as running:
        running.callbacks.first_delay = 0.01
        yield running


def subscribe(simulator: KernelSimulator, panel: KernelSimulator, *events: str, secret: str | None = "t0ken") -> None:
    for event in events:
        kind = "events" if event.startswith("node_") else "service-events"
        wish = {"event": event, "callback": f"{panel.url}/api/v1/kernel/{kind}", "secret": secret}
        assert ask(simulator, "POST", f"/v1/{kind}/registrations", wish).status == 200


def received(simulator: KernelSimulator, panel: KernelSimulator) -> list[Any]:
    simulator.callbacks.wait_until_idle()
    return [request.json() for request in panel.requests.find("POST")]


def test_node_events_reach_the_panel(simulator: KernelSimulator, panel: KernelSimulator) -> None:
    subscribe(simulator, panel, *NODE_EVENTS)
    registration = {"id": "edge-1", "role": "listener", "protocol": "vless", "ttl_seconds": 60}
    ask(simulator, "POST", "/v1/protocols/registrations", registration)
    beat = {"status": {"Degraded": {"consecutive_failures": 1}}, "message": "slow disk"}
    ask(simulator, "POST", "/v1/protocols/registrations/edge-1/heartbeat", beat)
    simulator.set_health("edge-1", Health.HEALTHY)
    for seconds in (50, 20):
        simulator.skip(seconds)

    documents = received(simulator, panel)

    assert [document["event"] for document in documents] == [
        "node_added",
        "node_degraded",
        "node_healthy",
        "node_unhealthy",
        "node_removed",
    ]
    occurred = simulator.events[1]
    assert documents[1] == {
        "event": "node_degraded",
        "id": "edge-1",
        "protocol": "vless",
        "status": "degraded",
        "message": "slow disk",
        "observed_at": occurred.occurred_at_ms // 1000,
        "event_id": occurred.event_id,
        "occurred_at_ms": occurred.occurred_at_ms,
    }
    request = panel.requests.find("POST")[0]
    assert request.path == "/api/v1/kernel/events"
    assert request.headers["x-znp-webhook-token"] == "t0ken"
    assert request.headers["content-type"] == "application/json"


def test_a_panel_hears_only_what_it_registered_for(simulator: KernelSimulator, panel: KernelSimulator) -> None:
    subscribe(simulator, panel, "node_removed", "user.quota.changed", secret=None)
    simulator.add_node("edge-1")
    simulator.add_user("7", allocated=5)
    simulator.report_traffic("7", 3)
    ask(simulator, "PATCH", "/v1/users/7", {"traffic": {"allocated": 9}})

    (document,) = received(simulator, panel)

    assert document["event"] == "user.quota.changed"
    assert document["payload"]["current"] == {"used": 3, "remaining": 6}
    assert "x-znp-webhook-token" not in panel.requests.find("POST")[0].headers


def test_a_panel_that_registered_twice_hears_twice(simulator: KernelSimulator, panel: KernelSimulator) -> None:
    subscribe(simulator, panel, "node_added", "node_added")
    simulator.add_node("edge-1")

    first, second = received(simulator, panel)

    assert first == second


def test_reported_traffic_reaches_the_panel(simulator: KernelSimulator, panel: KernelSimulator) -> None:
    subscribe(simulator, panel, "user.traffic.reported")
    simulator.add_user("7", allocated=100, subscription_id="12")
    simulator.report_traffic("7", 40)

    (document,) = received(simulator, panel)

    assert document["payload"] == {
        "user_id": "7",
        "subscription_id": "12",
        "previous": {"used": 0, "remaining": 100},
        "current": {"used": 40, "remaining": 60},
    }


def test_observed_traffic_is_pushed_to_where_one_says(simulator: KernelSimulator, panel: KernelSimulator) -> None:
    records = [{"user_id": 1, "bytes_up": 10, "bytes_down": 20, "observed_at": 5}]
    simulator.push_traffic(records, callback=f"{panel.url}/api/v1/kernel/traffic?x=1", secret="t0ken")

    assert received(simulator, panel) == [{"records": records}]
    assert panel.requests.find("POST")[0].query == "x=1"


def test_an_event_can_be_made_up(simulator: KernelSimulator, panel: KernelSimulator) -> None:
    subscribe(simulator, panel, "node_degraded")
    event = simulator.emit_event("node_degraded", {"node_id": "edge-9"})

    (document,) = received(simulator, panel)

    assert (document["event_id"], document["node_id"]) == (event.event_id, "edge-9")
    assert simulator.emit_event("user.quota.changed").payload == {}


def test_what_is_not_taken_is_sent_again(simulator: KernelSimulator, panel: KernelSimulator) -> None:
    subscribe(simulator, panel, "node_added")
    panel.faults.answer(503, times=1)
    panel.faults.drop(times=1)
    panel.faults.garbage(times=1)
    simulator.add_node("edge-1")

    documents = received(simulator, panel)

    assert documents == [documents[0]] * 4
    log = simulator.callbacks.log
    assert [attempt.succeeded for attempt in log] == [False, False, False, True]
    assert [attempt.delivery.number for attempt in log] == [1, 2, 3, 4]
    assert [attempt.status for attempt in log] == [None, None, 503, 200]
    assert log[0].error is not None
    assert "t0ken" not in repr(log)


def test_hints_before_the_answer_are_passed_over(simulator: KernelSimulator, panel: KernelSimulator) -> None:
    panel.faults.garbage(b"HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n")
    simulator.push_traffic([], callback=panel.url)
    simulator.callbacks.wait_until_idle()

    assert [attempt.status for attempt in simulator.callbacks.log] == [204]


def test_what_is_never_taken_is_abandoned(simulator: KernelSimulator, panel: KernelSimulator) -> None:
    simulator.callbacks.attempts = 3
    simulator.callbacks.timeout = 0.05
    panel.faults.hang()
    simulator.push_traffic([], callback=panel.url)
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        simulator.push_traffic([], callback=f"http://127.0.0.1:{nobody.getsockname()[1]}/")
        simulator.push_traffic([], callback="ftp://localhost/")
        simulator.push_traffic([], callback="http://localhost:0/")
        simulator.push_traffic([], callback=panel.url, secret="two\nlines")
        simulator.callbacks.wait_until_idle()

    assert len(simulator.callbacks.abandoned) == 5
    errors = {attempt.error for attempt in simulator.callbacks.log}
    assert "timed out" in errors
    assert "ValueError: not the URL of an HTTP server" in errors
    assert any("ConnectionRefusedError" in str(error) for error in errors)
    assert any("LocalProtocolError" in str(error) for error in errors)


@pytest.mark.parametrize("url", ["http://192.0.2.1/", "https://panel.example.com/cb", "http://[::ffff/", "nonsense"])
def test_callbacks_on_other_machines_are_not_called(simulator: KernelSimulator, url: str) -> None:
    simulator.callbacks.attempts = 1
    simulator.push_traffic([], callback=url)
    simulator.callbacks.wait_until_idle()

    assert "not a loopback address" in str(simulator.callbacks.log[0].error)


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
def test_callbacks_anywhere_are_called_when_told_so(
    simulator: KernelSimulator, panel: KernelSimulator, host: str
) -> None:
    simulator.callbacks.anywhere = True
    simulator.push_traffic([], callback=f"http://{host}:{panel.port}/")

    assert received(simulator, panel) == [{"records": []}]


def test_callbacks_over_https_check_the_certificate(simulator: KernelSimulator, panel: KernelSimulator) -> None:
    simulator.callbacks.attempts = 1
    simulator.push_traffic([], callback=panel.url.replace("http:", "https:"))
    simulator.callbacks.wait_until_idle()

    assert "SSLError" in str(simulator.callbacks.log[0].error)
    assert panel.requests.total == 0


def test_a_panel_that_is_down_is_told_when_it_is_back(simulator: KernelSimulator, panel: KernelSimulator) -> None:
    subscribe(simulator, panel, "node_added")
    simulator.callbacks.first_delay = 60.0
    simulator.callbacks.max_delay = 60.0
    with panel.down():
        simulator.add_node("edge-1")
        with pytest.raises(TimeoutError):
            simulator.callbacks.wait_until_idle(0.2)
    with pytest.raises(TimeoutError, match="1 callbacks are still to be delivered"):
        simulator.callbacks.wait_until_idle(0.01)
    simulator.skip(60)

    assert len(received(simulator, panel)) == 1


def test_what_is_under_way_when_the_kernel_dies_is_sent_afterwards(
    simulator: KernelSimulator, panel: KernelSimulator
) -> None:
    subscribe(simulator, panel, "node_added")
    with panel.faults.hang():
        simulator.add_node("edge-1")
        panel.requests.wait_for("POST")
        simulator.die()
    simulator.add_node("edge-2")
    simulator.come_back()

    assert [document["id"] for document in received(simulator, panel)] == ["edge-1", "edge-1", "edge-2"]


def test_a_kernel_that_forgets_sends_nothing_more(simulator: KernelSimulator, panel: KernelSimulator) -> None:
    subscribe(simulator, panel, "node_added")
    simulator.die()
    simulator.add_node("edge-1")
    simulator.come_back(forget=True)

    assert received(simulator, panel) == []


def test_documents_can_be_lost(simulator: KernelSimulator, panel: KernelSimulator) -> None:
    simulator.callbacks.lose = 1.0
    subscribe(simulator, panel, "node_added")
    simulator.add_node("edge-1")
    simulator.callbacks.lose = 0.0
    simulator.add_node("edge-2")

    assert [document["id"] for document in received(simulator, panel)] == ["edge-2"]


def test_documents_can_be_doubled(simulator: KernelSimulator, panel: KernelSimulator) -> None:
    simulator.callbacks.duplicate = 1.0
    subscribe(simulator, panel, "node_added")
    simulator.add_node("edge-1")

    first, second = received(simulator, panel)

    assert first["event_id"] == second["event_id"]


def test_documents_can_overtake_each_other(simulator: KernelSimulator, panel: KernelSimulator) -> None:
    simulator.callbacks.reorder = 0.5
    simulator.callbacks.concurrency = 4
    simulator.restart()
    subscribe(simulator, panel, "node_added")
    names = [f"edge-{number}" for number in range(20)]
    for name in names:
        simulator.add_node(name)

    seen = [document["id"] for document in received(simulator, panel)]

    assert seen != names
    assert sorted(seen) == sorted(names)

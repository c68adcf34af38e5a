"""The requests of the Go panel, byte for byte, and the answers that it expects."""

import json
import socket
from base64 import b64encode
from typing import Any

import pytest

from znp_panel_sync.testing import KernelSimulator

AUTHORIZATION = f"Authorization: Basic {b64encode(b'panel-key:panel-secret').decode()}\r\n"
EVENTS = ("node_added", "node_removed", "node_healthy", "node_degraded", "node_unhealthy")


def exchange(simulator: KernelSimulator, method: str, target: str, body: bytes = b"") -> tuple[int, str, bytes]:
    """Send a request as Go's net/http writes it; return status, media type and body of the answer."""
    head = f"{method} {target} HTTP/1.1\r\nHost: 127.0.0.1:{simulator.port}\r\nUser-Agent: Go-http-client/1.1\r\n"
    if body:
        head += f"Content-Length: {len(body)}\r\n"
    head += f"Accept: application/json\r\n{AUTHORIZATION}"
    if body:
        head += "Content-Type: application/json\r\n"
    head += "Accept-Encoding: gzip\r\nConnection: close\r\n\r\n"
    with socket.create_connection(("127.0.0.1", simulator.port), timeout=10) as connection:
        connection.sendall(head.encode() + body)
        answer = b"".join(iter(lambda: connection.recv(65_536), b""))
    fields, _, content = answer.partition(b"\r\n\r\n")
    lines = fields.decode().lower().split("\r\n")
    media = next((line.partition(": ")[2] for line in lines if line.startswith("content-type:")), "")
    return int(lines[0].split()[1]), media, content


@pytest.fixture
def simulator(kernel_simulator_factory: Any) -> KernelSimulator:
    started = kernel_simulator_factory(access_key="panel-key", secret_key="panel-secret")
    assert isinstance(started, KernelSimulator)
    return started


def test_the_status_poll(simulator: KernelSimulator) -> None:
    simulator.add_node("edge-hk-1-vless")

    status, media, content = exchange(simulator, "GET", "/v1/status?include=nodes")

    assert (status, media) == (200, "application/json")
    snapshot = json.loads(content)["snapshot"]
    assert [(node["id"], node["health"]["status"]) for node in snapshot["nodes"]] == [("edge-hk-1-vless", "Healthy")]


@pytest.mark.parametrize("event", EVENTS)
def test_the_registration_of_a_node_event(simulator: KernelSimulator, event: str) -> None:
    callback = "https://panel.example.com/api/v1/kernel/events"
    body = f'{{"event":"{event}","callback":"{callback}","secret":"shared-token"}}'.encode()

    status, _, content = exchange(simulator, "POST", "/v1/events/registrations", body)

    assert status == 200
    record = json.loads(content)
    assert (record["event"], record["callback"]) == (event, callback)
    assert b"shared-token" not in content
    assert [one.secret for one in simulator.registrations] == ["shared-token"]


def test_the_registration_of_a_service_event(simulator: KernelSimulator) -> None:
    callback = "https://panel.example.com/api/v1/kernel/service-events"
    body = f'{{"event":"user.traffic.reported","callback":"{callback}","secret":"shared-token"}}'.encode()

    status, _, content = exchange(simulator, "POST", "/v1/service-events/registrations", body)

    assert status == 200
    assert json.loads(content)["event"] == "user.traffic.reported"


def test_the_push_of_a_binding(simulator: KernelSimulator) -> None:
    body = (
        b'{"listen":"0.0.0.0:443","connect":"",'
        b'"users":[{"id":"7","username":"alice","password":"pw","metadata":{"subscription_id":"12"}}],'
        b'"profile":{"id":"edge-hk-1-vless","role":"listener","protocol":"vless","tags":["hk"],'
        b'"description":"Hong Kong 1","profile":{"flow":"xtls-rprx-vision"}}}'
    )

    status, _, content = exchange(simulator, "POST", "/v1/protocols", body)

    assert status == 200
    assert json.loads(content)["id"] == "edge-hk-1-vless"
    status, _, content = exchange(simulator, "GET", "/v1/protocols")
    assert status == 200
    (protocol,) = json.loads(content)
    assert (protocol["id"], protocol["listen"], protocol["user_count"]) == ("edge-hk-1-vless", "0.0.0.0:443", 1)


def test_a_delete_is_answered_with_204_and_no_body(simulator: KernelSimulator) -> None:
    exchange(simulator, "POST", "/v1/users", b'{"id":"7","username":"alice","password":"pw"}')

    assert exchange(simulator, "DELETE", "/v1/users/7") == (204, "", b"")


def test_wrong_credentials_are_answered_with_an_error_document(simulator: KernelSimulator) -> None:
    simulator.set_credentials(token="another")

    status, media, content = exchange(simulator, "GET", "/v1/status?include=nodes")

    assert (status, media) == (401, "application/json")
    assert json.loads(content).keys() == {"code", "message"}

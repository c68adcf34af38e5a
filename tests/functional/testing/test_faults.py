"""Troubles that the simulated kernel can be told to have."""

import http.client
import socket
import threading
import time

import pytest

from tests.functional.testing.support import ask
from znp_panel_sync.testing import KernelSimulator


@pytest.fixture
def simulator(kernel_simulator: KernelSimulator) -> KernelSimulator:
    return kernel_simulator


def shake_hands(simulator: KernelSimulator, path: str, timeout: float = 10.0) -> bytes:
    """Ask for a WebSocket, and return the first line of the answer."""
    request = (
        f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", simulator.port), timeout=timeout) as connection:
        connection.sendall(request.encode())
        return connection.recv(65_536).partition(b"\r\n")[0]


def test_it_can_be_slow(simulator: KernelSimulator) -> None:
    simulator.faults.slow(0.3)
    begun = time.perf_counter()

    assert ask(simulator, "GET", "/healthz").status == 200
    assert time.perf_counter() - begun >= 0.3


def test_a_slow_answer_does_not_outlive_its_client(simulator: KernelSimulator) -> None:
    simulator.faults.slow(60)
    with pytest.raises(TimeoutError):
        ask(simulator, "POST", "/v1/users/import", [], timeout=0.2)

    simulator.requests.wait_for("POST")
    simulator.stop()
    assert not any(thread.name == "kernel-simulator" for thread in threading.enumerate())


def test_it_can_hang(simulator: KernelSimulator) -> None:
    with simulator.faults.hang(path="/v1/*") as fault:
        with pytest.raises(TimeoutError):
            ask(simulator, "GET", "/v1/status", timeout=0.2)
        assert ask(simulator, "GET", "/healthz").status == 200
        assert fault.hits == 1

    assert ask(simulator, "GET", "/v1/status").status == 200


def test_it_can_drop_connections(simulator: KernelSimulator) -> None:
    simulator.faults.drop(times=1)

    with pytest.raises(ConnectionResetError):
        ask(simulator, "GET", "/v1/status")
    assert ask(simulator, "GET", "/v1/status").status == 200


def test_it_can_answer_garbage(simulator: KernelSimulator) -> None:
    simulator.faults.garbage(times=1)

    with pytest.raises(http.client.BadStatusLine):
        ask(simulator, "GET", "/v1/status")
    assert ask(simulator, "GET", "/v1/status").status == 200


def test_it_can_break_off_in_the_middle_of_an_answer(simulator: KernelSimulator) -> None:
    simulator.faults.garbage(b'HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{"snapshot": {')

    with pytest.raises(http.client.IncompleteRead):
        ask(simulator, "GET", "/v1/status")


def test_it_can_answer_anything(simulator: KernelSimulator) -> None:
    simulator.faults.answer(200, "later", headers={"X-Odd": "1"})
    simulator.faults.answer(503, b"<html>", retry_after=1.5, times=1)
    simulator.faults.answer(429, retry_after="Wed, 21 Oct 2015 07:28:00 GMT", times=1)

    limited, unavailable, later = [ask(simulator, "GET", "/v1/status") for _ in range(3)]

    assert (limited.status, limited.headers["retry-after"]) == (429, "Wed, 21 Oct 2015 07:28:00 GMT")
    assert (unavailable.status, unavailable.headers["retry-after"]) == (503, "1.5")
    assert unavailable.content == b"<html>"
    assert (later.status, later.content, later.headers["x-odd"]) == (200, b"later", "1")
    assert "retry-after" not in later.headers


def test_a_request_can_be_carried_out_without_the_client_learning_of_it(simulator: KernelSimulator) -> None:
    registration = {"id": "edge-1", "role": "listener", "protocol": "vless"}
    with simulator.faults.hang(carried_out=True), pytest.raises(TimeoutError):
        ask(simulator, "POST", "/v1/protocols/registrations", registration, timeout=0.3)

    assert simulator.node_ids == ["edge-1"]


def test_all_that_is_asked_is_written_down(simulator: KernelSimulator) -> None:
    before = time.monotonic()
    ask(simulator, "POST", "/v1/users/import?x=%20", b"[]" + b" " * 200_000, headers={"X-Trace": "1"})

    (request,) = simulator.requests.find()
    assert (request.method, request.path, request.query) == ("POST", "/v1/users/import", "x=%20")
    assert request.headers["x-trace"] == "1"
    assert request.json() == []
    assert before < request.received_at < time.monotonic()


def test_websockets_have_the_same_troubles(simulator: KernelSimulator) -> None:
    with simulator.faults.hang(), pytest.raises(TimeoutError):
        shake_hands(simulator, "/v1/events/ws", timeout=0.2)
    with simulator.faults.answer(503):
        assert shake_hands(simulator, "/v1/events/ws").startswith(b"HTTP/1.1 503")
    with simulator.faults.drop(), pytest.raises(ConnectionResetError):
        shake_hands(simulator, "/v1/events/ws")
    simulator.set_credentials(token="t0ken")
    assert shake_hands(simulator, "/v1/events/ws").startswith(b"HTTP/1.1 401")
    assert [request.path for request in simulator.requests.find("GET")] == ["/v1/events/ws"] * 4


def test_what_is_no_websocket_cannot_become_one(simulator: KernelSimulator) -> None:
    assert shake_hands(simulator, "/v1/users").startswith((b"HTTP/1.1 403", b"HTTP/1.1 404"))

"""Starting, stopping, dying and coming back."""

import asyncio
import gc
import http.client
import socket
import ssl
import threading
import time
from pathlib import Path

import pytest
import trustme

from tests.functional.testing.support import ask
from znp_panel_sync.testing import KernelSimulator, simulator_app
from znp_panel_sync.testing._server import LoopbackServer, Port


def open_descriptors() -> int:
    return len([*Path("/dev/fd").iterdir()])


def test_it_starts_and_stops_as_often_as_one_likes() -> None:
    simulator = KernelSimulator()
    simulator.stop()
    seen = [simulator.is_running]
    for _ in range(3):
        assert simulator.start() is simulator
        simulator.start()
        seen.append(simulator.is_running)
        assert ask(simulator, "GET", "/healthz").content == b"ok"
        simulator.stop()
        simulator.stop()
        seen.append(simulator.is_running)

    assert seen == [False, True, False, True, False, True, False]


def test_it_starts_quickly() -> None:
    simulator = KernelSimulator()
    begun = time.perf_counter()
    with simulator:
        taken = time.perf_counter() - begun

    assert taken < 2.0  # 3 ms as a rule; the machine may be busy


def test_nothing_is_left_of_it() -> None:
    gc.collect()
    threads, descriptors = threading.active_count(), open_descriptors()

    with KernelSimulator() as simulator, socket.create_connection(("127.0.0.1", simulator.port)):
        ask(simulator, "GET", "/healthz")
        assert threading.active_count() == threads + 1

    assert (threading.active_count(), open_descriptors()) == (threads, descriptors)


def test_it_comes_back_on_the_same_port_with_its_memory() -> None:
    with KernelSimulator() as simulator:
        simulator.add_node("edge-1")
        port = simulator.port
        simulator.stop()
        simulator.start()

        assert simulator.port == port
        assert simulator.node_ids == ["edge-1"]
        simulator.restart(forget=True)
        assert simulator.port == port
        assert simulator.node_ids == []


def test_a_dead_kernel_refuses_connections_and_keeps_its_port() -> None:
    with KernelSimulator() as simulator:
        with simulator.down(forget=True):
            assert not simulator.is_running
            with pytest.raises(ConnectionRefusedError):
                ask(simulator, "GET", "/healthz")
            with socket.socket() as stranger, pytest.raises(OSError, match="in use"):
                stranger.bind(("127.0.0.1", simulator.port))

        assert ask(simulator, "GET", "/healthz").status == 200


def test_it_comes_back_from_down_even_after_an_error() -> None:
    with KernelSimulator() as simulator:
        with pytest.raises(KeyError), simulator.down():
            raise KeyError

        assert ask(simulator, "GET", "/healthz").status == 200


def test_it_takes_the_port_that_one_asks_for() -> None:
    with KernelSimulator() as first:
        port = first.port

    with KernelSimulator(port=port) as simulator:
        assert simulator.url == f"http://127.0.0.1:{port}"
        assert ask(simulator, "GET", "/healthz").status == 200


def test_a_port_that_somebody_took_meanwhile_is_an_error() -> None:
    with KernelSimulator() as simulator:
        simulator.stop()
        with socket.socket() as stranger:
            stranger.bind(("127.0.0.1", simulator.port))
            with pytest.raises(OSError, match="in use"):
                simulator.start()
        assert not simulator.is_running

        simulator.start()
        assert ask(simulator, "GET", "/healthz").status == 200


def test_what_hinders_it_from_serving_is_raised() -> None:
    simulator = KernelSimulator(ssl_context=True)  # type: ignore[arg-type]
    for _ in range(2):
        with pytest.raises(TypeError, match="SSLContext"):
            simulator.start()
        assert not simulator.is_running
        with pytest.raises(ConnectionRefusedError):
            ask(simulator, "GET", "/healthz")
    simulator.stop()


def test_what_fails_while_it_serves_is_told_as_in_any_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[object] = []

    async def fail() -> None:
        raise LookupError

    monkeypatch.setattr(threading, "excepthook", lambda arguments: told.append(arguments.exc_type))
    server = LoopbackServer(simulator_app(), Port(), None, fail)
    server.start()
    server.stop()
    server.port.release()
    assert told == [LookupError]


@pytest.mark.parametrize("end", [KernelSimulator.stop, KernelSimulator.die])
def test_dying_cuts_hanging_requests(end: object) -> None:
    failures: list[BaseException] = []

    def wait_for_an_answer() -> None:
        try:
            ask(simulator, "GET", "/v1/status")
        except OSError as error:
            failures.append(error)

    with KernelSimulator() as simulator:
        simulator.faults.hang()
        waiting = threading.Thread(target=wait_for_an_answer)
        waiting.start()
        simulator.requests.wait_for(path="/v1/status")
        end(simulator)  # type: ignore[operator]
        waiting.join(10)

    assert not waiting.is_alive()
    assert len(failures) == 1


async def test_it_can_be_used_from_a_running_loop() -> None:
    async with KernelSimulator() as simulator:
        reader, writer = await asyncio.open_connection("127.0.0.1", simulator.port)
        writer.write(b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        answer = await reader.read()
        writer.close()
        await writer.wait_closed()

    assert answer.startswith(b"HTTP/1.1 200")
    assert answer.endswith(b"ok")


def test_several_live_side_by_side() -> None:
    with KernelSimulator() as one, KernelSimulator() as other:
        one.add_node("edge-1")

        assert one.port != other.port
        assert other.node_ids == []


def test_it_serves_https() -> None:
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    trusting = ssl.create_default_context()
    authority.configure_trust(trusting)

    with KernelSimulator(ssl_context=context) as simulator:
        assert simulator.url.startswith("https://")
        connection = http.client.HTTPSConnection("127.0.0.1", simulator.port, context=trusting)
        connection.request("GET", "/healthz")
        assert connection.getresponse().read() == b"ok"
        connection.close()


def test_it_says_how_it_is_reached() -> None:
    with KernelSimulator(access_key="ak", secret_key="sk") as simulator:
        control = simulator.control(timeout=1.5)
        assert (control.base_url, control.timeout, control.auth_kind) == (simulator.url, 1.5, "basic")

        simulator.set_credentials(token="t0ken")
        assert simulator.control().authorization == "Bearer t0ken"
        assert simulator.control(token=None).auth_kind == "none"

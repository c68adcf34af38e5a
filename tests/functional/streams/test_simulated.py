"""The simulator's side of the streams, asked by clients that are not ours."""

import httpx
import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from znp_panel_sync.testing import KernelSimulator

WRONG = [
    ("/v1/status", "interval=0"),
    ("/v1/status", "interval=x"),
    ("/v1/status", "mode=half"),
    ("/v1/status", "events=weather"),
    ("/v1/events", "events=weather"),
]


@pytest.mark.parametrize(("path", "query"), WRONG)
def test_wrong_parameters_are_refused(path: str, query: str) -> None:
    with KernelSimulator() as simulator:
        answer = httpx.get(f"{simulator.url}{path}/stream?{query}", trust_env=False)
        assert (answer.status_code, answer.json()["code"]) == (400, "bad_request")
        address = f"{simulator.url.replace('http', 'ws', 1)}{path}/ws?{query}"
        with pytest.raises(InvalidStatus) as refused, connect(address, proxy=None):
            pass
        assert refused.value.response.status_code == 400


def test_a_stranger_is_refused() -> None:
    with KernelSimulator(token="secret") as simulator:
        assert httpx.get(f"{simulator.url}/v1/events/stream", trust_env=False).status_code == 401
        address = f"{simulator.url.replace('http', 'ws', 1)}/v1/events/ws"
        with pytest.raises(InvalidStatus) as refused, connect(address, proxy=None):
            pass
        assert refused.value.response.status_code == 401


def test_a_client_that_speaks_on_a_websocket_is_not_heard() -> None:
    with KernelSimulator() as simulator, connect(f"ws://127.0.0.1:{simulator.port}/v1/status/ws", proxy=None) as socket:
        socket.send("hello")
        assert '"type": "full"' in str(socket.recv(timeout=5))


def test_orders_to_streams_of_a_server_that_is_gone_do_nothing() -> None:
    with KernelSimulator() as simulator, connect(f"ws://127.0.0.1:{simulator.port}/v1/status/ws", proxy=None) as client:
        client.recv(timeout=5)
        (feed,) = simulator.streams._all()
        simulator.stop()
        feed.put(b"too late")
        assert simulator.streams.open_count == 0

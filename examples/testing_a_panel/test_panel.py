"""The panel against kernels that die, refuse, fall silent and push.

`kernel_simulator` and `kernel_simulator_factory` come with the package: pytest finds its plugin by itself.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from znp_panel_sync.control import NodeControl
from znp_panel_sync.testing import FaultProxy, KernelSimulator
from znp_panel_sync.testing.connection_faults import Blackhole

from .panel import Panel

TOKEN = "what kernels show the panel"
SOON = 10.0
"""Seconds that a test waits at most for what has to happen."""

MakeKernel = Callable[..., KernelSimulator]
StartPanel = Callable[[Sequence[NodeControl]], Panel]


@pytest.fixture
def start_panel(tmp_path: Path) -> Iterator[StartPanel]:
    """Start panels that poll ten times a second; they are stopped after the test."""
    with ExitStack() as running:
        database = f"sqlite:///{tmp_path}/panel.db"
        yield lambda controls: running.enter_context(
            Panel(controls, interval=0.1, database=database, webhook_token=TOKEN)
        )


def test_a_kernel_that_dies_and_comes_back(kernel_simulator: KernelSimulator, start_panel: StartPanel) -> None:
    panel = start_panel([kernel_simulator.control()])
    assert panel.news.get(timeout=SOON) == "node 1 is online: reached"
    with kernel_simulator.down():
        assert panel.news.get(timeout=SOON) == "node 1 is offline: refused"
    assert panel.news.get(timeout=SOON) == "node 1 is online: reached"


def test_a_network_that_falls_silent(kernel_simulator: KernelSimulator, start_panel: StartPanel) -> None:
    with FaultProxy(kernel_simulator.url) as network:
        panel = start_panel([NodeControl(network.url, timeout=0.5)])
        assert panel.news.get(timeout=SOON) == "node 1 is online: reached"
        network.fault = Blackhole()
        assert panel.news.get(timeout=SOON) == "node 1 is offline: timed_out"


def test_a_kernel_that_does_not_know_us(kernel_simulator_factory: MakeKernel, start_panel: StartPanel) -> None:
    kernel = kernel_simulator_factory(token="right")
    panel = start_panel([kernel.control(token="wrong")])
    assert panel.news.get(timeout=SOON) == "node 1 is offline: unauthorized"


def test_what_is_told_twice_counts_once(start_panel: StartPanel) -> None:
    panel = start_panel([])
    told = b'{"event": "user.traffic.reported", "event_id": "1", "payload": {"subscription_id": 7, "used": 4096}}'
    for _ in range(2):
        answer = panel.receiver.handle({"X-ZNP-Webhook-Token": TOKEN}, told, "192.0.2.1", kind="service-events")
        assert (answer.status, panel.used_bytes("7")) == (200, 4096)


def test_a_kernel_that_pushes_and_one_that_guesses(kernel_simulator: KernelSimulator, start_panel: StartPanel) -> None:
    kernel_simulator.callbacks.attempts = 1
    with serving_callbacks(start_panel([])) as url:
        for secret in (TOKEN, "a guess"):
            kernel_simulator.push_traffic([{"subscription_id": 7, "bytes_up": 1}], callback=url, secret=secret)
            kernel_simulator.callbacks.wait_until_idle(SOON)
    assert [attempt.status for attempt in kernel_simulator.callbacks.log] == [200, 401]


@contextmanager
def serving_callbacks(panel: Panel) -> Iterator[str]:
    """Put the panel's receiver behind HTTP; here stands your own web framework."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            answer = panel.receiver.handle(self.headers.items(), body, self.client_address[0])
            self.send_response(answer.status)
            self.end_headers()
            self.wfile.write(answer.body)

        def log_message(self, *_: Any) -> None:
            """Be silent."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/api/v1/kernel/traffic"
        finally:
            server.shutdown()
            thread.join()

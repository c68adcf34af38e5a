"""The Django panel, served as a newcomer serves it, and by several processes."""

import shutil
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from tests.functional.examples.running import EXAMPLES, Running, run_python, running
from tests.functional.servers import free_port
from znp_panel_sync.health import Health
from znp_panel_sync.testing import KernelSimulator

ADMIN = {"X-Admin-Token": "canary-admin-token"}
CALLBACKS = 7
DJANGO = ("-m", "django")


class Panel:
    """The example in a folder of its own, with a database."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.environment = {
            "DJANGO_SETTINGS_MODULE": "django_panel.settings",
            "PANEL_DATABASE": str(folder / "panel.db"),
            "PANEL_INTERVAL_SECONDS": "0.3",
            "WEBHOOK_TOKEN": "canary-webhook-token",
            "ADMIN_TOKEN": ADMIN["X-Admin-Token"],
        }

    def run(self, *arguments: str) -> None:
        run_python(*DJANGO, *arguments, folder=self.folder, environment=self.environment)

    @contextmanager
    def process(self, *command: str, keep_open: tuple[int, ...] = (), **environment: str) -> Iterator[Running]:
        settings = {**self.environment, **environment}
        with running(
            [sys.executable, *command], folder=self.folder, environment=settings, keep_open=keep_open
        ) as program:
            yield program


@pytest.fixture(scope="module")
def kernel() -> Iterator[KernelSimulator]:
    with KernelSimulator() as simulator:
        yield simulator


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory, kernel: KernelSimulator) -> Path:
    """A folder with the example and a database that holds one node, to be copied by each test."""
    folder = tmp_path_factory.mktemp("django")
    shutil.copytree(EXAMPLES / "django_panel", folder / "django_panel")
    panel = Panel(folder)
    panel.run("migrate", "--verbosity=0")
    panel.run("add_node", kernel.url, "--kernel-id=edge-1", "--listen=443")
    return folder


@pytest.fixture
def panel(tmp_path: Path, prepared: Path, kernel: KernelSimulator) -> Panel:
    shutil.copytree(prepared, tmp_path, dirs_exist_ok=True)
    kernel.come_back(forget=True)
    return Panel(tmp_path)


@contextmanager
def development_server(panel: Panel) -> Iterator[tuple[Running, str]]:
    """Django's own server with its reloader; once more on another port where somebody was quicker."""
    for port in (free_port() for _ in range(5)):
        url = f"http://127.0.0.1:{port}"
        with panel.process(*DJANGO, "runserver", str(port), PANEL_BASE_URL=url) as server:
            if "already in use" not in server.wait_for("Starting development server|already in use"):
                yield server, url
                return
    raise AssertionError("no port was free")


def test_the_development_server_keeps_its_node_in_step_through_a_reload(panel: Panel, kernel: KernelSimulator) -> None:
    with development_server(panel) as (server, url):
        server.wait_for(r"node 1: online \(reached\)")
        server.wait_for("node edge-1: node_added")
        assert httpx.get(f"{url}/api/v1/nodes").json() == {
            "nodes": [{"id": 1, "control_endpoint": kernel.url, "status": "online"}]
        }
        assert len(kernel.registrations) == CALLBACKS

        kernel.set_health("edge-1", Health.DEGRADED)
        server.wait_for("node edge-1: node_degraded")
        (synced,) = act(url, "protocol-bindings/status/sync", {"node_ids": [1]})
        assert (synced["status"], synced["updated"]) == ("synced", 1)

        views = panel.folder / "django_panel" / "views.py"
        views.write_text(views.read_text(encoding="utf-8"), encoding="utf-8")
        server.wait_for("Starting development server")
        kernel.die()
        server.wait_for(r"node 1: offline \(refused\)")
        kernel.come_back()
        server.wait_for(r"node 1: online \(reached\)")
    assert server.output.count("node 1: offline") == 1  # one process polls, not two
    assert "canary" not in server.output


def test_several_workers_are_told_while_one_process_polls(panel: Panel, kernel: KernelSimulator) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        number = listening.fileno()
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        serve = ("-m", "uvicorn", "django_panel.asgi:application", "--fd", str(number), "--lifespan", "off")
        with (
            panel.process(*serve, keep_open=(number,)),
            panel.process(*DJANGO, "poll", PANEL_BASE_URL=url) as poller,
        ):
            poller.wait_for(r"node 1: online \(reached\)")
            poller.wait_for("node edge-1: node_added")
            kernel.evict("edge-1")
            poller.wait_for("node edge-1: node_removed")
            check_actions(url, kernel)
    assert "stopped" in poller.output


def check_actions(url: str, kernel: KernelSimulator) -> None:
    (pushed,) = act(url, "protocol-bindings/1/sync")
    assert (pushed["status"], kernel.node_ids) == ("synced", ["edge-1"])
    assert [one["status"] for one in act(url, "protocol-bindings/sync", {"node_ids": [1]})] == ["synced"]
    assert [one["status"] for one in act(url, "nodes/status/sync", {"node_ids": [1, 2]})] == ["online", "error"]
    (found,) = act(url, "nodes/1/kernels/sync")
    assert (found["node_id"], found["protocol"], "configuration" in found) == (1, "http", False)
    for headers, body, status in (({}, "{}", 403), (ADMIN, "{}", 400), (ADMIN, "[]", 400), (ADMIN, "{", 400)):
        assert httpx.post(f"{url}/api/v1/admin/nodes/status/sync", headers=headers, content=body).status_code == status
    kernel.die()
    assert httpx.post(f"{url}/api/v1/admin/nodes/1/kernels/sync", headers=ADMIN).status_code == 502


def act(url: str, action: str, body: dict[str, list[int]] | None = None) -> list[dict[str, object]]:
    """Do what an admin does, and return the results."""
    answer = httpx.post(f"{url}/api/v1/admin/{action}", headers=ADMIN, json=body or {})
    assert answer.status_code == 200, answer.text
    results: list[dict[str, object]] = answer.json()["results"]
    return results

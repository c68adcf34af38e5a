"""`znp-sync serve` as a program: started, called back by a kernel, looked at, ended."""

import json
import signal
import socket
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.functional.cli.support import CANARY_SECRET, CANARY_TOKEN, piped, refused, terminal
from tests.functional.events.programs import ADMIN, running
from znp_panel_sync.errors import ConfigurationError
from znp_panel_sync.health import Health
from znp_panel_sync.stores import SqlNodeStore
from znp_panel_sync.testing import KernelSimulator
from znp_panel_sync.web import PanelService, ServiceSettings

PATIENCE_SECONDS = 60.0


@contextmanager
def looker(url: str, token: str) -> Iterator[httpx.Client]:
    """Somebody who has logged in."""
    with httpx.Client(base_url=url, headers={"Sec-Fetch-Site": "same-origin"}, timeout=PATIENCE_SECONDS) as client:
        assert client.post("/login", data={"token": token}).status_code == 303
        yield client


def board_when(client: httpx.Client, holds: Callable[[Any], object]) -> Any:
    """The board as soon as something holds of it."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not holds(board := client.get("/board").json()):
        assert time.monotonic() < deadline, board
        time.sleep(0.02)
    return board


def test_a_service_receives_shows_acts_and_ends(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with KernelSimulator() as kernel:
        kernel.add_node("edge-1")
        arguments = ("serve", "--node", kernel.url, "--data", data, "--port", "0", "--interval", "200ms")
        token = first_start_at_a_terminal(data, *arguments)
        with piped(*arguments) as program:
            url = program.line()
            assert program.line() == f"the token is in {data}/page-token", "it is shown once"
            with looker(url, token) as client:
                board = board_when(client, lambda one: one.get("counts", {}).get("online"))
                assert board["rows"][0]["name"] == kernel.url.removeprefix("http://")
                board_when(client, lambda _: len(kernel.registrations) == 7)
                kernel.set_health("edge-1", Health.DEGRADED, message="slow")
                board_when(client, lambda one: any("degraded" in str(entry) for entry in one.get("feed", ())))
                assert_actions_are_for(token, client)
                assert client.post("/api/v1/kernel/events", json={}).status_code == 401
                with client.stream("GET", "/stream") as stream:
                    assert any(line.startswith("data: ") for line in stream.iter_lines())
                    status, errors = program.end(signal.SIGTERM)
            assert status == 0, "viewers are not waited for"
            assert errors.startswith("Ctrl-C ends it.\n")
            assert "warning: a callback from 127.0.0.1 was refused" in errors


def first_start_at_a_terminal(data: Path, *arguments: object) -> str:
    """Start for the first time, on all addresses, and return the token that is shown."""
    with terminal(*arguments, "--host", "0.0.0.0") as program:
        program.wait_for("log in with this token: .{32}")
        program.wait_for("kernels are not asked to call back: .* --public-url")
        program.wait_for("Ctrl-C ends it")
        program.type("\x03")
        assert program.wait()[0] == 0
        token = (data / "page-token").read_text().strip()
        assert token in program.written
        return token


def assert_actions_are_for(token: str, client: httpx.Client) -> None:
    """The actions are not for whoever has but a session, and for nobody with another token."""
    answers = [
        client.post("/api/v1/admin/nodes/status/sync", json={"node_ids": [1]}, headers=headers)
        for headers in (
            {},
            {"Authorization": f"Bearer {token}x"},
            {"Authorization": f"Basic {token}"},
            {"Authorization": token},
            {"Authorization": f"Bearer {token}"},
        )
    ]
    assert [answer.status_code for answer in answers] == [403, 403, 403, 403, 200]
    assert answers[-1].json()["results"][0]["status"] == "online"


async def test_nodes_and_everything_else_come_from_the_file_and_the_database(tmp_path: Path) -> None:
    with KernelSimulator(access_key="key", secret_key=CANARY_SECRET) as kernel:
        store = SqlNodeStore(f"sqlite:///{tmp_path}/nodes.db")
        node = {"id": 5, "control_endpoint": kernel.url}
        await store.add([{**node, "control_access_key": "key", "control_secret_key": CANARY_SECRET}])
        store.close()
        document = {
            "Kernel": {"StatusPollInterval": "500ms"},
            "Webhook": {"AllowAnonymous": True, "TrustedProxies": ["127.0.0.1"]},
            "Serve": {"Database": f"sqlite:///{tmp_path}/nodes.db", "PageToken": "canary-token of the page"},
        }
        config = tmp_path / "panel.json"
        config.write_text(json.dumps(document), encoding="utf-8")
        config.chmod(0o600)
        arguments = ("serve", "--config", config, "--data", tmp_path / "d", "--port", "0", "--streams")
        with piped(*arguments, "--host", "::1", "--public-url", "http://127.0.0.1:9") as program:
            with looker(program.line(), "canary-token of the page") as client:
                board = board_when(client, lambda one: one.get("counts", {}).get("online"))
                assert board["rows"][0]["name"] == "5"
                board_when(client, lambda one: one["rows"][0]["streamed"])
                assert "canary" not in json.dumps(board)
            assert program.end(signal.SIGTERM)[0] == 0
        assert not (tmp_path / "d" / "webhook-token").exists()


def test_a_port_that_is_taken_is_told(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        line = refused(1, "serve", "--data", tmp_path, "--port", port)
    assert line.startswith(f"znp-sync: cannot listen on 127.0.0.1 port {port}: Address already in use: choose others")


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    line = refused(1, "serve", "--data", tmp_path / "file" / "data")
    assert line.endswith("/file/data: cannot be made: Not a directory: choose another with --data")


def test_a_database_that_cannot_be_used_is_told(tmp_path: Path) -> None:
    missing = f"sqlite:///{tmp_path}/missing/panel.db"
    config = written(tmp_path, {"Serve": {"Database": missing}})
    line = refused(1, "serve", "--config", config, "--data", tmp_path, "--port", 0)
    assert line == "znp-sync: the database cannot be used: OperationalError: unable to open database file"


def test_what_does_not_work_for_a_while_is_told(tmp_path: Path) -> None:
    with piped("serve", "--data", tmp_path / "data", "--port", "0") as program:
        url = program.line()
        with looker(url, (tmp_path / "data" / "page-token").read_text().strip()) as client:
            board_when(client, lambda one: one["troubled"] is False and "letters" in one)
            with closing(sqlite3.connect(tmp_path / "data" / "panel.db", timeout=PATIENCE_SECONDS)) as database:
                database.execute("DROP TABLE znp_events")
            board_when(client, lambda one: one["troubled"])
        status, errors = program.end()
    assert (status, "warning: The live page cannot read the ledger, and goes on trying: " in errors) == (0, True)


def written(folder: Path, document: object) -> Path:
    """Write a file of settings for the service's own eyes."""
    config = folder / "panel.json"
    config.write_text(json.dumps(document), encoding="utf-8")
    config.chmod(0o600)
    return config


def test_a_wrong_file_is_told_without_showing_it(tmp_path: Path) -> None:
    config = tmp_path / "panel.yaml"
    config.write_text(f"Serve: {{PageTokens: {CANARY_TOKEN}}}\n", encoding="utf-8")
    config.chmod(0o600)
    assert "Serve.PageTokens: is not a known setting" in refused(2, "serve", "--config", config, "--data", tmp_path)


@pytest.mark.parametrize(
    ("serve", "problem"),
    [
        ({"PageToken": "x" * 16}, "Serve.Database: is missing"),
        ({"PageToken": "x" * 16, "Database": "nothing"}, "Serve.Database: is not a database"),
        ({"Database": "sqlite://"}, "Serve.PageToken: is missing"),
        ({"Database": "sqlite://", "PageToken": "short"}, "Serve.PageToken: must have at least 16 characters"),
        ({"PublicURL": "panel.example"}, "Serve.PublicURL: must begin with http:// or https://"),
    ],
)
def test_a_service_names_the_key_that_is_wrong(serve: dict[str, str], problem: str) -> None:
    with pytest.raises(ConfigurationError, match=f"^{problem}"):
        PanelService(ServiceSettings.from_mapping({"Serve": serve, "Webhook": {"SharedToken": "x"}}))


@pytest.mark.parametrize(
    ("arguments", "status", "problem"),
    [
        (("--public-url", "panel"), 2, "Invalid value for '--public-url': must begin with http:// or https://"),
        (
            ("--host", "nowhere.invalid"),
            1,
            "cannot listen on nowhere.invalid port 0: Name or service not known",
        ),
    ],
)
def test_what_is_wrong_with_an_option_is_told(
    tmp_path: Path, arguments: tuple[str, ...], status: int, problem: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def find_nothing(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "create_server", find_nothing)  # asks no name server
    assert problem in refused(status, "serve", "--data", tmp_path, "--port", "0", *arguments)


def test_the_fastapi_panel_has_the_page_too(tmp_path: Path) -> None:
    with KernelSimulator() as kernel:
        database = f"sqlite:///{tmp_path}/panel.db"
        arguments = ("--kernel", kernel.url, "--port", "0", "--database", database, "--interval", "0.2")
        with running("fastapi_panel.py", *arguments) as panel, looker(f"{panel.base_url}/status", ADMIN) as client:
            assert client.get("../status").headers["location"].endswith("/status/")
            board_when(client, lambda one: one.get("counts", {}).get("online"))

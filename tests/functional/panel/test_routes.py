import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

from tests.functional.panel.support import NOW, Panel
from tests.unit.events.support import AsgiCall
from znp_panel_sync.errors import ZnpError
from znp_panel_sync.panel import PanelRoutes
from znp_panel_sync.testing import KernelSimulator

Client = Callable[..., Awaitable[httpx.Response]]


@pytest.fixture
def routes(panel: Panel) -> PanelRoutes:
    """The routes, for whoever sends the password."""
    return PanelRoutes(panel.actions(), authorize=lambda scope: (b"x-admin", b"yes") in scope["headers"])


async def post(app: Any, path: str, json: Any = None, *, admin: str = "yes", method: str = "POST") -> httpx.Response:
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://panel/api/v1/secret-admin") as client:
        return await client.request(method, path, json=json, headers={"X-Admin": admin})


async def test_node_statuses(routes: PanelRoutes) -> None:
    answer = await post(routes, "/nodes/status/sync", {"node_ids": [1, 1, 0, 99]})
    assert (answer.status_code, answer.json()) == (
        200,
        {
            "results": [
                {"node_id": 1, "status": "online", "message": "ok", "synced_at": NOW},
                {"node_id": 99, "status": "error", "message": "there is no node 99", "synced_at": NOW},
            ]
        },
    )


async def test_health_of_bindings(routes: PanelRoutes) -> None:
    answer = await post(routes, "/protocol-bindings/status/sync", {"node_ids": [1]})
    result = {"node_id": 1, "status": "synced", "message": "ok", "synced_at": NOW, "updated": 1}
    assert answer.json() == {"results": [result]}


async def test_pushes_of_one_and_of_many(routes: PanelRoutes) -> None:
    pushed = {"binding_id": 11, "status": "synced", "message": "ok", "synced_at": NOW}
    assert (await post(routes, "/protocol-bindings/11/sync")).json() == pushed
    assert (await post(routes, "/protocol-bindings/sync", {"binding_ids": [11]})).json() == {"results": [pushed]}
    by_node = await post(routes, "/protocol-bindings/sync", {"node_ids": [1], "binding_ids": None})
    assert by_node.json() == {"results": [pushed]}


async def test_the_configuration_of_a_node(routes: PanelRoutes, simulator: KernelSimulator) -> None:
    simulator.add_node("1")
    answer = (await post(routes, "/nodes/1/kernels/sync", {"protocol": "http"})).json()
    assert len(answer.pop("revision")) == 64
    assert answer == {"node_id": 1, "protocol": "http", "synced_at": NOW, "message": "ok"}
    assert (await post(routes, "/nodes/1/kernels/sync")).status_code == 200


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/nodes/status/sync", {}, 400),
        ("/nodes/status/sync", {"node_ids": []}, 400),
        ("/nodes/status/sync", {"node_ids": "1"}, 400),
        ("/nodes/status/sync", {"node_ids": [True]}, 400),
        ("/nodes/status/sync", {"node_ids": ["1"]}, 400),
        ("/nodes/status/sync", {"node_ids": [-1]}, 400),
        ("/nodes/status/sync", [1], 400),
        ("/protocol-bindings/sync", {}, 400),
        ("/protocol-bindings/0/sync", None, 400),
        ("/nodes/99/kernels/sync", None, 404),
        ("/nodes/1/kernels/sync", None, 404),
        ("/nodes/2/kernels/sync", None, 409),
        ("/nodes/3/kernels/sync", None, 502),
        ("/nodes/1/kernels/sync", {"protocol": "grpc"}, 400),
        ("/nodes/-1/kernels/sync", None, 404),
        ("/nodes/12345678901234567890/kernels/sync", None, 404),
        ("/nodes/status", None, 404),
        ("/", None, 404),
    ],
)
async def test_what_cannot_be_done_is_told(
    panel: Panel, routes: PanelRoutes, path: str, body: Any, status: int
) -> None:
    panel.add_node(2, None)
    panel.add_dead_node(3)
    answer = await post(routes, path, body)
    assert (answer.status_code, list(answer.json())) == (status, ["message"])


async def test_actions_are_called_with_post(routes: PanelRoutes) -> None:
    assert (await post(routes, "/nodes/status/sync", method="GET")).status_code == 405


async def test_a_body_that_is_no_json_is_refused(routes: PanelRoutes) -> None:
    call = AsgiCall("/nodes/status/sync", b'{"node_ids": [1], "node_ids": [2]}', headers={"X-Admin": "yes"})
    assert (await call(routes))[0] == 400


async def test_a_body_that_is_too_large_or_too_slow_is_given_up(
    routes: PanelRoutes, monkeypatch: pytest.MonkeyPatch
) -> None:
    large = AsgiCall("/nodes/status/sync", b" " * 300_000, headers={"X-Admin": "yes"})
    assert (await large(routes))[0] == 413
    monkeypatch.setattr("znp_panel_sync.events._asgi.BODY_SECONDS", 0.01)

    async def silence() -> dict[str, Any]:
        await asyncio.Event().wait()
        raise AssertionError("nothing ends this wait")

    slow = AsgiCall("/nodes/status/sync", b"{", silence, headers={"X-Admin": "yes"})
    assert (await slow(routes))[0] == 408


async def test_nobody_is_answered_who_went_away(routes: PanelRoutes) -> None:
    async def disconnect() -> dict[str, Any]:
        return {"type": "http.disconnect"}

    gone = AsgiCall("/nodes/status/sync", b"{", disconnect, headers={"X-Admin": "yes"})
    await routes(gone.scope, gone.receive, gone.send)
    assert gone.sent == []


async def test_other_scopes_are_served(routes: PanelRoutes) -> None:
    socket = AsgiCall("/nodes/status/sync", type="websocket")
    await routes(socket.scope, socket.receive, socket.send)
    assert socket.sent == [{"type": "websocket.close", "code": 1000}]


# Who is let in


async def grants(_: object) -> bool:
    return True


async def denies(_: object) -> bool:
    return False


def fails(_: object) -> bool:
    raise RuntimeError("canary: the session store is away")


@pytest.mark.parametrize(
    ("authorize", "status"),
    [
        (grants, 200),
        (lambda scope: True, 200),
        (denies, 403),
        (fails, 403),
        (lambda scope: None, 403),
        (lambda scope: 1, 403),
        (lambda scope: "user", 403),
        (lambda scope: denies, 403),
    ],
)
async def test_only_a_check_that_says_true_lets_a_request_in(
    panel: Panel, simulator: KernelSimulator, authorize: Any, status: int, caplog: pytest.LogCaptureFixture
) -> None:
    app = PanelRoutes(panel.actions(), authorize=authorize)
    assert (await post(app, "/nodes/status/sync", {"node_ids": [1]})).status_code == status
    assert len(simulator.requests.find()) == (status == 200)
    assert "canary" not in caplog.text


async def test_strangers_learn_nothing_and_are_not_read(routes: PanelRoutes) -> None:
    for path in ("/nodes/status/sync", "/no/such/path"):
        answer = await post(routes, path, {"node_ids": [1]}, admin="no")
        assert (answer.status_code, answer.json()) == (403, {"message": "forbidden"})
    unread = AsgiCall("/nodes/status/sync", b"x", headers={})
    await unread(routes)
    assert unread.pieces == [b"x"]


def test_there_are_no_routes_without_a_check(panel: Panel) -> None:
    with pytest.raises(TypeError):
        PanelRoutes(panel.actions())  # type: ignore[call-arg]


# Trouble of the panel's records


@pytest.mark.parametrize("failure", [RuntimeError("canary: disk full"), ZnpError("the nodes cannot be read")])
async def test_trouble_of_the_records_is_503(
    panel: Panel, routes: PanelRoutes, failure: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken() -> None:
        raise failure

    monkeypatch.setattr(panel.nodes, "list_nodes", broken)
    answer = await post(routes, "/nodes/status/sync", {"node_ids": [1]})
    assert answer.status_code == 503
    assert "canary" not in answer.text


@pytest.mark.parametrize("prefix", ["", "/api/v1/admin"])
async def test_it_may_be_mounted_anywhere(routes: PanelRoutes, prefix: str) -> None:
    call = AsgiCall(f"{prefix}/nodes/status/sync", b'{"node_ids": [1]}', headers={"X-Admin": "yes"}, root_path=prefix)
    assert (await call(routes))[0] == 200

"""The simulated kernel as an ASGI application, without its own server."""

import json

import httpx
from starlette.types import Message

from znp_panel_sync.testing import KernelSimulator, simulator_app


async def test_it_answers_without_a_server() -> None:
    transport = httpx.ASGITransport(simulator_app(token="t0ken"))
    async with httpx.AsyncClient(transport=transport, base_url="http://kernel") as client:
        assert (await client.get("/v1/status")).status_code == 401
        answer = await client.get("/v1/status?include=nodes", headers={"Authorization": "Bearer t0ken"})

    assert answer.json()["snapshot"]["nodes"] == []


async def test_time_passes_without_a_server() -> None:
    simulator = KernelSimulator(ttl_seconds=30)
    registration = {"id": "edge-1", "role": "listener", "protocol": "vless"}
    transport = httpx.ASGITransport(simulator.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://kernel") as client:
        await client.post("/v1/protocols/registrations", json=registration)
        simulator.skip(31)
        assert (await client.post("/v1/protocols/registrations/edge-1/heartbeat", json={})).status_code == 404


async def test_servers_that_do_not_tell_the_raw_path_will_do() -> None:
    simulator = KernelSimulator()
    simulator.add_user("ä ö")
    scope = {"type": "http", "method": "GET", "path": "/v1/users/ä ö", "query_string": b"", "headers": []}
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": b""}

    async def send(message: Message) -> None:
        sent.append(message)

    await simulator.app(scope, receive, send)

    assert sent[0]["status"] == 200
    assert json.loads(sent[1]["body"])["id"] == "ä ö"

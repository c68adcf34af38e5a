"""The simple clients, over HTTP that respx answers."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from inspect import signature
from typing import Any

import httpx
import pytest
import respx

import znp_kernel_client
from znp_kernel_client import AsyncClient, Client
from znp_kernel_client.api import AsyncKernelApi, KernelApi
from znp_kernel_client.api.status import get_status
from znp_kernel_client.api.users import delete_user
from znp_kernel_client.errors import ApiError, ArgumentError, RequestError, RequestTimeout
from znp_kernel_client.models import ProtocolHeartbeatRequest, StatusResponse

BASE = "http://kernel.test:23860"
TAGS = [name for name, value in vars(KernelApi).items() if isinstance(value, property)]


@pytest.fixture
def kernel() -> Iterator[respx.MockRouter]:
    with respx.mock(base_url=BASE) as router:
        yield router


def test_a_call_returns_the_document(kernel: respx.MockRouter) -> None:
    route = kernel.get("/v1/status", params={"include": "nodes"}).respond(json={"snapshot": {"nodes": [{"id": "a"}]}})
    with Client(BASE, auth=("ak", "sk")) as client:
        status = client.status.get_status(include="nodes")
        assert status == get_status.sync(client=client, include="nodes")
    assert isinstance(status, StatusResponse)
    assert route.calls.last.request.headers["authorization"] == "Basic YWs6c2s="
    assert route.calls.last.request.headers["accept"] == "application/json"


async def test_an_async_call_returns_the_document(kernel: respx.MockRouter) -> None:
    kernel.get("/v1/status").respond(json={"snapshot": {"nodes": []}})
    async with AsyncClient(BASE + "/", token="t0ken") as client:
        status = await client.status.get_status()
        assert status == await get_status.asyncio(client=client)
    assert kernel.calls.last.request.headers["authorization"] == "Bearer t0ken"


def test_status_headers_and_body_can_be_had_too(kernel: respx.MockRouter) -> None:
    kernel.delete("/v1/users/a%2Fb").respond(204, headers={"X-Request-Id": "7"})
    with Client(BASE) as client:
        response = client.users.delete_user_detailed("a/b")
        delete_user.sync("a/b", client=client)
        client.users.delete_user("a/b")
    assert (response.status, response.headers["x-request-id"], response.content, response.parsed) == (
        204,
        "7",
        b"",
        None,
    )
    assert "authorization" not in kernel.calls.last.request.headers


async def test_an_async_call_without_a_document(kernel: respx.MockRouter) -> None:
    kernel.route().respond(204)
    async with AsyncClient(BASE) as client:
        await delete_user.asyncio("..", client=client)
        await client.users.delete_user("..")
    assert kernel.calls.last.request.url.raw_path == b"/v1/users/%2E%2E"


def test_a_body_is_sent_as_json(kernel: respx.MockRouter) -> None:
    route = kernel.post("/v1/protocols/registrations/edge-1/heartbeat").respond(json={"id": "edge-1"})
    with Client(BASE) as client:
        client.protocols.send_heartbeat("edge-1", ProtocolHeartbeatRequest(message="fine"))
    assert route.calls.last.request.content == b'{"message":"fine"}'
    assert route.calls.last.request.headers["content-type"] == "application/json"


@pytest.mark.parametrize(
    ("failure", "error"),
    [
        (httpx.ConnectError("refused"), RequestError),
        (httpx.ReadTimeout("slow"), RequestTimeout),
        (httpx.InvalidURL("bad"), RequestError),
    ],
)
async def test_failures_of_the_connection_are_errors_of_this_package(
    kernel: respx.MockRouter, failure: Exception, error: type[Exception]
) -> None:
    kernel.get("/healthz").mock(side_effect=failure)
    with Client(BASE) as client, pytest.raises(error, match=type(failure).__name__):
        client.status.get_health()
    async with AsyncClient(BASE) as client:
        with pytest.raises(error, match=type(failure).__name__):
            await client.status.get_health()


def test_redirects_are_not_followed(kernel: respx.MockRouter) -> None:
    kernel.get("/healthz").respond(302, headers={"location": "http://elsewhere.test/"})
    with Client(BASE, token="t") as client, pytest.raises(ApiError) as caught:
        client.status.get_health()
    assert caught.value.status == 302
    assert kernel.calls.call_count == 1


@pytest.mark.parametrize("make", [Client, AsyncClient])
@pytest.mark.parametrize(
    ("arguments", "field"),
    [
        ({"base_url": "kernel:80"}, "base_url"),
        ({"base_url": "ftp://kernel"}, "base_url"),
        ({"base_url": "http://"}, "base_url"),
        ({"base_url": "http://[::1"}, "base_url"),
        ({"base_url": "http://user:geheim@kernel"}, "base_url"),
        ({"base_url": "http://kernel?x=1"}, "base_url"),
        ({"base_url": BASE, "token": ""}, "token"),
        ({"base_url": BASE, "token": "a\r\nb"}, "token"),
        ({"base_url": BASE, "token": "t", "auth": ("a", "b")}, "token"),
    ],
)
def test_wrong_arguments_are_named_before_anything_is_sent(
    make: Callable[..., object], arguments: dict[str, Any], field: str
) -> None:
    with pytest.raises(ArgumentError, match=f"^{field}: ") as caught:
        make(**arguments)
    assert "geheim" not in str(caught.value)


async def test_secrets_stay_out_of_repr_and_the_environment_supplies_none(
    kernel: respx.MockRouter, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    (tmp_path / ".netrc").write_text("machine kernel.test login me password geheim\n")
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    kernel.get("/healthz").respond(text="ok")
    with Client(BASE) as client:
        client.status.get_health()
    assert "authorization" not in kernel.calls.last.request.headers
    assert repr(Client(BASE, auth=("ak", "geheim"))) == f"Client('{BASE}')"
    assert repr(AsyncClient(BASE, token="geheim")) == f"AsyncClient('{BASE}')"


@pytest.mark.parametrize("text", [None, "no certificate"])
def test_a_file_of_authorities_is_read_at_once(tmp_path: Any, text: str | None) -> None:
    if text is not None:
        (tmp_path / "ca.pem").write_text(text, encoding="utf-8")
    with pytest.raises(ArgumentError, match=r"^verify: .*ca\.pem"):
        Client(BASE, verify=str(tmp_path / "ca.pem"))


async def test_a_call_after_the_close_is_an_error_of_this_package() -> None:
    client, twin = Client(BASE), AsyncClient(BASE)
    client.close()
    await twin.aclose()
    with pytest.raises(RequestError, match="closed"):
        client.status.get_health()
    with pytest.raises(RequestError, match="closed"):
        await twin.status.get_health()


@pytest.mark.parametrize("tag", TAGS)
def test_blocking_and_async_forms_are_the_same(tag: str) -> None:
    blocking = type(getattr(Client(BASE), tag))
    twin = type(getattr(AsyncClient(BASE), tag))
    methods = {name: value for name, value in vars(blocking).items() if not name.startswith("_")}
    assert methods
    for name, method in methods.items():
        assert signature(method) == signature(getattr(twin, name))
        assert method.__doc__


def test_both_bases_offer_every_tag() -> None:
    assert len(TAGS) == 11
    assert [name for name, value in vars(AsyncKernelApi).items() if isinstance(value, property)] == TAGS


def test_the_package_exports_its_clients() -> None:
    assert set(znp_kernel_client.__all__) == {"AsyncClient", "Client", "CONTRACT_VERSION"}
    with pytest.raises(AttributeError, match="has no attribute 'Nothing'"):
        _ = znp_kernel_client.Nothing


def test_importing_one_operation_does_not_import_the_others() -> None:
    code = (
        "import sys, znp_kernel_client.api.users.delete_user\n"
        "print(sum(name.startswith('znp_kernel_client') for name in sys.modules), 'httpx' in sys.modules)"
    )
    environment = {name: value for name, value in os.environ.items() if not name.startswith("COV")}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment)
    modules, has_httpx = done.stdout.split()
    assert int(modules) < 12
    assert has_httpx == "False"

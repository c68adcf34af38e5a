"""The poller's own HTTP on real sockets, against kernels and strangers that do everything wrong."""

import asyncio
import gzip
import json
import socket
import ssl
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import trustme

from tests.functional.kernel.support import OK, Connection, RawServer, answering
from tests.functional.polling.support import connection, poll, until
from znp_panel_sync.control import NodeControl
from znp_panel_sync.errors import KernelResponseError, KernelUnreachableError
from znp_panel_sync.health import Health
from znp_panel_sync.kernel import _parser
from znp_panel_sync.polling import ProtocolHealth, Reason
from znp_panel_sync.polling import _connection as implementation
from znp_panel_sync.testing import KernelSimulator


@pytest.fixture(params=["httptools", "h11"])
def parser(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Do the test with both parsers."""
    if request.param == "h11":
        monkeypatch.setattr(_parser, "httptools", None)


def answer(body: bytes, *headers: bytes, status: bytes = b"200 OK") -> bytes:
    return b"\r\n".join([b"HTTP/1.1 " + status, b"Content-Length: %d" % len(body), *headers, b"", body])


@pytest.mark.usefixtures("parser")
async def test_a_kernel_is_asked_again_and_again_on_one_connection() -> None:
    with KernelSimulator(access_key="panel", secret_key="secret") as kernel:
        kernel.add_node("edge-1", protocol="vless")
        kernel.set_health("edge-1", Health.DEGRADED)
        async with connection(kernel.control()) as (channel, connections):
            for _ in range(20):
                result = await poll(channel)
                assert result.reason is Reason.REACHED
                assert result.protocols == (ProtocolHealth("edge-1", "vless", Health.DEGRADED),)
            assert connections.open == 1
        requests = kernel.requests.find("GET", "/v1/status")
        assert len(requests) == 20
        assert requests[0].query == "include=nodes"


async def test_the_request_says_what_it_wants_and_nothing_else() -> None:
    with RawServer(answering(OK)) as server:
        control = NodeControl(f"{server.url}/prefix/v1/", token="t0ken")
        async with connection(control) as (channel, _):
            assert (await poll(channel)).reason is Reason.REACHED
    head = server.requests[0].decode()
    assert head.startswith("GET /prefix/v1/status?include=nodes HTTP/1.1\r\n")
    assert f"Host: 127.0.0.1:{server.port}\r\n" in head
    assert "Authorization: Bearer t0ken\r\n" in head
    assert "Accept-Encoding: identity\r\n" in head
    assert head.lower().count("accept-encoding") == 1


REFUSALS = [
    (401, Reason.UNAUTHORIZED),
    (403, Reason.FORBIDDEN),
    (404, Reason.HTTP_ERROR),
    (429, Reason.HTTP_ERROR),
    (503, Reason.HTTP_ERROR),
    (204, Reason.HTTP_ERROR),
    (302, Reason.REDIRECTED),
]


@pytest.mark.parametrize(("status", "reason"), REFUSALS)
async def test_other_answers_than_200(status: int, reason: Reason) -> None:
    body = b"" if status == 204 else json.dumps({"code": "x", "message": "said so"}).encode()
    with KernelSimulator() as kernel, KernelSimulator() as elsewhere:
        headers = {"Location": f"{elsewhere.url}/v1/status"}
        kernel.faults.answer(status, body, headers=headers, retry_after=7)
        async with connection(kernel.control(token="canary-token")) as (channel, _):
            result = await poll(channel)
        assert elsewhere.requests.total == 0
    assert result.reason is reason
    assert isinstance(result.error, KernelResponseError)
    assert result.error.status == status
    assert result.error.retry_after == 7
    assert "canary" not in str(result.error)
    assert body == b"" or "said so" in str(result.error)


USELESS = {
    "html": (answer(b"<html>"), Reason.UNDECODABLE),
    "not UTF-8": (answer(b'{"snapshot": {"nodes": [{"id": "\xff"}]}}'), Reason.UNDECODABLE),
    "not UTF-8, once": (
        answer(b'{"snapshot": {"nodes": [{"id": "\xff"}]}}', b"Connection: close"),
        Reason.UNDECODABLE,
    ),
    "no status": (answer(b"{}"), Reason.UNDECODABLE),
    "garbage": (b"\x00\xff garbage\r\n\r\n", Reason.UNDECODABLE),
    "cut off": (answer(b'{"snapshot": {}}')[:-3], Reason.UNDECODABLE),
    "brotli": (answer(b"x", b"Content-Encoding: br"), Reason.UNDECODABLE),
    "nothing": (b"", Reason.RESET),
    "gzip bomb": (answer(gzip.compress(b" " * 10_000_000), b"Content-Encoding: gzip"), Reason.TOO_LARGE),
    "two lengths": (b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd", Reason.UNDECODABLE),
    "switched protocols": (b"HTTP/1.1 101 Switching\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n", Reason.UNDECODABLE),
}


@pytest.mark.usefixtures("parser")
@pytest.mark.parametrize(("data", "reason"), USELESS.values(), ids=USELESS)
async def test_answers_that_are_of_no_use(data: bytes, reason: Reason) -> None:
    def handle(peer: Connection) -> None:
        peer.read_request()
        peer.send(data)

    with RawServer(handle) as server:
        async with connection(server.control()) as (channel, connections):
            result = await poll(channel)
            assert result.reason is reason
            assert result.error is not None
            assert result.error.kernel == server.url
            assert connections.open in (0, 1)


@pytest.mark.usefixtures("parser")
async def test_a_body_without_length_is_read_to_the_end_of_the_connection() -> None:
    def handle(peer: Connection) -> None:
        peer.read_request()
        peer.send(b'HTTP/1.1 200 OK\r\n\r\n{"snapshot": ')
        peer.send(b"{}}")

    with RawServer(handle) as server:
        async with connection(server.control()) as (channel, connections):
            assert (await poll(channel)).reason is Reason.REACHED
            assert connections.open == 0
            assert (await poll(channel)).reason is Reason.REACHED
    assert server.connections == 2


async def test_gzip_that_was_not_asked_for_is_understood() -> None:
    packed = answer(gzip.compress(b'{"snapshot": {"nodes": [{"id": "a"}]}}'), b"Content-Encoding: gzip")
    with RawServer(answering(packed)) as server:
        async with connection(server.control()) as (channel, _):
            assert [protocol.id for protocol in (await poll(channel)).protocols] == ["a"]


@pytest.mark.usefixtures("parser")
async def test_a_hundred_megabytes_are_given_up_early() -> None:
    sent = 0

    def handle(peer: Connection) -> None:
        nonlocal sent
        peer.read_request()
        peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n")
        for _ in range(1000):
            peer.send(b" " * 100_000)
            sent += 100_000

    with RawServer(handle) as server:
        async with connection(server.control(), limit=1_000_000) as (channel, connections):
            assert (await poll(channel)).reason is Reason.TOO_LARGE
            assert connections.open == 0
    assert sent < 50_000_000


async def test_the_limit_is_that_of_the_poller() -> None:
    body = b'{"snapshot": {}, "x": "' + b"x" * 4_000_000 + b'"}'
    with RawServer(answering(answer(body))) as server:
        async with connection(server.control(), limit=len(body)) as (channel, _):
            assert (await poll(channel)).reason is Reason.REACHED
        async with connection(server.control(), limit=len(body) - 1) as (channel, _):
            assert (await poll(channel)).reason is Reason.TOO_LARGE


# Connections


async def test_a_kept_connection_that_the_kernel_closed_is_replaced_without_a_failure() -> None:
    def handle(peer: Connection) -> None:
        peer.read_request()
        peer.send(OK)  # and closes

    with RawServer(handle) as server:
        async with connection(server.control()) as (channel, connections):
            for _ in range(3):
                assert (await poll(channel)).reason is Reason.REACHED
            assert connections.open <= 1
    assert server.connections == 3


@pytest.mark.parametrize("end", [Connection.reset, lambda _: None], ids=["reset", "closed"])
async def test_a_request_on_a_connection_that_ends_just_then_goes_out_once_more(
    end: Callable[[Connection], None],
) -> None:
    def handle(peer: Connection) -> None:
        peer.read_request()
        peer.send(OK)
        if peer.read_request() and peer.server.connections == 1:
            end(peer)
        else:
            peer.send(OK)
            peer.hang()

    with RawServer(handle) as server:
        async with connection(server.control()) as (channel, _):
            assert (await poll(channel)).reason is Reason.REACHED
            assert (await poll(channel)).reason is Reason.REACHED
    assert (server.connections, len(server.requests)) == (2, 3)


async def test_a_reset_within_the_answer_is_not_tried_again() -> None:
    def handle(peer: Connection) -> None:
        peer.read_request()
        peer.send(OK)
        peer.read_request()
        peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc")
        time.sleep(0.05)  # or the reset overtakes what was sent
        peer.reset()

    with RawServer(handle) as server:
        async with connection(server.control()) as (channel, _):
            assert (await poll(channel)).reason is Reason.REACHED
            result = await poll(channel)
    assert result.reason is Reason.RESET
    assert server.connections == 1


async def test_bytes_that_nobody_asked_for_are_no_answer_to_the_next_request() -> None:
    false = answer(b'{"snapshot": {"nodes": [{"id": "false"}]}}')

    def handle(peer: Connection) -> None:
        peer.read_request()
        peer.send(OK)
        if peer.server.connections == 1:
            time.sleep(0.05)
            peer.send(false)
        peer.read_request()
        peer.send(OK)

    with RawServer(handle) as server:
        async with connection(server.control()) as (channel, connections):
            assert (await poll(channel)).protocols == ()
            await until(lambda: connections.open == 0)
            assert (await poll(channel)).protocols == ()
    assert server.connections == 2


async def test_connections_above_the_number_to_keep_are_closed_after_the_answer() -> None:
    with RawServer(answering(OK)) as server:
        async with connection(server.control(), kept=0) as (channel, connections):
            for _ in range(3):
                assert (await poll(channel)).reason is Reason.REACHED
                assert connections.open == 0
    assert server.connections == 3


async def test_a_poll_that_is_given_up_is_never_answered() -> None:
    with KernelSimulator() as kernel:
        kernel.faults.hang()
        async with connection(kernel.control()) as (channel, connections):
            results: list[object] = []
            channel.poll(results.append)
            channel.abort()  # while connecting
            channel.poll(results.append)
            await until(lambda: connections.open == 1)
            channel.abort()
            assert connections.open == 0
            kernel.faults.clear()
            assert (await poll(channel)).reason is Reason.REACHED
            assert results == []


async def test_systems_that_cannot_give_up_a_peer_are_fine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(socket, "TCP_USER_TIMEOUT", raising=False)
    with RawServer(answering(OK)) as server:
        async with connection(server.control()) as (channel, _):
            assert (await poll(channel)).reason is Reason.REACHED


@pytest.mark.skipif(not hasattr(socket, "TCP_USER_TIMEOUT"), reason="this system cannot be told when to give up a peer")
async def test_a_dead_path_is_found_out_while_there_is_time_for_another_connection() -> None:
    with RawServer(answering(OK)) as server:
        async with connection(server.control(timeout=3.0)) as (channel, _):
            assert (await poll(channel)).reason is Reason.REACHED
            assert isinstance(channel, implementation.Connection)
            assert channel._link is not None
            plain = channel._link._transport.get_extra_info("socket")
            assert plain.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == 1500


async def test_a_timeout_longer_than_the_system_can_count_is_fine() -> None:
    with RawServer(answering(OK)) as server:
        async with connection(server.control(timeout=1e8)) as (channel, _):
            assert (await poll(channel)).reason is Reason.REACHED


async def test_nobody_listens() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        async with connection(NodeControl(f"http://127.0.0.1:{unused.getsockname()[1]}")) as (channel, _):
            result = await poll(channel)
    assert result.reason is Reason.REFUSED
    assert isinstance(result.error, KernelUnreachableError)


async def test_a_name_is_resolved_and_each_address_tried() -> None:
    with RawServer(answering(OK)) as server:
        async with connection(NodeControl(f"http://localhost:{server.port}")) as (channel, _):
            assert (await poll(channel)).reason is Reason.REACHED


async def test_a_name_that_does_not_exist() -> None:
    async with connection(NodeControl("http://kernel.invalid")) as (channel, _):
        assert (await poll(channel)).reason is Reason.DNS


async def test_a_name_without_addresses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: [])
    async with connection(NodeControl("http://kernel.invalid")) as (channel, _):
        assert (await poll(channel)).reason is Reason.NETWORK


async def test_want_of_descriptors_is_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    def exhausted(*_: object, **__: object) -> list[str]:
        raise OSError(24, "Too many open files")

    monkeypatch.setattr(socket, "getaddrinfo", exhausted)
    async with connection(NodeControl("http://localhost:1")) as (channel, _):
        assert (await poll(channel)).reason is Reason.INTERNAL


async def test_dead_name_servers_hold_up_other_names_and_the_end_of_the_program_only_so_far(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    look_up, revived = socket.getaddrinfo, threading.Event()
    dead = 0

    def hang(host: str, port: int, **options: Any) -> Any:
        nonlocal dead
        if host.endswith(".dead"):
            dead += 1
            revived.wait(30)
        return look_up("127.0.0.1", port, **options)

    monkeypatch.setattr(socket, "getaddrinfo", hang)
    connections = implementation.Connections(limit=1 << 20, kept=1)
    try:
        waiting = [asyncio.create_task(connections.look_up(f"kernel-{n}.dead", 80)) for n in range(32)]
        await until(lambda: dead == 32)
        alive = asyncio.create_task(connections.look_up("kernel.alive", 80))
        for task in waiting:
            task.cancel()
        await asyncio.wait(waiting)
        assert not alive.done()
        assert all(thread.daemon for thread in threading.enumerate() if thread.name.endswith(".dead"))
    finally:
        revived.set()
    assert await alive == ["127.0.0.1"]


# TLS


def tls_server(authority: trustme.CA, name: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(name).configure_cert(context)
    return context


@pytest.fixture
def authority(tmp_path: Path) -> trustme.CA:
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    return authority


async def test_tls_is_verified_and_kept(authority: trustme.CA, tmp_path: Path) -> None:
    with RawServer(answering(OK), tls=tls_server(authority, "127.0.0.1")) as server:
        async with connection(server.control(verify=str(tmp_path / "ca.pem"))) as (channel, connections):
            for _ in range(3):
                assert (await poll(channel)).reason is Reason.REACHED
            assert connections.open == 1
        async with connection(server.control()) as (channel, _):
            assert (await poll(channel)).reason is Reason.TLS
    assert len(server.requests) == 3


async def test_an_answer_that_comes_with_the_handshake_answers_nothing(authority: trustme.CA, tmp_path: Path) -> None:
    context = tls_server(authority, "127.0.0.1")
    context.maximum_version = ssl.TLSVersion.TLSv1_2  # where the server has the last word of the handshake

    def handle(peer: Connection) -> None:
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        secured = context.wrap_bio(incoming, outgoing, server_side=True)
        while True:
            try:
                secured.do_handshake()
                break
            except ssl.SSLWantReadError:
                peer.send(outgoing.read())
                incoming.write(peer.socket.recv(65536))
        secured.write(OK)
        peer.send(outgoing.read())  # the end of the handshake and the answer in one
        peer.hang()

    with RawServer(handle) as server:
        control = NodeControl(server.url.replace("http:", "https:"), verify=str(tmp_path / "ca.pem"))
        async with connection(control) as (channel, connections):
            assert (await poll(channel)).reason is Reason.RESET
            assert connections.open == 0


async def test_a_certificate_for_another_name_is_refused(authority: trustme.CA, tmp_path: Path) -> None:
    with RawServer(answering(OK), tls=tls_server(authority, "kernel.example.com")) as server:
        async with connection(server.control(verify=str(tmp_path / "ca.pem"), token="canary")) as (channel, _):
            result = await poll(channel)
    assert result.reason is Reason.TLS
    assert server.requests == []


async def test_a_kernel_without_tls_is_refused_over_https() -> None:
    def handle(peer: Connection) -> None:
        peer.socket.recv(100)
        peer.send(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        peer.hang()

    with RawServer(handle) as server:
        async with connection(NodeControl(server.url.replace("http:", "https:"))) as (channel, _):
            assert (await poll(channel)).reason is Reason.TLS


async def test_a_ca_file_that_is_gone() -> None:
    async with connection(NodeControl("https://127.0.0.1:1", verify="/no/such/file.pem")) as (channel, _):
        assert (await poll(channel)).reason is Reason.TLS

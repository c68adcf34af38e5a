"""What a kernel, a proxy or a network can do wrong, on real sockets; each in the blocking and the async form."""

import gzip
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest

from tests.functional.kernel.support import (
    OK,
    WITHOUT_PAUSES,
    Call,
    Connection,
    RawServer,
    answering,
    both_forms,
    call_blocking,
    get_status,
)
from znp_kernel_client.models import UserCreateRequest
from znp_panel_sync.control import NodeControl
from znp_panel_sync.errors import (
    AnswerTooLargeError,
    BadRequestError,
    KernelResponseError,
    KernelTimeoutError,
    KernelUnreachableError,
    UndecodableAnswerError,
)
from znp_panel_sync.kernel import AsyncKernel, Kernel

TIMEOUT = 0.4
SLACK = 10.0
"""Seconds that a loaded machine may be late; what is shown is that the wait has an end."""

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


def drip_the_head(connection: Connection) -> None:
    connection.read_request()
    connection.drip(HEAD + b"X-Padding: " + b"x" * 10_000, 0.05)


def drip_the_body(connection: Connection) -> None:
    connection.read_request()
    connection.send(HEAD + b"Content-Length: 10000\r\n\r\n")
    connection.drip(b" " * 10_000, 0.05)


def drip_chunks(connection: Connection) -> None:
    connection.read_request()
    connection.send(HEAD + b"Transfer-Encoding: chunked\r\n\r\n")
    connection.drip(b"1\r\n \r\n" * 2_000, 0.05)


def drip_informational_answers(connection: Connection) -> None:
    connection.read_request()
    for _ in range(1000):
        connection.send(b"HTTP/1.1 103 Early Hints\r\n\r\n")
        if connection.server.stopping.wait(0.05):
            return


def hang_before_the_head(connection: Connection) -> None:
    connection.read_request()
    connection.hang()


def hang_in_the_body(connection: Connection) -> None:
    connection.read_request()
    connection.send(HEAD + b"Content-Length: 100\r\n\r\n{")
    connection.hang()


def hang_in_a_refusal(connection: Connection) -> None:
    connection.read_request()
    connection.send(b"HTTP/1.1 500 Oops\r\nContent-Length: 100\r\n\r\n{")
    connection.hang()


@both_forms
@pytest.mark.parametrize(
    "handle",
    [
        drip_the_head,
        drip_the_body,
        drip_chunks,
        drip_informational_answers,
        hang_before_the_head,
        hang_in_the_body,
        hang_in_a_refusal,
    ],
)
def test_the_deadline_is_total(call: Call, handle: Callable[[Connection], None]) -> None:
    with RawServer(handle) as server:
        started = time.monotonic()
        with pytest.raises(KernelTimeoutError, match=r"no answer within 0.4 seconds"):
            call(get_status, server.control(timeout=TIMEOUT))
        assert time.monotonic() - started < TIMEOUT + SLACK
        assert server.connections == 1


@both_forms
def test_a_kernel_that_reads_slowly_is_not_waited_for(call: Call) -> None:
    """The body is larger than all buffers on the way, and the kernel takes a little now and then."""

    def read_slowly(connection: Connection) -> None:
        connection.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        while connection.socket.recv(1024) and not connection.server.stopping.wait(0.02):
            pass

    with RawServer(read_slowly) as server:
        user = UserCreateRequest(id="u", username="n", password="p" * 12_000_000)
        started = time.monotonic()
        with pytest.raises(KernelTimeoutError):
            call(lambda kernel: kernel.users.create_user(user), server.control(timeout=TIMEOUT))
        assert time.monotonic() - started < TIMEOUT + SLACK


def test_a_kernel_that_refuses_a_body_before_it_has_read_it_is_heard() -> None:
    def refuse_early(connection: Connection) -> None:
        connection.socket.recv(100)
        connection.send(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")

    user = UserCreateRequest(id="u", username="n", password="p" * 12_000_000)
    with RawServer(refuse_early) as server, pytest.raises(BadRequestError):
        call_blocking(lambda kernel: kernel.users.create_user(user), server.control(timeout=20))


@both_forms
def test_a_listener_that_accepts_nothing_is_not_waited_for(call: Call) -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        port = listener.getsockname()[1]
        waiting = [socket.socket() for _ in range(4)]
        for one in waiting:
            one.setblocking(False)
            with suppress(BlockingIOError):
                one.connect(("127.0.0.1", port))
        started = time.monotonic()
        with pytest.raises(KernelTimeoutError):
            call(get_status, NodeControl(f"http://127.0.0.1:{port}", timeout=TIMEOUT))
        assert time.monotonic() - started < TIMEOUT + SLACK
        for one in waiting:
            one.close()


def close_at_once(connection: Connection) -> None:
    connection.socket.close()


def close_after_the_request(connection: Connection) -> None:
    connection.read_request()


def reset_after_the_request(connection: Connection) -> None:
    connection.read_request()
    connection.reset()


def reset_in_the_body(connection: Connection) -> None:
    connection.read_request()
    connection.send(HEAD + b"Content-Length: 100\r\n\r\n{")
    connection.reset()


def half_close_in_the_body(connection: Connection) -> None:
    connection.read_request()
    connection.send(HEAD + b"Content-Length: 100\r\n\r\n{")
    connection.socket.shutdown(socket.SHUT_WR)
    connection.hang()


def half_close_in_the_head(connection: Connection) -> None:
    connection.read_request()
    connection.send(b"HTTP/1.1 200 OK\r\nContent-")
    connection.socket.shutdown(socket.SHUT_WR)
    connection.hang()


def end_in_a_chunk(connection: Connection) -> None:
    connection.read_request()
    connection.send(HEAD + b"Transfer-Encoding: chunked\r\n\r\nff\r\n{")


@both_forms
@pytest.mark.parametrize(
    "handle",
    [
        close_at_once,
        close_after_the_request,
        reset_after_the_request,
        reset_in_the_body,
        half_close_in_the_body,
        half_close_in_the_head,
        end_in_a_chunk,
    ],
)
def test_a_cut_connection_is_tried_again_and_then_told(call: Call, handle: Callable[[Connection], None]) -> None:
    with RawServer(handle) as server:
        with pytest.raises(KernelUnreachableError, match="the connection to the kernel was cut") as caught:
            call(get_status, server.control(), timing=WITHOUT_PAUSES)
        assert caught.value.reason == "reset"
        assert server.connections == 3


@both_forms
def test_a_cut_connection_is_mended_by_the_next_attempt(call: Call) -> None:
    def cut_the_first(connection: Connection) -> None:
        if connection.server.connections == 1:
            reset_after_the_request(connection)
        else:
            answering(OK)(connection)

    with RawServer(cut_the_first) as server:
        assert call(get_status, server.control(), timing=WITHOUT_PAUSES) is not None
        assert server.connections == 2


CREATED = b'HTTP/1.1 200 OK\r\nContent-Length: 29\r\n\r\n{"id": "u", "username": "nn"}'
USER = UserCreateRequest(id="u", username="nn", password="p")


def answer_once(connection: Connection) -> None:
    """Keep quiet about closing the connection after the answer, as servers do with idle ones."""
    connection.read_request()
    connection.send(CREATED)


def test_a_kept_connection_that_the_kernel_has_closed_is_replaced_even_for_a_post() -> None:
    with RawServer(answer_once) as server, Kernel(server.control()) as kernel:
        kernel.users.create_user(USER)
        server.join_connection()
        assert kernel.users.create_user(USER).id == "u"
        assert server.connections == 2


async def test_a_kept_connection_that_the_kernel_has_closed_is_replaced_even_for_an_awaited_post() -> None:
    with RawServer(answer_once) as server:
        async with AsyncKernel(server.control()) as kernel:
            await kernel.users.create_user(USER)
            server.join_connection()
            assert (await kernel.users.create_user(USER)).id == "u"
            assert server.connections == 2


@both_forms
def test_one_connection_serves_many_calls(call: Call) -> None:
    def thrice(kernel: Any) -> Any:
        if isinstance(kernel, Kernel):
            return [get_status(kernel) for _ in range(3)]

        async def awaited() -> Any:
            return [await get_status(kernel) for _ in range(3)]

        return awaited()

    with RawServer(answering(OK)) as server:
        assert len(call(thrice, server.control())) == 3
        assert (server.connections, len(server.requests)) == (1, 3)


GARBAGE = [
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" * 20,
    b"HTTP/1.1 banana\r\n\r\n",
    b"SSH-2.0-OpenSSH_9.2\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nContent-Length: ten\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    b"HTTP/1.1 200 OK\r\n" + b"X: " + b"y" * 300_000,
]


@both_forms
@pytest.mark.parametrize("garbage", GARBAGE, ids=range(len(GARBAGE)))
def test_what_speaks_no_http_is_told(call: Call, garbage: bytes) -> None:
    def handle(connection: Connection) -> None:
        connection.read_request()
        connection.send(garbage)
        connection.hang()

    with RawServer(handle) as server:
        with pytest.raises(KernelUnreachableError, match="does not speak HTTP") as caught:
            call(get_status, server.control(), retries=0)
        assert caught.value.reason == "protocol"


@both_forms
def test_nobody_listens(call: Call) -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        control = NodeControl(f"http://127.0.0.1:{holder.getsockname()[1]}")
        with pytest.raises(KernelUnreachableError, match="the kernel refuses connections") as caught:
            call(get_status, control, timing=WITHOUT_PAUSES)
        assert call(lambda kernel: kernel.healthy(), control, timing=WITHOUT_PAUSES) is False
    assert caught.value.reason == "refused"


@both_forms
def test_a_name_that_does_not_exist(call: Call) -> None:
    with pytest.raises(KernelUnreachableError, match="name cannot be resolved") as caught:
        call(get_status, NodeControl("http://nowhere.invalid"), retries=0)
    assert caught.value.reason == "dns"


def with_body(body: bytes, headers: bytes = b"") -> bytes:
    return HEAD + headers + b"Content-Length: %d\r\n\r\n" % len(body) + body


BOMB = gzip.compress(bytes(200_000_000), compresslevel=9)


@both_forms
@pytest.mark.parametrize(
    ("reply", "error"),
    [
        (with_body(BOMB, b"Content-Encoding: gzip\r\n"), AnswerTooLargeError),
        (with_body(gzip.compress(BOMB), b"Content-Encoding: gzip, gzip\r\n"), UndecodableAnswerError),
        (
            with_body(gzip.compress(BOMB), b"Content-Encoding: gzip\r\nContent-Encoding: gzip\r\n"),
            UndecodableAnswerError,
        ),
        (with_body(b"\x1b\x00\x00", b"Content-Encoding: br\r\n"), UndecodableAnswerError),
        (HEAD + b"Content-Length: 104857600\r\n\r\n", AnswerTooLargeError),
        (with_body(b"<html>Sign in to the hotel's network</html>"), UndecodableAnswerError),
    ],
    ids=["bomb", "nested bomb", "nested bomb in two headers", "brotli", "declared 100 MB", "hotel"],
)
def test_a_hostile_body_is_refused_at_once(call: Call, reply: bytes, error: type[Exception]) -> None:
    with RawServer(answering(reply)) as server:
        with pytest.raises(error):
            call(get_status, server.control())
        assert server.connections == 1


@both_forms
@pytest.mark.parametrize("status", [b"200 OK", b"500 Oops"])
def test_of_100_megabytes_only_the_limit_is_read(call: Call, status: bytes) -> None:
    sent = 0

    def pour(connection: Connection) -> None:
        nonlocal sent
        connection.read_request()
        connection.send(b"HTTP/1.1 " + status + b"\r\nTransfer-Encoding: chunked\r\n\r\n")
        chunk = b"10000\r\n" + b"x" * 65536 + b"\r\n"
        for _ in range(1600):
            connection.send(chunk)
            sent += 65536

    with RawServer(pour) as server, pytest.raises((AnswerTooLargeError, KernelResponseError)) as caught:
        call(get_status, server.control(timeout=20), retries=0)
    assert sent < 50_000_000
    assert ("500" in str(caught.value)) is (status == b"500 Oops")


@both_forms
def test_a_redirect_is_not_followed_and_no_credentials_leave(call: Call) -> None:
    with RawServer(answering(OK)) as elsewhere:
        moved = f"HTTP/1.1 307 Moved\r\nLocation: {elsewhere.url}/v1/status\r\nContent-Length: 0\r\n\r\n".encode()
        with RawServer(answering(moved)) as server:
            with pytest.raises(KernelResponseError) as caught:
                call(get_status, server.control(token="secret"))
            assert caught.value.status == 307
            assert len(server.requests) == 1
        assert elsewhere.connections == 0


@both_forms
def test_an_ipv6_literal_is_reached(call: Call) -> None:
    try:
        server = RawServer(answering(OK), host="::1")
    except OSError as error:
        pytest.skip(f"no IPv6 on this machine: {error}")
    with server:
        assert call(get_status, server.control()) is not None
        assert f"Host: [::1]:{server.port}".encode() in server.requests[0]


@both_forms
def test_a_name_is_resolved_and_its_addresses_are_tried_in_turn(call: Call) -> None:
    with RawServer(answering(OK)) as server:
        assert call(get_status, NodeControl(f"http://localhost:{server.port}")) is not None


@both_forms
def test_a_proxy_in_the_environment_is_not_asked(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    with RawServer(answering(OK)) as proxy, RawServer(answering(OK)) as server:
        for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, proxy.url)
        monkeypatch.delenv("no_proxy", raising=False)
        assert call(get_status, server.control()) is not None
        assert (proxy.connections, server.connections) == (0, 1)

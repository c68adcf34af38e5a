"""TLS: verified by default, with one's own CA and client certificate, one context for equal settings."""

import asyncio
import os
import shutil
import ssl
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest
import trustme

from tests.functional.kernel.support import (
    OK,
    WITHOUT_PAUSES,
    Call,
    Connection,
    RawServer,
    answering,
    both_forms,
    get_status,
)
from znp_panel_sync.control import NodeControl
from znp_panel_sync.errors import ConfigurationError, KernelTimeoutError, KernelUnreachableError
from znp_panel_sync.kernel import AsyncKernel, Kernel, ssl_context_for


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def ca_file(authority: trustme.CA, tmp_path: Path) -> str:
    file = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(file)
    return str(file)


def tls_server(authority: trustme.CA, name: str = "127.0.0.1", *, client_certificate: bool = False) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(name).configure_cert(context)
    if client_certificate:
        context.verify_mode = ssl.CERT_REQUIRED
        authority.configure_trust(context)
    return context


def identity(authority: trustme.CA, folder: Path, name: str | None = None) -> tuple[str, str]:
    issued = authority.issue_cert("panel.example", common_name=name)
    certificate, key = folder / "client.pem", folder / "client.key"
    issued.cert_chain_pems[0].write_to_path(certificate)
    issued.private_key_pem.write_to_path(key)
    return str(certificate), str(key)


@both_forms
def test_a_kernel_of_ones_own_authority_is_trusted(call: Call, authority: trustme.CA, ca_file: str) -> None:
    with RawServer(answering(OK), tls=tls_server(authority)) as server:
        assert call(get_status, server.control(verify=ca_file)) is not None


@both_forms
@pytest.mark.parametrize(
    ("name", "problem"),
    [("127.0.0.1", "certificate verify failed|unable to get local issuer"), ("127.0.0.2", "IP address mismatch")],
)
def test_certificates_and_names_are_verified_and_nothing_is_sent(
    call: Call, authority: trustme.CA, ca_file: str, name: str, problem: str
) -> None:
    verify: Any = True if name == "127.0.0.1" else ca_file
    with RawServer(answering(OK), tls=tls_server(authority, name)) as server:
        with pytest.raises(KernelUnreachableError, match=problem) as caught:
            call(get_status, server.control(verify=verify, token="t"))
        assert (caught.value.reason, caught.value.retryable) == ("tls", False)
        assert (server.connections, server.requests) == (1, [])
        assert call(get_status, server.control(verify=False)) is not None


@both_forms
def test_the_environment_names_no_authority(
    call: Call, authority: trustme.CA, ca_file: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.setenv(name, ca_file)
    monkeypatch.setenv("SSL_CERT_DIR", str(Path(ca_file).parent))
    with RawServer(answering(OK), tls=tls_server(authority)) as server, pytest.raises(KernelUnreachableError):
        call(get_status, server.control())


@both_forms
def test_a_client_certificate_is_shown(call: Call, authority: trustme.CA, ca_file: str, tmp_path: Path) -> None:
    certificate, key = identity(authority, tmp_path)
    together = tmp_path / "both.pem"
    together.write_bytes(Path(certificate).read_bytes() + Path(key).read_bytes())
    with RawServer(answering(OK), tls=tls_server(authority, client_certificate=True)) as server:
        for files in ({"client_cert": certificate, "client_key": key}, {"client_cert": str(together)}):
            assert call(get_status, server.control(verify=ca_file, **files)) is not None
        with pytest.raises(KernelUnreachableError):
            call(get_status, server.control(verify=ca_file), timing=WITHOUT_PAUSES)


def test_a_client_certificate_that_is_replaced_is_shown_on_the_next_connection(
    authority: trustme.CA, ca_file: str, tmp_path: Path
) -> None:
    shown: list[str] = []

    def handle(connection: Connection) -> None:
        assert isinstance(connection.socket, ssl.SSLSocket)
        certificate: Any = connection.socket.getpeercert()
        shown.append(dict(part[0] for part in certificate["subject"])["commonName"])
        connection.read_request()
        connection.send(OK.replace(b"200 OK\r\n", b"200 OK\r\nConnection: close\r\n"))

    def replace(name: str) -> None:
        for file in identity(authority, tmp_path, name):
            os.utime(file, ns=(len(shown), len(shown)))  # however coarse the clock of files is

    async def use_async(control: NodeControl) -> None:
        async with AsyncKernel(control) as kernel:
            await get_status(kernel)
            replace("third")
            await get_status(kernel)

    certificate, key = identity(authority, tmp_path, "first")
    with RawServer(handle, tls=tls_server(authority, client_certificate=True)) as server:
        control = server.control(verify=ca_file, client_cert=certificate, client_key=key)
        with Kernel(control) as kernel:
            get_status(kernel)
            replace("second")
            get_status(kernel)
        asyncio.run(use_async(control))
    assert shown == ["first", "second", "second", "third"]


@both_forms
def test_a_handshake_that_hangs_or_is_no_tls_has_an_end(call: Call) -> None:
    def hang(connection: Connection) -> None:
        connection.hang()

    def plain(connection: Connection) -> None:
        connection.socket.recv(1000)
        connection.send(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    with RawServer(hang) as server:
        started = time.monotonic()
        with pytest.raises(KernelTimeoutError):
            call(get_status, NodeControl(f"https://127.0.0.1:{server.port}", timeout=0.4))
        assert time.monotonic() - started < 10
    with RawServer(plain) as server:
        with pytest.raises(KernelUnreachableError) as caught:
            call(get_status, NodeControl(f"https://127.0.0.1:{server.port}"))
        assert caught.value.reason == "tls"


@both_forms
def test_a_kernel_that_leaves_during_the_handshake_may_be_tried_again(call: Call) -> None:
    def leave(connection: Connection) -> None:
        connection.socket.recv(1000)

    with RawServer(leave) as server:
        with pytest.raises(KernelUnreachableError) as caught:
            call(get_status, NodeControl(f"https://127.0.0.1:{server.port}"), timing=WITHOUT_PAUSES)
        assert caught.value.reason == "reset"
        assert server.connections == 3


def test_plain_http_has_no_context() -> None:
    assert ssl_context_for(NodeControl("http://127.0.0.1", verify="/nowhere")) is None


def test_equal_settings_share_a_context_and_a_changed_file_makes_a_new_one(ca_file: str) -> None:
    one = ssl_context_for(NodeControl("https://a.example", verify=ca_file))
    assert one is ssl_context_for(NodeControl("https://b.example", verify=ca_file, token="t"))
    assert one is not ssl_context_for(NodeControl("https://a.example"))
    assert ssl_context_for(NodeControl("https://a.example")) is ssl_context_for(NodeControl("https://b.example"))
    os.utime(ca_file, ns=(1, 1))
    assert one is not ssl_context_for(NodeControl("https://a.example", verify=ca_file))


def test_contexts_verify_unless_told_not_to(ca_file: str) -> None:
    for control in (NodeControl("https://a.example"), NodeControl("https://a.example", verify=ca_file)):
        context = ssl_context_for(control)
        assert context is not None
        assert (context.verify_mode, context.check_hostname) == (ssl.CERT_REQUIRED, True)
        assert context.minimum_version >= ssl.TLSVersion.TLSv1_2
    open_to_all = ssl_context_for(NodeControl("https://a.example", verify=False))
    assert open_to_all is not None
    assert open_to_all.verify_mode == ssl.CERT_NONE


def test_files_that_cannot_be_used_are_named(authority: trustme.CA, ca_file: str, tmp_path: Path) -> None:
    certificate, _ = identity(authority, tmp_path)
    empty = tmp_path / "empty.pem"
    empty.write_text("nothing")
    cases: tuple[tuple[dict[str, Any], str], ...] = (
        ({"verify": str(tmp_path / "none.pem")}, "verify: cannot be read"),
        ({"verify": str(empty)}, "verify: is no PEM file of CAs"),
        ({"client_cert": str(tmp_path / "none.pem")}, "client_cert: cannot be read"),
        ({"client_cert": certificate, "client_key": str(tmp_path / "none.key")}, "client_key: cannot be read"),
        ({"client_cert": certificate}, "client_cert: cannot be used with its key"),
        ({"client_cert": certificate, "client_key": ca_file}, "client_cert: cannot be used with its key"),
    )
    for options, problem in cases:
        with pytest.raises(ConfigurationError, match=problem):
            ssl_context_for(NodeControl("https://a.example", **options))


@pytest.mark.skipif(shutil.which("openssl") is None, reason="encrypting a key takes the openssl command")
def test_an_encrypted_key_is_refused_instead_of_asked_about(authority: trustme.CA, tmp_path: Path) -> None:
    certificate, key = identity(authority, tmp_path)
    encrypted = tmp_path / "encrypted.key"
    subprocess.run(
        ["openssl", "pkey", "-in", key, "-aes256", "-passout", "pass:secret", "-out", str(encrypted)], check=True
    )
    with pytest.raises(ConfigurationError, match="client_cert: cannot be used with its key: the key is encrypted"):
        ssl_context_for(NodeControl("https://a.example", client_cert=certificate, client_key=str(encrypted)))

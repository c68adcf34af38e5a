"""Each way to fail has its exit status, and one line that says what to do."""

from pathlib import Path

import pytest

from tests.functional.cli.support import document, done, invoke, refused
from znp_panel_sync.testing import KernelSimulator


def test_a_port_where_nobody_listens(kernel: KernelSimulator) -> None:
    kernel.die()
    assert refused(3, "health", kernel.url).endswith("does the kernel run, and is the port right?")


def test_a_kernel_that_is_too_slow(kernel: KernelSimulator) -> None:
    kernel.faults.hang()
    line = refused(3, "health", kernel.url, "--timeout", "200ms")
    assert line.endswith("is the kernel busy? Allow more with --timeout")


def test_a_connection_that_breaks(kernel: KernelSimulator) -> None:
    kernel.faults.drop()
    assert refused(3, "health", kernel.url, "--timeout", "30").endswith("check the network")


@pytest.mark.parametrize(
    ("status", "ends_with", "advice"),
    [
        (400, 1, ")"),
        (401, 4, "give its credentials with --credentials FILE, --ask or --token-env"),
        (403, 4, "use credentials that may do this"),
        (404, 1, "check the id, and whether this kernel offers the operation"),
        (429, 1, "try again a little later"),
        (503, 1, "the kernel's own log knows more"),
    ],
)
def test_a_kernel_that_refuses(kernel: KernelSimulator, status: int, ends_with: int, advice: str) -> None:
    kernel.faults.answer(status, b'{"code": "x", "message": "no\\u001b[2J, not \\n now"}')
    line = refused(ends_with, "users", "list", kernel.url, "--timeout", "1m")
    assert str(status) in line
    assert "\x1b" not in line
    assert line.endswith(advice)


@pytest.mark.parametrize("body", [b"<html>welcome</html>", b"{" + b" " * 5_000_000 + b"}"])
def test_something_that_is_no_kernel(kernel: KernelSimulator, body: bytes) -> None:
    kernel.faults.answer(200, body)
    line = refused(5, "traffic", kernel.url)
    assert line.endswith("is this the URL of a kernel's control interface?")


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (("nonsense",), "znp-sync: No such command 'nonsense'. (try znp-sync --help)"),
        (("--nonsense",), "znp-sync: No such option '--nonsense'. (try znp-sync --help)"),
        (("health",), "znp-sync health: Missing argument 'URL'. (try znp-sync health --help)"),
        (("health", "http://u:p@h"), "znp-sync: endpoint: must not hold user information: give credentials as "),
        (("health", "ftp://h"), "znp-sync: endpoint: must begin with http:// or https://"),
        (("health", "http://h", "--timeout", "0"), "znp-sync health: Invalid value for '--timeout': must be more "),
        (("health", "http://h", "--timeout", "soon"), "znp-sync health: Invalid value for '--timeout': must be a "),
        (("status", "http://h", "--source", "mail"), "znp-sync status: Invalid value for '--source': 'mail' is not"),
        (("users", "import", "http://h", "/no/such"), "znp-sync users import: Invalid value for 'FILE': File "),
        (("health", "https://h", "--insecure", "--ca", __file__), "znp-sync health: --ca and --insecure contradict"),
        (("status", "http://h", "--watch", "--check"), "znp-sync status: --check and --watch contradict each other"),
    ],
)
def test_a_wrong_use_is_one_line_with_the_help_that_knows(arguments: tuple[str, ...], problem: str) -> None:
    assert refused(2, *arguments).startswith(problem)


def test_a_group_without_a_command_shows_its_help() -> None:
    result = invoke("users")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith("Usage: znp-sync users ")


def test_certificates_that_nobody_vouches_for_are_refused(tmp_path: Path) -> None:
    import ssl

    import trustme

    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    client = authority.issue_cert("somebody")
    ca, certificate, key = (tmp_path / name for name in ("ca.pem", "client.pem", "client.key"))
    authority.cert_pem.write_to_path(str(ca))
    client.cert_chain_pems[0].write_to_path(str(certificate))
    client.private_key_pem.write_to_path(str(key))
    with KernelSimulator(ssl_context=context) as simulator:
        line = refused(3, "health", simulator.url)
        assert line.endswith("check the certificate, or name its CA with --ca FILE")
        assert document("health", simulator.url, "--ca", ca)["alive"]
        assert document("health", simulator.url, "--insecure")["alive"]
        assert done("health", simulator.url, "--ca", ca, "--client-cert", certificate, "--client-key", key)


@pytest.mark.parametrize(
    ("name", "text", "problem"),
    [
        ("a.json", "{", "is not JSON: "),
        ("a.toml", "a = ", "is not TOML: "),
        ("a.yaml", "a: b: c", "is not YAML in line 1: "),
        ("a.yaml", "7", "must hold a list of users"),
        ("a.yaml", "users: []", "must hold a list of users"),
        ("a.yaml", b"\xff\xfe\xff", "cannot be read: "),
    ],
)
def test_a_file_that_cannot_be_used(tmp_path: Path, name: str, text: str | bytes, problem: str) -> None:
    path = tmp_path / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    assert refused(2, "users", "import", "http://127.0.0.1:9", path).startswith(f"znp-sync: {path}: {problem}")


def test_the_unexpected_is_one_line_too_and_its_place_is_told_on_request(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise LookupError("nobody thought of this")

    monkeypatch.setattr("znp_panel_sync.cli._health.Kernel", fail)
    assert refused(1, "health", "http://127.0.0.1:9") == (
        "znp-sync: unexpected LookupError: nobody thought of this: run znp-sync -vv to see where"
    )
    assert isinstance(invoke("-vv", "health", "http://127.0.0.1:9").exception, LookupError)


def test_an_extra_that_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise ModuleNotFoundError("No module named 'rich'", name="rich")

    monkeypatch.setattr("znp_panel_sync.cli._health.Kernel", fail)
    assert refused(2, "health", "http://127.0.0.1:9") == (
        "znp-sync: No module named 'rich': run pip install '.[cli]' in a clone"
    )

"""Credentials come from where they may come from, and are seen nowhere."""

import json
from pathlib import Path

import pytest

from tests.functional.cli.support import (
    CANARY_KEY,
    CANARY_PASSWORD,
    CANARY_SECRET,
    CANARY_TOKEN,
    document,
    done,
    invoke,
    refused,
    terminal,
)
from znp_panel_sync.testing import KernelSimulator

KEYS = {"KEY": CANARY_KEY, "SECRET": CANARY_SECRET}
FROM_ENVIRONMENT = ("--access-key-env", "KEY", "--secret-key-env", "SECRET")


def test_without_any_the_advice_names_the_options(locked: KernelSimulator) -> None:
    assert refused(4, "users", "list", locked.url).endswith(
        "give its credentials with --credentials FILE, --ask or --token-env"
    )


def test_from_a_file(locked: KernelSimulator, credentials: Path) -> None:
    assert document("users", "list", locked.url, "--credentials", credentials)
    assert invoke("-vv", "users", "list", locked.url, "--credentials", credentials).exit_code == 0


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.json", json.dumps({"ak": CANARY_KEY, "sk": CANARY_SECRET})),
        ("a.toml", f'control_access_key = "{CANARY_KEY}"\ncontrol_secret_key = "{CANARY_SECRET}"'),
        ("credentials", f"ak: {CANARY_KEY}\nsecret_key: {CANARY_SECRET}"),
    ],
)
def test_in_several_notations(locked: KernelSimulator, tmp_path: Path, name: str, text: str) -> None:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    path.chmod(0o600)
    assert document("users", "list", locked.url, "--credentials", path)


def test_a_file_that_others_may_read_is_warned_of(locked: KernelSimulator, credentials: Path) -> None:
    credentials.chmod(0o640)
    result = invoke("users", "list", locked.url, "--credentials", credentials)
    assert result.exit_code == 0
    assert result.stderr == f"warning: {credentials} can be read by others: chmod 600 {credentials}\n"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (f"{CANARY_SECRET}: {CANARY_TOKEN}", "may hold access_key, secret_key, token and nothing else"),
        ("token: 12345", "token must be a text: put it in quotes"),
        (f"[{CANARY_TOKEN}]", "must hold names with values"),
        (f"{CANARY_TOKEN}: {CANARY_TOKEN}: 7", "is not YAML in line 1: mapping values are not allowed here"),
    ],
)
def test_what_is_wrong_with_a_file_is_told_without_showing_it(
    locked: KernelSimulator, credentials: Path, text: str, problem: str
) -> None:
    credentials.write_text(text, encoding="utf-8")
    line = refused(2, "users", "list", locked.url, "--credentials", credentials)
    assert line == f"znp-sync: {credentials}: {problem}"


def test_from_variables_that_are_named(locked: KernelSimulator) -> None:
    assert document("users", "list", locked.url, *FROM_ENVIRONMENT, env=KEYS)
    locked.set_credentials(token=CANARY_TOKEN)
    assert document("users", "list", locked.url, "--token-env", "TOKEN", env={"TOKEN": CANARY_TOKEN})


def test_a_variable_that_is_not_set_is_named(locked: KernelSimulator) -> None:
    line = refused(2, "users", "list", locked.url, "--token-env", "NO_SUCH_TOKEN")
    assert line == "znp-sync: --token-env: the environment variable NO_SUCH_TOKEN is not set"
    line = refused(2, "users", "list", locked.url, "--access-key-env", "KEY", env=KEYS)
    assert line.startswith("znp-sync: secret_key: is missing")


def test_two_sources_are_one_too_many(locked: KernelSimulator, credentials: Path) -> None:
    line = refused(2, "users", "list", locked.url, "--credentials", credentials, *FROM_ENVIRONMENT, env=KEYS)
    assert line == (
        "znp-sync users list: choose between --credentials and an environment variable (try znp-sync users list --help)"
    )


def test_nothing_is_asked_where_nobody_can_answer(locked: KernelSimulator) -> None:
    line = "znp-sync: there is no terminal to ask at: use a file, or an environment variable"
    assert refused(2, "users", "list", locked.url, "--ask") == line
    assert refused(2, "users", "create", locked.url, "9") == line


@pytest.mark.parametrize(("text", "problem"), [("", "is empty"), (" \n", "is empty"), (b"\xff", "cannot be read: ")])
def test_a_password_file_that_cannot_be_used(credentials: Path, text: str | bytes, problem: str) -> None:
    credentials.write_bytes(text.encode() if isinstance(text, str) else text)
    line = refused(2, "users", "update", "http://127.0.0.1:9", "7", "--password-file", credentials)
    assert line.startswith(f"znp-sync: {credentials}: {problem}")


def test_two_sources_of_a_password_are_one_too_many(credentials: Path) -> None:
    options = ("--password-file", credentials, "--password-env", "NAME")
    line = refused(2, "users", "update", "http://127.0.0.1:9", "7", *options)
    assert "choose between --password-file and --password-env" in line


def test_asked_for_at_a_terminal_they_are_not_shown(locked: KernelSimulator) -> None:
    with terminal("users", "create", locked.url, "9", "--ask") as program:
        program.wait_for(r"Access key \(empty: a token instead\): ")
        program.type("somebody\n")
        program.wait_for("Secret key: ")
        program.type(f"{CANARY_SECRET}\n")
        for question in ("Password: ", "Repeat for confirmation: "):
            program.wait_for(question)
            program.type(f"{CANARY_PASSWORD}\n")
        status, screen = program.wait()
    assert status == 4
    assert "401 Unauthorized" in screen
    (sent,) = {request.headers["authorization"] for request in locked.requests.find()}
    assert sent.startswith("Basic ")


def test_a_token_that_is_asked_for_is_in_no_list_of_processes(locked: KernelSimulator) -> None:
    locked.set_credentials(token=CANARY_TOKEN)
    with terminal("users", "delete", locked.url, "7", "--ask") as program:
        program.wait_for("token instead")
        program.type("\n")
        program.wait_for("Token: ")
        program.type(f"{CANARY_TOKEN}\n")
        program.wait_for(r"Delete 7\? \[y/N\]: ")
        assert "canary" not in Path(f"/proc/{program.process.pid}/cmdline").read_text(encoding="utf-8")
        program.type("y\n")
        program.wait_for("deleted 1 user")
        assert program.wait()[0] == 0


def test_what_is_not_meant_is_not_done(kernel: KernelSimulator) -> None:
    with terminal("users", "delete", kernel.url, "7") as program:
        program.wait_for("Delete 7")
        program.type("n\n")
        program.wait_for("znp-sync: nothing was done")
        assert program.wait()[0] == 1
    assert "7" in done("users", "list", kernel.url)

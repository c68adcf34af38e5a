"""The page about the command shows what the command does."""

import re
import shlex
import signal
from pathlib import Path

import click
import pytest

from examples import screenshots_cli
from tests.functional.cli.reference import PAGE, commands, renewed
from tests.functional.cli.support import invoke
from znp_panel_sync.cli._main import cli
from znp_panel_sync.testing import KernelSimulator

SHOWN_URL = "http://127.0.0.1:23860"
TEXT = PAGE.read_text(encoding="utf-8")
FILES = re.findall(r'```yaml title="(.*?)"\n(.*?)```', TEXT, re.DOTALL)
DIALOGUES = re.findall(r"```console\n(.*?)```", TEXT, re.DOTALL)


def dialogues() -> list[tuple[str, str]]:
    """Each command of the page with what is shown of its output, in order."""
    return [(found[1], found[2]) for text in DIALOGUES for found in re.finditer(r"\$ (.*)\n((?:[^$].*\n)*)", text)]


def test_its_tables_are_those_of_the_command() -> None:
    assert renewed(TEXT) == TEXT, "run python -m tests.functional.cli.reference"


def test_it_has_no_block_that_nobody_looks_at() -> None:
    others = re.findall(r"^```(?!console|yaml title)(\w.*?)```$", TEXT, re.DOTALL | re.MULTILINE)
    assert others == ["bash\npip install '.[cli]'\n"]


def test_it_shows_each_group_of_commands() -> None:
    shown = {shlex.split(line)[1] for line, _ in dialogues()}
    assert shown == {context.command_path.split()[1] for context, _ in commands()}


def test_what_it_shows_is_what_comes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with KernelSimulator() as kernel:
        kernel.add_node("node-1", protocol="vless")
        kernel.add_node("node-2", protocol="ss")
        kernel.add_traffic("node-1", bytes_up=1_500_000, bytes_down=2_000)
        for name, text in FILES:
            path = tmp_path / name
            path.write_text(text.replace(SHOWN_URL, kernel.url), encoding="utf-8")
            path.chmod(0o600)
        for line, expected in dialogues():
            arguments = shlex.split(line.replace(SHOWN_URL, kernel.url))[1:]
            if expected:
                output = invoke(*arguments).output.replace(kernel.url, SHOWN_URL)
                assert re.fullmatch(re.escape(expected).replace(r"\.\.\.", ".*"), output), f"{line}\n{output}"
            else:
                assert_understood(arguments)


def assert_understood(arguments: list[str]) -> None:
    """Parse the arguments of a command that goes on, or whose output is not shown."""
    command: click.Command | None = cli
    while isinstance(command, click.Group):
        name, *arguments = arguments
        command = command.get_command(click.Context(command), name)
    assert command is not None
    command.make_context(command.name, arguments)


def test_its_picture_is_made_by_a_command_even_by_one_that_ignores_ctrl_c(tmp_path: Path) -> None:
    former = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        screenshots_cli.main(tmp_path)
    finally:
        signal.signal(signal.SIGINT, former)
    picture = (tmp_path / screenshots_cli.PICTURE).read_text(encoding="utf-8")
    assert (PAGE.parent / "images" / screenshots_cli.PICTURE).exists()
    assert set(re.findall(r"https?://[a-z0-9.]+", picture)) == {"http://www.w3.org", "http://127.0.0.1"}
    for word in ("hong", "unhealthy", "Ctrl"):
        assert word in picture

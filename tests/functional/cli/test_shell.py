"""What a shell sees of the command: its help, its completion, and how it begins."""

import logging
import os
import re
import subprocess
import sys
from pathlib import Path

import click
import pytest

import znp_panel_sync
from tests.functional.cli.support import COMMAND, PATIENCE_SECONDS, PROGRAM, done, invoke, refused
from znp_panel_sync.cli._failures import MEANINGS, ExitStatus
from znp_panel_sync.cli._logging import log_to_stderr
from znp_panel_sync.cli._main import COMMANDS, cli
from znp_panel_sync.testing import KernelSimulator

COMPLETING = """
source "$1"
COMP_WORDS=("${@:2}"); COMP_CWORD=$(( ${#COMP_WORDS[@]} - 1 ))
_znp_sync_completion znp-sync
printf '%s\\n' "${COMPREPLY[@]}"
"""


def ran(*command: str, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
        timeout=PATIENCE_SECONDS,
        env={**os.environ, **(env or {})},
    )


def test_the_help_names_each_command_and_exit_status() -> None:
    text = done("--help")
    for name in COMMANDS:
        assert re.search(rf"^  {name}  ", text, re.MULTILINE), name
    for status in ExitStatus:
        assert re.search(rf"^  {status.value}  ", text, re.MULTILINE), status
    assert MEANINGS.keys() == set(ExitStatus)


@pytest.mark.parametrize("name", COMMANDS)
def test_the_line_about_a_command_is_the_first_of_its_help(name: str) -> None:
    command = cli.get_command(click.Context(cli), name)
    assert command is not None
    assert (command.help or "").splitlines()[0] == COMMANDS[name]


def test_the_help_and_a_wrong_name_load_no_command() -> None:
    script = (
        "import sys; from znp_panel_sync.cli._main import cli; print(cli.run(['--help']), cli.run(['nonsense']),"
        "*{'rich', 'httpx', 'asyncio', 'znp_panel_sync.kernel', 'yaml'} & set(sys.modules))"
    )
    assert ran(sys.executable, "-c", script).stdout.splitlines()[-1] == "0 2"


def test_the_version() -> None:
    assert done("--version") == f"znp-sync, version {znp_panel_sync.__version__}\n"


def test_without_the_extra_it_says_what_to_install() -> None:
    script = (
        "import sys, importlib.util; from znp_panel_sync import cli; cli.find_spec = lambda name: None;"
        "sys.exit(cli.main())"
    )
    program = ran(sys.executable, "-c", script)
    assert (program.returncode, program.stdout) == (2, "")
    assert program.stderr == "znp-sync: needs click and rich: run pip install '.[cli]' in a clone\n"


@pytest.mark.parametrize(("name", "status"), [("SIGINT", ExitStatus.INTERRUPTED), ("SIGTERM", ExitStatus.TERMINATED)])
def test_a_signal_while_it_begins_ends_it_without_a_traceback(name: str, status: ExitStatus) -> None:
    script = (
        "import signal, sys; from znp_panel_sync import cli;"
        f"cli.find_spec = lambda _: signal.raise_signal(signal.{name}); sys.exit(cli.main())"
    )
    program = ran(sys.executable, "-c", script)
    assert (program.returncode, program.stdout, program.stderr) == (status, "", "")


def test_characters_that_the_output_cannot_hold_are_no_error() -> None:
    program = ran(*COMMAND, "health", "http://127.0.0.1:9/節點", env={"PYTHONIOENCODING": "ascii"})
    assert program.returncode in (ExitStatus.UNREACHABLE, ExitStatus.USAGE)
    assert program.stderr.startswith("znp-sync: ")


def test_bash_completes_commands_options_and_choices(tmp_path: Path) -> None:
    script = tmp_path / "completion.bash"
    script.write_text(done("completion", "bash"), encoding="utf-8")
    path = {"PATH": f"{PROGRAM.parent}{os.pathsep}{os.environ['PATH']}"}

    def completed(*words: str) -> list[str]:
        program = ran("bash", "-c", COMPLETING, "bash", str(script), "znp-sync", *words, env=path)
        assert program.stderr == ""
        return program.stdout.split()

    assert completed("users", "im") == ["import"]
    assert completed("status", "--source", "we") == ["websocket"]
    assert completed("s") == ["status", "serve", "simulate"]


@pytest.mark.parametrize(("shell", "sign"), [("zsh", "#compdef znp-sync"), ("fish", "complete --no-files")])
def test_other_shells_have_their_scripts(shell: str, sign: str) -> None:
    script = done("completion", shell)
    assert sign in script
    assert "_ZNP_SYNC_COMPLETE" in script


def test_a_shell_that_is_not_known_is_refused() -> None:
    assert "'csh' is not one of 'bash', 'zsh', 'fish'" in refused(2, "completion", "csh")


def test_verbosity_adds_what_the_package_logs(locked: KernelSimulator) -> None:
    assert len(invoke("users", "list", locked.url).stderr.splitlines()) == 1
    warning, line = invoke("-v", "users", "list", locked.url).stderr.splitlines()
    assert warning.startswith(f"warning: kernel {locked.url} answered 401 to list_users")
    assert line.startswith("znp-sync: kernel control: 401 Unauthorized")


@pytest.mark.parametrize("verbose", [0, 2])
def test_tracebacks_are_told_on_request(capsys: pytest.CaptureFixture[str], verbose: int) -> None:
    logger = logging.getLogger("znp_panel_sync.test")
    with log_to_stderr(verbose):
        try:
            raise LookupError("nobody thought of this")
        except LookupError:
            logger.exception("it failed")
        logger.info("it goes on")
    shown = capsys.readouterr().err.splitlines()
    assert shown[0] == "error: it failed"
    assert ("info: it goes on" in shown) == (verbose == 2)
    assert ("LookupError: nobody thought of this" in shown) == (verbose == 2)

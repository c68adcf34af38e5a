"""The command in this process, as a program with pipes, and as a program at a terminal."""

import contextlib
import json
import os
import re
import select
import signal
import subprocess
import sys
import termios
import threading
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any, Final

from click.testing import CliRunner, Result

from znp_panel_sync.cli._main import cli

PATIENCE_SECONDS: Final = 60.0
PROGRAM: Final = Path(sys.executable).with_name("znp-sync")
COMMAND: Final = (sys.executable, "-W", "error", str(PROGRAM))

CANARY_KEY: Final = "canary-access-key"
CANARY_SECRET: Final = "canary-secret-key"
CANARY_TOKEN: Final = "canary-token"
CANARY_PASSWORD: Final = "canary-password"
CANARIES: Final = (CANARY_KEY, CANARY_SECRET, CANARY_TOKEN, CANARY_PASSWORD)
_CONTROL: Final = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


_OF_TERMINALS: Final = ("COLUMNS", "LINES", "FORCE_COLOR", "NO_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE")
"""What the tests' own surroundings may say about a terminal, which must not matter."""


def environment(others: Mapping[str, str] | None) -> dict[str, str]:
    """The environment of a program."""
    return {**{name: value for name, value in os.environ.items() if name not in _OF_TERMINALS}, **(others or {})}


def invoke(*arguments: object, env: Mapping[str, str] | None = None) -> Result:
    """Run the command here; no canary may be in what it writes."""
    surroundings = {**dict.fromkeys(_OF_TERMINALS), **(env or {})}
    result = CliRunner().invoke(cli, [str(argument) for argument in arguments], env=surroundings)
    assert_no_canary(result.stdout + result.stderr)
    return result


def done(*arguments: object, env: Mapping[str, str] | None = None) -> str:
    """Run the command here, expect that all goes well and nothing is on stderr, and return its output."""
    result = invoke(*arguments, env=env)
    assert (result.exit_code, result.stderr) == (0, "")
    return result.stdout


def document(*arguments: object, env: Mapping[str, str] | None = None) -> Any:
    """Run the command here with `--json`, and return what it wrote."""
    return json.loads(done(*arguments, "--json", env=env))


def refused(status: int, *arguments: object, env: Mapping[str, str] | None = None) -> str:
    """Run the command here, expect a failure without output, and return the one line about it."""
    result = invoke(*arguments, env=env)
    assert (result.exit_code, result.stdout) == (status, "")
    (line,) = result.stderr.splitlines()
    return line


def assert_no_canary(text: str) -> None:
    for canary in CANARIES:
        assert canary not in text


def plain(text: str) -> str:
    """Take away what moves and colours a terminal's text."""
    return _CONTROL.sub("", text)


class Piped:
    """The command as a program with pipes, whose lines can be awaited."""

    def __init__(self, *arguments: object, env: Mapping[str, str] | None = None) -> None:
        self.process = subprocess.Popen(
            [*COMMAND, *map(str, arguments)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            env=environment(env),
        )
        self._lines: SimpleQueue[str] = SimpleQueue()
        self._errors: list[str] = []
        self._readers = [threading.Thread(target=read, daemon=True) for read in (self._read_output, self._read_errors)]
        for reader in self._readers:
            reader.start()

    def line(self) -> str:
        """Wait for the next line of output."""
        try:
            return self._lines.get(timeout=PATIENCE_SECONDS)
        except Empty:
            raise AssertionError(f"no further line; on stderr: {''.join(self._errors)}") from None

    def wait_for(self, pattern: str) -> str:
        """Wait for a line in which the pattern is found."""
        while not re.search(pattern, line := self.line()):
            pass
        return line

    def end(self, how: signal.Signals = signal.SIGINT) -> tuple[int, str]:
        """Send a signal; return the exit status, and what was written on stderr."""
        self.process.send_signal(how)
        return self.wait()

    def wait(self) -> tuple[int, str]:
        """Wait for the end; return the exit status, and what was written on stderr."""
        status = self.process.wait(PATIENCE_SECONDS)
        for reader in self._readers:
            reader.join(PATIENCE_SECONDS)
        return status, "".join(self._errors)

    def clean_up(self) -> None:
        """Leave nothing behind, whatever happened."""
        if self.process.poll() is None:
            self.process.kill()
        self.wait()
        for stream in (self.process.stdout, self.process.stderr):
            assert stream is not None
            stream.close()

    def _read_output(self) -> None:
        for line in self.process.stdout or ():
            assert_no_canary(line)
            self._lines.put(line.rstrip("\n"))

    def _read_errors(self) -> None:
        for line in self.process.stderr or ():
            assert_no_canary(line)
            self._errors.append(line)


@contextlib.contextmanager
def piped(*arguments: object, env: Mapping[str, str] | None = None) -> Iterator[Piped]:
    """Run the command as a program with pipes."""
    program = Piped(*arguments, env=env)
    try:
        yield program
    finally:
        program.clean_up()


class Terminal:
    """The command as a program at a terminal of these lines and columns, whose screen can be awaited."""

    def __init__(
        self, *arguments: object, env: Mapping[str, str] | None = None, size: tuple[int, int] = (40, 120)
    ) -> None:
        self._ours, self._theirs = os.openpty()
        termios.tcsetwinsize(self._theirs, size)
        # whoever leads a session and opens a terminal has it as its own: for passwords, and for Ctrl-C
        at_terminal = ("sh", "-c", 'exec "$@" <"$0" >"$0" 2>&1', os.ttyname(self._theirs))
        self.process = subprocess.Popen(
            [*at_terminal, *COMMAND, *map(str, arguments)],
            start_new_session=True,
            env=environment({"TERM": "xterm-256color", **(env or {})}),
        )
        self.screen = ""
        self.written = ""

    def wait_for(self, pattern: str) -> str:
        """Wait until the pattern is found in what was written since it was last found; return that part."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not (found := re.search(pattern, plain(self.screen))):
            assert time.monotonic() < deadline, self.screen
            self._read()
        shown = plain(self.screen)
        self.screen = shown[found.end() :]
        return shown

    def type(self, text: str) -> None:
        """Type something; `\\x03` is Ctrl-C."""
        os.write(self._ours, text.encode())

    def wait(self) -> tuple[int, str]:
        """Wait for the end; return the exit status, and what was written since something was last found."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while self.process.poll() is None:
            assert time.monotonic() < deadline, self.screen
            self._read()
        while self._read():
            pass
        return self.process.wait(), plain(self.screen)

    def clean_up(self) -> None:
        """Leave nothing behind, whatever happened."""
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        os.close(self._ours)
        os.close(self._theirs)

    def _read(self) -> bool:
        readable, _, _ = select.select([self._ours], [], [], 0.1)
        if readable:
            came = os.read(self._ours, 65536).decode(errors="replace")
            self.screen += came
            self.written += came
            assert_no_canary(self.screen)
        return bool(readable)


@contextlib.contextmanager
def terminal(*arguments: object, **options: Any) -> Iterator[Terminal]:
    """Run the command as a program at a terminal; for the options see `Terminal`."""
    program = Terminal(*arguments, **options)
    try:
        yield program
    finally:
        program.clean_up()

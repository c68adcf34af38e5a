"""Programs that run beside a test, whose lines of output can be awaited."""

import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from queue import Empty, SimpleQueue

ROOT = Path(__file__).resolve().parents[3]
EXAMPLES = ROOT / "examples"
PATIENCE_SECONDS = 100


class Running:
    """A program in a session of its own, so that a signal reaches all of its processes, as Ctrl-C does."""

    def __init__(
        self,
        command: Sequence[str],
        *,
        folder: Path = ROOT,
        environment: Mapping[str, str] | None = None,
        keep_open: Sequence[int] = (),
    ) -> None:
        self._process = subprocess.Popen(
            command,
            cwd=folder,
            env={**os.environ, "PYTHONUNBUFFERED": "1", **(environment or {})},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            pass_fds=keep_open,
            start_new_session=True,
        )
        self._lines: SimpleQueue[str | None] = SimpleQueue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        self.output = ""

    def wait_for(self, pattern: str) -> str:
        """Wait for a line in which the pattern is found, and return it; fail where the program ends before."""
        try:
            while (line := self._lines.get(timeout=PATIENCE_SECONDS)) is not None:
                if re.search(pattern, line):
                    return line
        except Empty:
            raise AssertionError(f"{pattern!r} was not printed in time:\n{self.output}") from None
        raise AssertionError(f"the program ended without {pattern!r}:\n{self.output}")

    def interrupt(self) -> None:
        """Do what Ctrl-C does."""
        os.killpg(self._process.pid, signal.SIGINT)

    def end(self, how: signal.Signals = signal.SIGINT) -> int:
        """Send a signal to all processes of the program, unless it has ended; return its exit status."""
        if self._process.poll() is None:
            os.killpg(self._process.pid, how)
        return self.wait()

    def wait(self) -> int:
        """Wait for the end of the program, and return its exit status."""
        try:
            status = self._process.wait(PATIENCE_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
            raise
        self._reader.join(PATIENCE_SECONDS)
        if self._process.stdout:
            self._process.stdout.close()
        return status

    def _read(self) -> None:
        for line in self._process.stdout or ():
            self.output += line
            self._lines.put(line.rstrip("\n"))
        self._lines.put(None)


@contextmanager
def running(
    command: Sequence[str],
    *,
    folder: Path = ROOT,
    environment: Mapping[str, str] | None = None,
    keep_open: Sequence[int] = (),
) -> Iterator[Running]:
    """Run a program for the length of a `with` block, and interrupt it at the end."""
    program = Running(command, folder=folder, environment=environment, keep_open=keep_open)
    try:
        yield program
    finally:
        program.end()


def run_python(*arguments: str, folder: Path = ROOT, environment: Mapping[str, str] | None = None) -> str:
    """Run Python to its end with warnings as errors, and return what it printed; fail where it fails."""
    done = subprocess.run(
        [sys.executable, "-W", "error", *arguments],
        cwd=folder,
        env={**os.environ, **(environment or {})},
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout

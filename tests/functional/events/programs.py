"""Examples as programs of their own."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import SimpleQueue

ROOT = Path(__file__).resolve().parents[3]
TOKEN = "canary-webhook-token"
ADMIN = "canary-admin-token"
_SECONDS = 60


class Program:
    """A running example, whose lines of output can be awaited."""

    def __init__(self, example: str, *arguments: str) -> None:
        environment = {**os.environ, "WEBHOOK_TOKEN": TOKEN, "ADMIN_TOKEN": ADMIN, "PYTHONPATH": str(ROOT)}
        command = [sys.executable, str(ROOT / "examples" / example), *arguments]
        self._process = subprocess.Popen(
            command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        self._lines: SimpleQueue[str] = SimpleQueue()
        self.output = ""
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def wait_for(self, words: str) -> str:
        """Wait for a line with these words, and return it."""
        while words not in (line := self._lines.get(timeout=_SECONDS)):
            pass
        return line

    @property
    def base_url(self) -> str:
        """Where the panel listens."""
        return self.wait_for("the panel listens on").split()[-1]

    def kill(self) -> None:
        """End the process without giving it time for anything."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """Interrupt the process, as somebody at the keyboard does."""
        self._end(signal.SIGINT)

    def _end(self, how: signal.Signals) -> None:
        self._process.send_signal(how)
        self._process.wait(_SECONDS)
        self._reader.join(_SECONDS)
        if self._process.stdout:
            self._process.stdout.close()

    def _read(self) -> None:
        for line in self._process.stdout or ():
            self.output += line
            self._lines.put(line)


@contextmanager
def running(example: str, *arguments: str) -> Iterator[Program]:
    """Run an example, and end it."""
    program = Program(example, *arguments)
    try:
        yield program
    finally:
        program.stop()

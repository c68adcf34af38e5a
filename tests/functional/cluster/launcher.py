"""Starts replicas as processes, holds them, and sees them end."""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import attrs

from tests.functional.cluster.replica import Config, Farewell

ROOT = Path(__file__).resolve().parents[3]
_END_SECONDS = 30.0
_COVERAGE = ("COVERAGE_PROCESS_START", "COVERAGE_PROCESS_CONFIG")


class Replica:
    """One replica as a process, held by a descriptor, so that no other process is ever signalled in its stead."""

    def __init__(self, config: Config, pid: int) -> None:
        self.name = config.name
        self._config = config
        self._process = os.pidfd_open(pid)

    def signal(self, *numbers: signal.Signals) -> None:
        """Send signals, in order."""
        for number in numbers:
            signal.pidfd_send_signal(self._process, number)

    def kill(self) -> None:
        """End the process without giving it time for anything."""
        self.signal(signal.SIGKILL)
        self._wait()

    def leave(self) -> Farewell:
        """Have the replica leave in order; returns what it says at its end."""
        self.signal(signal.SIGTERM)
        self._wait()
        if not self._config.farewell.exists():
            raise RuntimeError(f"replica {self.name} failed: {self._config.log.read_text(encoding='utf-8')}")
        return Farewell(**json.loads(self._config.farewell.read_text(encoding="utf-8")))

    def close(self) -> None:
        """End it, however it is."""
        if not self._ended(0.0):
            self.kill()
        os.close(self._process)

    def _wait(self) -> None:
        if not self._ended(_END_SECONDS):
            raise TimeoutError(f"replica {self.name} did not end within {_END_SECONDS:g} s")

    def _ended(self, seconds: float) -> bool:
        watch = select.poll()
        watch.register(self._process, select.POLLIN)
        return bool(watch.poll(seconds * 1000))


class Launcher:
    """The process that forks replicas. May be used by several threads."""

    def __init__(self) -> None:
        environment = {name: value for name, value in os.environ.items() if name not in _COVERAGE}
        command = [sys.executable, "-m", "tests.functional.cluster.replica"]
        self._process = subprocess.Popen(
            command,
            cwd=ROOT,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        self._turn = threading.Lock()

    def start(self, config: Config) -> Replica:
        """Start a replica."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        with self._turn:
            self._process.stdin.write(json.dumps(attrs.asdict(config)) + "\n")
            self._process.stdin.flush()
            return Replica(config, int(self._process.stdout.readline()))

    def stop(self) -> None:
        """End the process, and all replicas that are left."""
        self._process.communicate(timeout=_END_SECONDS)
        with suppress(ProcessLookupError):  # none is left
            os.killpg(self._process.pid, signal.SIGKILL)


@contextmanager
def running_launcher() -> Iterator[Launcher]:
    """Start replicas within the block."""
    launcher = Launcher()
    try:
        yield launcher
    finally:
        launcher.stop()

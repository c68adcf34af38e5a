"""Coordination engines as real servers: on free ports, in temporary folders, able to freeze and to forget everything.

They keep nothing that outlives a restart: Redis runs without persistence, and etcd's folder is emptied.
"""

from __future__ import annotations

import http.client
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import attrs

from tests.functional.servers import free_port

_START_ATTEMPTS = 5
_START_SECONDS = 60.0
_END_SECONDS = 30.0
_LOOK_SECONDS = 0.1


def until(condition: Callable[[], object], seconds: float, what: str) -> None:
    """Wait until something holds that happens in other processes, or fail after `seconds` and say `what` did not."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what} did not happen within {seconds:g} s")
        time.sleep(_LOOK_SECONDS)


@attrs.define
class EngineServer(ABC):
    """One server of a coordination engine; it keeps its port through restarts."""

    name: str
    program: str
    folder: Path
    port: int = 0
    _process: subprocess.Popen[bytes] | None = None

    @property
    @abstractmethod
    def url(self) -> str:
        """What the cluster is given."""

    @abstractmethod
    def _options(self, port: int, data: Path) -> list[str]: ...

    @abstractmethod
    def _answers(self, port: int) -> bool:
        """Whether the server takes requests now."""

    def start(self) -> None:
        """Start empty, on the port used before or else on a free one; return when requests are answered."""
        ports = [self.port] if self.port else [free_port() for _ in range(_START_ATTEMPTS)]
        for port in ports:
            if self._started_on(port):
                self.port = port
                return
        raise RuntimeError(f"{self.program} did not start on any of {ports}: {self._log.read_text()}")

    def stop(self) -> None:
        """Kill the server, frozen or not; a second call does nothing."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.wait(_END_SECONDS)

    def restart_empty(self) -> None:
        """Kill the server and start it again, knowing nothing of what it was told before."""
        self.stop()
        self.start()

    def freeze(self) -> None:
        """Let the server do nothing, with its connections open, until `thaw`."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let a frozen server go on."""
        self._signal(signal.SIGCONT)

    @property
    def _log(self) -> Path:
        return self.folder / "server.log"

    def _signal(self, number: signal.Signals) -> None:
        if self._process is None:
            raise RuntimeError(f"{self.program} is not running")
        self._process.send_signal(number)

    def _started_on(self, port: int) -> bool:
        data = self.folder / "data"
        shutil.rmtree(data, ignore_errors=True)
        data.mkdir()
        with self._log.open("ab") as log:
            process = self._process = subprocess.Popen(
                [self.program, *self._options(port, data)], cwd=self.folder, stdout=log, stderr=log
            )
        until(lambda: process.poll() is not None or self._answers(port), _START_SECONDS, f"the start of {self.program}")
        if process.poll() is None:
            return True
        self._process = None
        return False


class RedisServer(EngineServer):
    """Redis without persistence."""

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}"

    def _options(self, port: int, data: Path) -> list[str]:
        listening = ["--port", str(port), "--bind", "127.0.0.1", "--protected-mode", "no"]
        return [*listening, "--save", "", "--appendonly", "no", "--dir", str(data)]

    def _answers(self, port: int) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=1.0) as connection:
                connection.sendall(b"PING\r\n")
                return connection.recv(16).startswith(b"+PONG")
        except OSError:
            return False


class EtcdServer(EngineServer):
    """etcd with one member. Its elections are fast, since the shortest lease it gives follows from them."""

    @property
    def url(self) -> str:
        return f"etcd3+http://127.0.0.1:{self.port}"

    def _options(self, port: int, data: Path) -> list[str]:
        clients, peers = f"http://127.0.0.1:{port}", f"http://127.0.0.1:{free_port()}"
        listening = ["--listen-client-urls", clients, "--advertise-client-urls", clients, "--listen-peer-urls", peers]
        cluster = ["--name", "only", "--initial-advertise-peer-urls", peers, "--initial-cluster", f"only={peers}"]
        fast = ["--heartbeat-interval", "50", "--election-timeout", "500"]
        return [*listening, *cluster, *fast, "--data-dir", str(data), "--logger", "zap", "--log-level", "error"]

    def _answers(self, port: int) -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=1.0)
        try:
            connection.request("GET", "/health")
            return b'"true"' in connection.getresponse().read()
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()


ENGINES: dict[str, tuple[str, type[EngineServer]]] = {
    "redis": ("redis-server", RedisServer),
    "etcd": ("etcd", EtcdServer),
}
"""The program of each engine, and how it is run."""


def missing_engines() -> list[str]:
    """Return the engines that cannot be started here."""
    return [name for name, (program, _) in ENGINES.items() if shutil.which(program) is None]


@contextmanager
def running_engine(name: str) -> Iterator[EngineServer]:
    """Run an engine that is installed."""
    with tempfile.TemporaryDirectory(prefix=f"{name}-test-") as folder:
        program, kind = ENGINES[name]
        server = kind(name, program, Path(folder))
        try:
            server.start()
            yield server
        finally:
            server.stop()

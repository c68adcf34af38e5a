"""Real servers that tests start themselves: on a free port, in a temporary folder, stopped at the end.

Import the fixtures in a room's ``conftest.py``. A fixture skips, with its reason, where the programs are missing.
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import attrs
import pytest

_START_ATTEMPTS = 5
_COMMAND_TIMEOUT_SECONDS = 60


def free_port() -> int:
    """A TCP port of the loopback that nobody uses right now; whoever takes it must be ready to lose the race."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _postgres_program(name: str) -> Path | None:
    found = shutil.which(name)
    if found is not None:
        return Path(found).resolve()  # a link may stand alone: its neighbours lie beside the real file
    installed = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    return installed[-1] if installed else None


def _unprivileged_user() -> str | None:
    """Whom to run PostgreSQL as: it refuses root. None means the user who runs the tests."""
    if os.geteuid() != 0:
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    return next((name for name in ("postgres", "nobody") if name in names), None)


@attrs.define
class PostgresServer:
    """One PostgreSQL cluster of the tests' own.

    ``start`` and ``stop`` may be called again, so that a test can take the server away and give it back
    (same port, same data).
    """

    folder: Path
    programs: Path
    user: str | None
    port: int = 0
    _process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """SQLAlchemy URL of the ``postgres`` database."""
        return self.database_url("postgres")

    def database_url(self, name: str) -> str:
        """SQLAlchemy URL of the database `name`."""
        return f"postgresql+psycopg://postgres@127.0.0.1:{self.port}/{name}"

    def create(self) -> None:
        """Make the cluster's files (trust authentication; the server listens on the loopback alone)."""
        self._run("initdb", "-D", str(self._data), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync")

    def start(self) -> None:
        """Start on the port used before, or else on a free one; return when connections are accepted."""
        ports = [self.port] if self.port else [free_port() for _ in range(_START_ATTEMPTS)]
        for port in ports:
            if self._started_on(port):
                self.port = port
                return
        raise RuntimeError(f"PostgreSQL did not start on any of {ports}: {self._log.read_text()}")

    def stop(self) -> None:
        """End the server at once, as a fast shutdown; a second call does nothing."""
        process, self._process = self._process, None
        if process is None:
            return
        process.send_signal(signal.SIGINT)
        process.wait(_COMMAND_TIMEOUT_SECONDS)

    def new_database(self) -> str:
        """Create an empty database; its SQLAlchemy URL."""
        name = f"test_{uuid.uuid4().hex}"
        self._run("createdb", "-h", "127.0.0.1", "-p", str(self.port), "-U", "postgres", name)
        return self.database_url(name)

    @property
    def _data(self) -> Path:
        return self.folder / "data"

    @property
    def _log(self) -> Path:
        return self.folder / "server.log"

    def _started_on(self, port: int) -> bool:
        options = ["-D", str(self._data), "-h", "127.0.0.1", "-p", str(port), "-k", str(self.folder)]
        with self._log.open("ab") as log:
            process = self._process = subprocess.Popen(
                [str(self.programs / "postgres"), *options],
                cwd=self.folder,
                env=self._environment(),
                stdout=log,
                stderr=log,
                user=self.user,
            )
        ready = [str(self.programs / "pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(port), "-t", "1"]
        while process.poll() is None:
            if subprocess.run(ready, check=False, env=self._environment()).returncode == 0:
                return True
        self._process = None
        return False

    def _run(self, program: str, *arguments: str) -> None:
        subprocess.run(
            [str(self.programs / program), *arguments],
            check=True,
            capture_output=True,
            cwd=self.folder,
            env=self._environment(),
            timeout=_COMMAND_TIMEOUT_SECONDS,
            user=self.user,
        )

    def _environment(self) -> dict[str, str]:
        return {"PATH": os.environ.get("PATH", ""), "LC_ALL": "C", "TZ": "UTC"}


@contextmanager
def running_postgres() -> Iterator[PostgresServer]:
    """A running PostgreSQL; skips, with its reason, where there cannot be one."""
    program = _postgres_program("postgres")
    if program is None:
        pytest.skip("PostgreSQL's server programs are not installed")
    user = _unprivileged_user()
    if os.geteuid() == 0 and user is None:
        pytest.skip("PostgreSQL refuses to run as root and there is no other user to run it as")
    with tempfile.TemporaryDirectory(prefix="postgres-test-") as folder:
        if user is not None:
            shutil.chown(folder, user)
        server = PostgresServer(Path(folder), program.parent, user)
        server.create()
        try:
            server.start()
            yield server
        finally:
            server.stop()


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """A running PostgreSQL, one for each test process."""
    with running_postgres() as server:
        yield server


@pytest.fixture
def postgres_url(postgres_server: PostgresServer) -> str:
    """SQLAlchemy URL of an empty database of this test alone."""
    return postgres_server.new_database()

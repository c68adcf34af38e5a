"""A real MariaDB, which speaks MySQL's dialect, on a free port and in a temporary folder."""

import os
import pwd
import shutil
import subprocess
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path

import attrs
import pytest

from tests.functional.servers import free_port

_START_ATTEMPTS = 5
_SECONDS = 60


@attrs.define
class MariaServer:
    """One server of the tests' own."""

    folder: Path
    port: int = 0
    _process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Make the files, and start on a free port; return when connections are accepted."""
        user = [f"--user={pwd.getpwuid(os.geteuid()).pw_name}"]
        basics = ["--no-defaults", f"--datadir={self.folder / 'data'}", *user]
        install = ["mariadb-install-db", *basics, "--auth-root-authentication-method=normal", "--skip-test-db"]
        subprocess.run(install, check=True, capture_output=True, timeout=_SECONDS)
        for _ in range(_START_ATTEMPTS):
            if self._started_on(free_port(), basics):
                return
        raise RuntimeError("MariaDB did not start")

    def stop(self) -> None:
        """End the server."""
        if self._process:
            self._process.terminate()
            self._process.wait(_SECONDS)

    def new_database(self) -> str:
        """Create an empty database and return its URL."""
        name = f"test_{uuid.uuid4().hex}"
        statement = f"CREATE DATABASE {name}"
        subprocess.run([*self._client, "-e", statement], check=True, capture_output=True, timeout=_SECONDS)
        return f"mysql+pymysql://root@127.0.0.1:{self.port}/{name}"

    @property
    def _client(self) -> list[str]:
        return ["mariadb", "--no-defaults", "-h127.0.0.1", f"-P{self.port}", "-uroot"]

    def _started_on(self, port: int, basics: list[str]) -> bool:
        self.port = port
        options = ["--bind-address=127.0.0.1", f"--port={port}", f"--socket={self.folder / 'socket'}"]
        program = shutil.which("mariadbd") or "/usr/sbin/mariadbd"
        with (self.folder / "log").open("ab") as log:
            process = self._process = subprocess.Popen([program, *basics, *options], stdout=log, stderr=log)
        while process.poll() is None:
            ready = subprocess.run([*self._client, "-e", "SELECT 1"], capture_output=True, check=False)
            if ready.returncode == 0:
                return True
        return False


@pytest.fixture(scope="session")
def mariadb_server() -> Iterator[MariaServer]:
    """A running MariaDB, one for each test process."""
    if shutil.which("mariadb-install-db") is None or shutil.which("mariadb") is None:
        pytest.skip("MariaDB's server programs are not installed")
    with tempfile.TemporaryDirectory(prefix="mariadb-test-") as folder:
        server = MariaServer(Path(folder))
        try:
            server.start()
            yield server
        finally:
            server.stop()

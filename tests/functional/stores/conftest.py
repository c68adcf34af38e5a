"""The databases that nodes may live in, real ones."""

from pathlib import Path

import pytest

from tests.functional.events.mariadb import MariaServer, mariadb_server
from tests.functional.servers import PostgresServer, postgres_server, postgres_url

__all__ = ["PostgresServer", "mariadb_server", "postgres_server", "postgres_url"]


@pytest.fixture(params=["sqlite", "postgresql", "mariadb"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """URL of an empty database, of each kind in turn."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/nodes.db"
    if request.param == "postgresql":
        url: str = request.getfixturevalue("postgres_url")
        return url
    server: MariaServer = request.getfixturevalue("mariadb_server")
    return server.new_database()

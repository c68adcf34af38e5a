"""The databases that a ledger may live in, real ones."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.functional.events.mariadb import MariaServer, mariadb_server
from tests.functional.servers import postgres_server, postgres_url
from znp_panel_sync.stores.ledger import SqlEventLedger

__all__ = ["mariadb_server", "postgres_server", "postgres_url"]


@pytest.fixture(params=["sqlite", "postgresql", "mariadb"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """URL of an empty database, of each kind in turn."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/ledger.db"
    if request.param == "postgresql":
        url: str = request.getfixturevalue("postgres_url")
        return url
    server: MariaServer = request.getfixturevalue("mariadb_server")
    return server.new_database()


@pytest.fixture
def ledger(database_url: str) -> Iterator[SqlEventLedger]:
    """An empty ledger in each kind of database."""
    opened = SqlEventLedger(database_url)
    yield opened
    opened.close()

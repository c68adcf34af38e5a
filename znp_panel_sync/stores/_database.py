"""One way to a database for all stores: durable SQLite, engines that survive a fork, errors of one kind."""

import logging
import math
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, nullcontext
from typing import Any, Final

from sqlalchemy import URL, Connection, Dialect, Engine, MetaData, Table, create_engine, event, inspect, make_url
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import StaticPool

from znp_panel_sync.errors import ConfigurationError, ZnpError

BUSY_SECONDS: Final = 5
"""How long a write waits for another one, or for a connection, before that counts as trouble."""

BYTEWISE: Final[dict[str, Any]] = {
    "mysql_charset": "utf8mb4",
    "mysql_collate": "utf8mb4_bin",
    "mariadb_charset": "utf8mb4",
    "mariadb_collate": "utf8mb4_bin",
}
"""Options of tables whose texts are compared by their bytes: MySQL's default makes one of "Alice" and "alice"."""

VANISHED_SECONDS: Final = 60
"""How long a connection may be silent in the middle of a statement before its server counts as gone."""

_POSTGRESQL: Final = {"connect_timeout": str(BUSY_SECONDS), "tcp_user_timeout": str(VANISHED_SECONDS * 1000)}
_MYSQL: Final = {"connect_timeout": str(BUSY_SECONDS), "read_timeout": str(VANISHED_SECONDS)}
_BOUNDS_OF_DRIVERS: Final = {"psycopg": _POSTGRESQL, "psycopg2": _POSTGRESQL, "pymysql": _MYSQL, "mysqldb": _MYSQL}
_LOGGING_NAME: Final = "znp_panel_sync"
_HIDDEN: Final[dict[str, Any]] = {"hide_parameters": True, "logging_name": _LOGGING_NAME}
_BEGIN_OPTION: Final = "znp_begin"


class Database:
    """Transactions on a URL's database, or on an engine that is given and used as it is.

    SQLite is opened in WAL mode with `synchronous=FULL`, so that what is committed survives a power cut, and one
    thread of the process writes at a time, so that none starves in SQLite's own polling for its lock. Servers let no
    statement wait longer than `BUSY_SECONDS` for a lock. Tables are made at the first use, so that a panel starts while
    its database is away.

    `unavailable` makes the error that all trouble of the database becomes; it never holds a statement's parameters. An
    engine that is given must not be in autocommit: its first use raises `ConfigurationError`.
    """

    _engine: Engine
    _created: bool

    def __init__(self, url: str | Engine, metadata: MetaData, *, unavailable: Callable[[str], ZnpError]) -> None:
        self._url = url
        self._tables = list(metadata.sorted_tables)
        self._unavailable = unavailable
        self._inherited: list[Engine] = []
        self._forget()

    @property
    def dialect(self) -> Dialect:
        """The database's dialect; its name is `sqlite`, `postgresql`, `mysql` or `mariadb`."""
        return self._engine.dialect

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """Open a transaction that writes; it is committed at the end, or rolled back by an error."""
        with self._transaction("BEGIN IMMEDIATE") as connection:
            yield connection

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Open a transaction that only reads."""
        with self._transaction("BEGIN") as connection:
            yield connection

    def require(self, table: Table) -> None:
        """Have a table made that not every use needs, unless it is there, before the next transaction."""
        self._renew_after_fork()
        with self._turn(self._creating):
            if table not in self._tables:
                self._tables.append(table)
                self._created = False

    def close(self) -> None:
        """Close all connections; the next use opens new ones."""
        self._engine.dispose()

    @contextmanager
    def _transaction(self, begin: str) -> Iterator[Connection]:
        self._renew_after_fork()
        exclusive = self._one_connection or (self._is_sqlite and begin != "BEGIN")
        with self._turn(self._writing) if exclusive else nullcontext(), self._translated():
            self._prepare_once()
            with self._engine.connect().execution_options(**{_BEGIN_OPTION: begin}) as connection, connection.begin():
                yield connection

    @contextmanager
    def _turn(self, lock: threading.Lock) -> Iterator[None]:
        """Hold a lock, for which no thread waits too long."""
        if not lock.acquire(timeout=BUSY_SECONDS):
            raise self._unavailable("the database is busy")
        try:
            yield
        finally:
            lock.release()

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except SQLAlchemyError as error:
            raise self._unavailable(_first_line(error)) from None

    def _prepare_once(self) -> None:
        """Have the tables made, unless they were; what cannot be used is refused before that."""
        with self._turn(self._creating):
            if self._created:
                return
            if isinstance(self._url, Engine):
                _refuse_autocommit(self._url)
            for table in self._tables:
                self._create(table)
            self._created = True

    def _create(self, table: Table) -> None:
        """Make a table, unless it is there, or another process makes it at this moment."""
        try:
            table.create(self._engine, checkfirst=True)
        except SQLAlchemyError:
            if not inspect(self._engine).has_table(table.name):
                raise

    def _renew_after_fork(self) -> None:
        """Leave the parent's connections to the parent, and its locks, which may have been held at the fork.

        An engine of ours is kept, untouched, so that nothing of it is ever closed here; one that was given is told to
        forget its connections, which is all that can be done with it.
        """
        if self._process != os.getpid():
            self._inherited.append(self._engine)
            if isinstance(self._url, Engine):
                self._engine.dispose(close=False)
            self._forget()

    def _forget(self) -> None:
        self._process = os.getpid()
        self._writing = threading.Lock()
        self._creating = threading.Lock()
        self._created = False
        self._engine = _open(self._url)
        self._is_sqlite = self._engine.dialect.name == "sqlite"
        self._one_connection = isinstance(self._engine.pool, StaticPool)


def _open(url: str | Engine) -> Engine:
    if isinstance(url, Engine):
        return url
    try:
        parsed = make_url(url)
        engine = _open_sqlite(parsed) if parsed.get_backend_name() == "sqlite" else _open_server(parsed)
    except (SQLAlchemyError, ImportError, ValueError) as error:
        raise ConfigurationError("url", f"is not a database that can be opened ({type(error).__name__})") from None
    # SQLAlchemy hides parameters from its log, but shows rows in it at DEBUG: credentials of nodes and users. Its own
    # level is WARNING; ours stays there, whatever is asked of the others.
    logging.getLogger(f"sqlalchemy.engine.Engine.{_LOGGING_NAME}").setLevel(logging.WARNING)
    return engine


def _open_sqlite(url: URL) -> Engine:
    """Open a file, or a database in memory, which is one connection for all threads."""
    in_memory = url.database in (None, "", ":memory:")
    options: dict[str, Any] = {"poolclass": StaticPool} if in_memory else {}
    connect_args = {"timeout": BUSY_SECONDS, "check_same_thread": False}
    engine = create_engine(url, connect_args=connect_args, **_HIDDEN, **options)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _open_server(url: URL) -> Engine:
    """Open the database of a server, to which no wait is without a bound; the URL's own timeouts go first."""
    url = url.update_query_dict({**_BOUNDS_OF_DRIVERS.get(url.get_dialect().driver, {}), **url.query})
    engine = create_engine(url, pool_pre_ping=True, pool_timeout=BUSY_SECONDS, **_HIDDEN)
    bound = _bound_on_locks(engine.dialect.name)

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _: object) -> None:
        with closing(connection.cursor()) as cursor:
            cursor.execute(bound)
        connection.commit()

    return engine


def _bound_on_locks(dialect: str) -> str:
    if dialect == "postgresql":
        return f"SET lock_timeout = {math.ceil(BUSY_SECONDS * 1000)}"
    seconds = math.ceil(BUSY_SECONDS)
    return f"SET SESSION innodb_lock_wait_timeout = {seconds}, lock_wait_timeout = {seconds}"


def _refuse_autocommit(engine: Engine) -> None:
    """Raise where each statement is committed by itself, so that a crash would leave half of what belongs together.

    An engine on SQLite may have taken transactions out of the driver's hands, and begin them by itself.
    """
    with engine.connect() as connection, connection.begin():
        driver: Any = connection.connection.dbapi_connection
        if engine.dialect.detect_autocommit_setting(driver) and not getattr(driver, "in_transaction", False):
            raise ConfigurationError("url", "is an engine in autocommit, which makes no transactions")


def _prepare_sqlite(connection: Any, _: object) -> None:
    """Take transactions out of the driver's hands, which begins them too late, and ask for full durability."""
    connection.isolation_level = None
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("PRAGMA foreign_keys=ON")


def _begin_sqlite(connection: Connection) -> None:
    connection.exec_driver_sql(connection.get_execution_options().get(_BEGIN_OPTION, "BEGIN IMMEDIATE"))


def _first_line(error: SQLAlchemyError) -> str:
    """Return what the driver says, without the lines in which drivers quote rows."""
    cause = getattr(error, "orig", None) or error
    lines = str(cause).splitlines() or [""]
    return f"{type(cause).__name__}: {lines[0]}"

"""The database: SQLite by default, PostgreSQL for more than one machine."""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Lock
from typing import Any
from weakref import finalize

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from cobalamin.service.records.errors import NO_TABLES, DatabaseSchemaError, StoreError

SQLITE, POSTGRESQL = "sqlite", "postgresql"
MEMORY = ":memory:"
PRIVATE = 0o600
WAIT_SECONDS = 2
# Of a database in SQL_ASCII, as one made without a locale is, the driver else gives bytes for text.
ENCODING = "utf8"
PRAGMAS = (
    f"PRAGMA busy_timeout = {WAIT_SECONDS * 1000}",
    "PRAGMA journal_mode = WAL",
    # A used token is on the disk before it is accepted: a power loss forgets none of them.
    "PRAGMA synchronous = FULL",
)
NO_FILE = "the database cannot be used (its file does not exist; run `cobalamin db upgrade`)"
REPLACED = "the database cannot be used (its file was removed or replaced)"
FileIdentity = tuple[int, int]


class Store:
    """Connections to one database; each process opens its own engine on first use.

    `time_limited` is for what a call waits for: statements of PostgreSQL are given up after some
    seconds. Commands that migrate, delete or report have no such limit.
    """

    def __init__(self, url: str, *, time_limited: bool = True) -> None:
        self.url = _parse_url(url)
        self._path = _path(self.url)
        self._time_limited = time_limited
        self._engine: Engine | None = None
        self._process = 0
        self._file: FileIdentity | None = None
        self._lock = Lock()

    @property
    def is_postgresql(self) -> bool:
        """Whether it is PostgreSQL."""
        return self.url.get_backend_name() == POSTGRESQL

    @contextmanager
    def connection(self) -> Iterator[Connection]:
        """Open a connection in autocommit mode.

        Raises:
            DatabaseSchemaError: it has no such table.
            StoreError: it cannot be used, or its file was removed or replaced.
        """
        try:
            with self._process_engine().connect() as connection:
                yield connection
        except (SQLAlchemyError, OSError) as error:
            if _is_missing_table(error):
                raise DatabaseSchemaError(NO_TABLES) from None
            raise StoreError(_describe(error)) from None

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """Open a connection in a transaction, committed at the end and undone after an error.

        Raises:
            StoreError: the database cannot be used; nothing of the transaction may be relied on.
        """
        with self.connection() as connection:
            connection.exec_driver_sql("BEGIN" if self.is_postgresql else "BEGIN IMMEDIATE")
            try:
                yield connection
                connection.exec_driver_sql("COMMIT")
            except BaseException:
                with suppress(SQLAlchemyError):
                    connection.exec_driver_sql("ROLLBACK")
                raise

    def create_file(self) -> None:
        """Create the file of SQLite for its owner alone, where there is none.

        Raises:
            StoreError: it cannot be created.
        """
        file = self._path
        if file is None or file.exists():
            return
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            # SQLite gives its journals the same mode.
            os.close(os.open(file, os.O_CREAT | os.O_RDWR, PRIVATE))
        except OSError as error:
            raise StoreError(_describe(error)) from None

    def close(self) -> None:
        """Close all connections of this process."""
        if self._engine is not None:
            self._engine.dispose()
            self._engine = None

    def _process_engine(self) -> Engine:
        file = self._path
        found = None if file is None else _identity(file)
        engine = self._engine
        if engine is not None and self._process == os.getpid() and found == self._file:
            return engine
        with self._lock:
            return self._reopen(found)

    def _reopen(self, file: FileIdentity | None) -> Engine:
        """The engine of this process, opened where there is none; one without its file is closed.

        Raises:
            StoreError: the file is another one than before.
        """
        if self._engine is not None and self._process == os.getpid():
            if file == self._file:
                return self._engine
            # Written to a file that no longer has a name, everything would be lost in silence.
            self.close()
            raise StoreError(REPLACED)
        self._engine = _engine(self.url, time_limited=self._time_limited)
        self._process, self._file = os.getpid(), file
        # Drivers warn of connections that are forgotten while they are open.
        finalize(self, _dispose, self._engine, self._process).atexit = False
        return self._engine


def _dispose(engine: Engine, process: int) -> None:
    """Close what waits in the pool; in a process that was forked later it is another one's."""
    engine.dispose(close=process == os.getpid())


def _path(url: URL) -> Path | None:
    """The file of SQLite; None for PostgreSQL and for a database in memory."""
    database = None if url.get_backend_name() == POSTGRESQL else url.database
    is_file = database and database != MEMORY and not database.startswith("file:")
    return Path(database) if database and is_file else None


def _identity(file: Path) -> FileIdentity:
    try:
        found = file.stat()
    except FileNotFoundError:
        raise DatabaseSchemaError(NO_FILE) from None
    except OSError as error:
        raise StoreError(_describe(error)) from None
    return found.st_dev, found.st_ino


def _parse_url(text: str) -> URL:
    url = make_url(text)
    if url.get_backend_name() == POSTGRESQL:
        return url.set(drivername="postgresql+psycopg")
    return url


def _engine(url: URL, *, time_limited: bool) -> Engine:
    if url.get_backend_name() == SQLITE:
        return _sqlite(url)
    if not time_limited:
        options = {"connect_timeout": WAIT_SECONDS, "client_encoding": ENCODING}
        return create_engine(url, isolation_level="AUTOCOMMIT", connect_args=options)
    from cobalamin.service.records.postgres_timeouts import TimeLimitedConnection  # noqa: PLC0415

    limits = f"-c statement_timeout={WAIT_SECONDS * 1000} -c lock_timeout={WAIT_SECONDS * 1000}"
    engine = create_engine(
        url,
        isolation_level="AUTOCOMMIT",
        pool_size=2,
        pool_timeout=WAIT_SECONDS,
        pool_pre_ping=True,  # reconnect after a restart of the server instead of failing
        connect_args={
            "connect_timeout": WAIT_SECONDS,
            "client_encoding": ENCODING,
            "options": limits,
        },
    )

    @event.listens_for(engine, "do_connect")
    def connect(_: object, __: object, arguments: Sequence[str], options: dict[str, Any]) -> object:
        return TimeLimitedConnection.connect(*arguments, **options)

    return engine


def _sqlite(url: URL) -> Engine:
    engine = create_engine(url, isolation_level="AUTOCOMMIT", pool_timeout=WAIT_SECONDS)

    @event.listens_for(engine, "connect")
    def configure(connection: Any, _record: object) -> None:  # noqa: ANN401 - the driver's own
        for pragma in PRAGMAS:
            connection.execute(pragma)

    return engine


def _is_missing_table(error: Exception) -> bool:
    inner = error.orig if isinstance(error, DBAPIError) else None
    return type(inner).__name__ == "UndefinedTable" or "no such table" in str(inner)


def _describe(error: Exception) -> str:
    """Name the kind of error only: the driver's message may repeat a row or a password."""
    inner = error.orig if isinstance(error, DBAPIError) and error.orig else error
    return f"the database cannot be used ({type(inner).__name__})"

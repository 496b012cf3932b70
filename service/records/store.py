"""The database: SQLite by default, PostgreSQL for more than one machine."""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from cobalamin.service.records.errors import StoreError

SQLITE, POSTGRESQL = "sqlite", "postgresql"
MEMORY = ":memory:"
PRIVATE = 0o600
WAIT_SECONDS = 2
PRAGMAS = (
    f"PRAGMA busy_timeout = {WAIT_SECONDS * 1000}",
    "PRAGMA journal_mode = WAL",
    # A used token is on the disk before it is accepted: a power loss forgets none of them.
    "PRAGMA synchronous = FULL",
)


class Store:
    """Connections to one database; each process opens its own engine on first use."""

    def __init__(self, url: str) -> None:
        self.url = _parse_url(url)
        self._engine: Engine | None = None
        self._process = 0
        self._lock = Lock()

    @contextmanager
    def connection(self) -> Iterator[Connection]:
        """Open a connection in autocommit mode.

        Raises:
            StoreError: the database cannot be used.
        """
        try:
            with self._process_engine().connect() as connection:
                yield connection
        except (SQLAlchemyError, OSError) as error:
            raise StoreError(_describe(error)) from None

    def close(self) -> None:
        """Close all connections of this process."""
        if self._engine is not None:
            self._engine.dispose()
            self._engine = None

    def _process_engine(self) -> Engine:
        if self._engine is None or self._process != os.getpid():
            with self._lock:
                if self._engine is None or self._process != os.getpid():
                    self._engine = _engine(self.url)
                    self._process = os.getpid()
        return self._engine


def _parse_url(text: str) -> URL:
    url = make_url(text)
    if url.get_backend_name() == POSTGRESQL:
        return url.set(drivername="postgresql+psycopg")
    return url


def _engine(url: URL) -> Engine:
    if url.get_backend_name() == SQLITE:
        return _sqlite(url)
    from cobalamin.service.records.postgres_timeouts import TimeLimitedConnection  # noqa: PLC0415

    limits = f"-c statement_timeout={WAIT_SECONDS * 1000} -c lock_timeout={WAIT_SECONDS * 1000}"
    engine = create_engine(
        url,
        isolation_level="AUTOCOMMIT",
        pool_size=2,
        pool_timeout=WAIT_SECONDS,
        pool_pre_ping=True,  # reconnect after a restart of the server instead of failing
        connect_args={"connect_timeout": WAIT_SECONDS, "options": limits},
    )

    @event.listens_for(engine, "do_connect")
    def connect(_: object, __: object, arguments: Sequence[str], options: dict[str, Any]) -> object:
        return TimeLimitedConnection.connect(*arguments, **options)

    return engine


def _sqlite(url: URL) -> Engine:
    if url.database and url.database != MEMORY:
        _create_private(Path(url.database))
    engine = create_engine(url, isolation_level="AUTOCOMMIT", pool_timeout=WAIT_SECONDS)

    @event.listens_for(engine, "connect")
    def configure(connection: Any, _record: object) -> None:  # noqa: ANN401 - the driver's own
        for pragma in PRAGMAS:
            connection.execute(pragma)

    return engine


def _create_private(file: Path) -> None:
    """Create the file for its owner alone; SQLite gives its journals the same mode."""
    file.parent.mkdir(parents=True, exist_ok=True)
    if not file.exists():
        os.close(os.open(file, os.O_CREAT | os.O_RDWR, PRIVATE))


def _describe(error: Exception) -> str:
    """Name the kind of error only: the driver's message may repeat a row or a password."""
    inner = error.orig if isinstance(error, DBAPIError) and error.orig else error
    return f"the database cannot be used ({type(inner).__name__})"

"""The database: SQLite by default, PostgreSQL where more than one machine serves."""

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
WAIT_SECONDS = 2
PRAGMAS = (
    f"PRAGMA busy_timeout = {WAIT_SECONDS * 1000}",
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = NORMAL",
)


class Store:
    """Connections to one database, opened at first use in each process and never across a fork."""

    def __init__(self, address: str) -> None:
        self.url = _url(address)
        self._engine: Engine | None = None
        self._process = 0
        self._opening = Lock()

    @contextmanager
    def connection(self) -> Iterator[Connection]:
        """A connection on which each statement counts at once.

        Raises:
            StoreError: the database cannot be used.
        """
        try:
            with self._own_engine().connect() as connection:
                yield connection
        except (SQLAlchemyError, OSError) as error:
            raise StoreError(_words(error)) from None

    def close(self) -> None:
        """Gives every connection of this process back."""
        if self._engine is not None:
            self._engine.dispose()
            self._engine = None

    def _own_engine(self) -> Engine:
        if self._engine is None or self._process != os.getpid():
            with self._opening:
                if self._engine is None or self._process != os.getpid():
                    self._engine = _engine(self.url)
                    self._process = os.getpid()
        return self._engine


def _url(address: str) -> URL:
    url = make_url(address)
    if url.get_backend_name() == POSTGRESQL:
        return url.set(drivername="postgresql+psycopg")
    return url


def _engine(url: URL) -> Engine:
    if url.get_backend_name() == SQLITE:
        return _sqlite(url)
    from cobalamin.service.records.postgres_timeouts import BoundedConnection  # noqa: PLC0415

    limits = f"-c statement_timeout={WAIT_SECONDS * 1000} -c lock_timeout={WAIT_SECONDS * 1000}"
    engine = create_engine(
        url,
        isolation_level="AUTOCOMMIT",
        pool_size=2,
        pool_timeout=WAIT_SECONDS,
        pool_pre_ping=True,  # a restarted server is met by a new connection, not by an error
        connect_args={"connect_timeout": WAIT_SECONDS, "options": limits},
    )

    @event.listens_for(engine, "do_connect")
    def connect(_: object, __: object, names: Sequence[str], told: dict[str, Any]) -> object:
        return BoundedConnection.connect(*names, **told)

    return engine


def _sqlite(url: URL) -> Engine:
    if url.database:
        Path(url.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(url, isolation_level="AUTOCOMMIT", pool_timeout=WAIT_SECONDS)

    @event.listens_for(engine, "connect")
    def configure(connection: Any, _record: object) -> None:  # noqa: ANN401 - the driver's own
        for pragma in PRAGMAS:
            connection.execute(pragma)

    return engine


def _words(error: Exception) -> str:
    """What kind of fault it was: the driver's own words may repeat a row or a password."""
    inner = error.orig if isinstance(error, DBAPIError) and error.orig else error
    return f"the database cannot be used ({type(inner).__name__})"

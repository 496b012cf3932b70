"""Checks the schema version of the database at start, without importing Alembic."""

from sqlalchemy import inspect, text

from cobalamin.service.records.errors import NO_TABLES, DatabaseSchemaError, StoreError
from cobalamin.service.records.store import Store
from cobalamin.service.settings import SettingsError

VERSION = "0008"
"""The newest migration; a test compares it with the migrations."""


def check_schema(store: Store) -> None:
    """Check that the schema of the database is of this version, or of one that only adds to it.

    Migrations only add as long as the first digit stays, so that this program can go on while
    others of a newer version are started beside it.

    Raises:
        DatabaseSchemaError: says what to do.
        StoreError: the database cannot be used.
    """
    version = _version(store)
    if version is None:
        raise DatabaseSchemaError(NO_TABLES)
    if version[:1] != VERSION[:1] or version < VERSION:
        raise DatabaseSchemaError(
            f"the database has version {version}, this program needs {VERSION}; "
            "run `cobalamin db upgrade` of the newer program"
        )


def open_checked_store(url: str) -> Store:
    """Open the database and check its schema.

    No connection is kept: it must not be shared with the workers that are forked later.

    Raises:
        SettingsError: the database cannot be used, or has the schema of another version.
    """
    store = Store(url)
    try:
        check_schema(store)
    except StoreError as error:
        raise SettingsError((f"COBALAMIN_DATABASE_URL: {error}",)) from None
    finally:
        store.close()
    return store


def _version(store: Store) -> str | None:
    with store.connection() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return None
        version = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
        return None if version is None else str(version)

"""Runs the migrations; imported by the command only, because Alembic is slow to import."""

from importlib.resources import as_file, files

from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy import text

from cobalamin.service.records.errors import StoreError
from cobalamin.service.records.store import Store

LOCK = 0x0B12
"""Advisory lock of PostgreSQL, so that two machines never migrate at the same time."""


def upgrade(store: Store) -> None:
    """Run all pending migrations; a file of SQLite that does not exist is created.

    Raises:
        StoreError: the database cannot be used, or was migrated by a newer version.
    """
    store.create_file()
    try:
        _migrate(store)
    except CommandError:
        raise StoreError(
            "the database has a schema version that this program does not know"
        ) from None


def _migrate(store: Store) -> None:
    with (
        as_file(files("cobalamin.service.records") / "migrations") as folder,
        store.connection() as connection,
    ):
        config = Config()
        config.set_main_option("script_location", str(folder).replace("%", "%%"))
        config.set_main_option("path_separator", "os")
        transactional = connection.execution_options(isolation_level="SERIALIZABLE")
        config.attributes["connection"] = transactional
        with transactional.begin():
            if store.is_postgresql:
                transactional.execute(text(f"SELECT pg_advisory_xact_lock({LOCK})"))
            command.upgrade(config, "head")

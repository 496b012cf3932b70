"""Migrations only add: the statements of each earlier version run against the newest schema.

The tables are read from a database at the earlier version, so that what is executed is what its
program knew, whatever the code says now.
"""

from collections.abc import Iterator
from contextlib import closing
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    delete,
    insert,
    select,
    text,
    update,
)

from cobalamin.service.records.errors import StoreError
from cobalamin.service.records.migrate import upgrade
from cobalamin.service.records.schema_version import VERSION, check_schema
from cobalamin.service.records.store import Store
from databases import new_database

ROOT = Path(__file__).resolve().parents[3]
FOLDER = ROOT / "service" / "records" / "migrations"
EARLIER = [
    script.revision
    for script in ScriptDirectory(str(FOLDER)).walk_revisions()
    if script.revision != VERSION
]


@pytest.fixture(params=["sqlite", "postgresql"])
def folder_and_kind(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Path, str]:
    return tmp_path, request.param


@pytest.fixture
def databases(folder_and_kind: tuple[Path, str]) -> Iterator[tuple[Store, Store]]:
    """An empty database, and one of the newest version."""
    folder, kind = folder_and_kind
    old, new = folder / "old", folder / "new"
    old.mkdir()
    new.mkdir()
    with (
        new_database(kind, old) as first,
        new_database(kind, new) as second,
        closing(Store(first)) as empty,
        closing(Store(second)) as newest,
    ):
        upgrade(newest)
        yield empty, newest


def tables_of(store: Store, version: str) -> list[Table]:
    """The tables as a program of this version knew them, and the database at that version."""
    store.create_file()
    with as_file(files("cobalamin.service.records") / "migrations") as folder:
        config = Config()
        config.set_main_option("script_location", str(folder))
        config.set_main_option("path_separator", "os")
        with store.connection() as connection:
            transactional = connection.execution_options(isolation_level="SERIALIZABLE")
            config.attributes["connection"] = transactional
            with transactional.begin():
                command.upgrade(config, version)
    known = MetaData()
    with store.connection() as connection:
        known.reflect(connection)
    return [table for table in known.sorted_tables if table.name != "alembic_version"]


def a_value(column: Column[Any], *, changed: bool = False) -> object:
    if isinstance(column.type, Boolean):
        return changed
    if isinstance(column.type, Float):
        return 7.5 + changed
    if isinstance(column.type, LargeBinary):
        return b"v%d" % changed
    return 7 + changed if isinstance(column.type, BigInteger | Integer) else f"v{changed:d}"


@pytest.mark.parametrize("version", EARLIER)
def test_an_earlier_program_writes_and_reads_its_rows(
    databases: tuple[Store, Store], version: str
) -> None:
    empty, newest = databases
    for table in tables_of(empty, version):
        key = table.primary_key.columns.values()
        row = {column.name: a_value(column) for column in table.columns}
        new = {c.name: a_value(c, changed=True) for c in table.columns if not c.primary_key}
        with newest.connection() as connection:
            connection.execute(insert(table), row)
            assert dict(connection.execute(select(table)).mappings().one()) == row
            if new:
                mine = update(table).where(*(column == row[column.name] for column in key))
                assert connection.execute(mine.values(new)).rowcount == 1
                assert dict(connection.execute(select(table)).mappings().one()) == {**row, **new}
            assert connection.execute(delete(table)).rowcount == 1


@pytest.mark.parametrize("version", EARLIER)
def test_rows_of_an_earlier_version_stay_as_they_were(
    databases: tuple[Store, Store], version: str
) -> None:
    store, _ = databases
    tables = tables_of(store, version)
    with store.connection() as connection:
        for table in tables:
            row = {column.name: a_value(column) for column in table.columns}
            connection.execute(insert(table), row)
    upgrade(store)
    with store.connection() as connection:
        for table in tables:
            expected = {column.name: a_value(column) for column in table.columns}
            assert dict(connection.execute(select(table)).mappings().one()) == expected


def test_a_version_that_only_adds_is_accepted_and_an_older_one_is_not(
    databases: tuple[Store, Store],
) -> None:
    _, store = databases
    for version, is_accepted in (("0999", True), ("1000", False), ("0001", False)):
        with store.connection() as connection:
            changed = text("UPDATE alembic_version SET version_num = :version")
            connection.execute(changed, {"version": version})
        if is_accepted:
            check_schema(store)
        else:
            with pytest.raises(StoreError, match=f"has version {version}"):
                check_schema(store)

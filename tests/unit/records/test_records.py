"""What is kept: the same on SQLite and on PostgreSQL, migrated before it is used."""

import gc
import os
import sqlite3
from contextlib import closing
from pathlib import Path
from threading import Barrier, Thread
from time import monotonic
from typing import Any

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from click.testing import CliRunner
from sqlalchemy import text

from cobalamin.service.cli.main import main
from cobalamin.service.records import retention
from cobalamin.service.records.errors import StoreError
from cobalamin.service.records.feedback import count_outcomes, save_feedback
from cobalamin.service.records.migrate import upgrade
from cobalamin.service.records.schema_version import VERSION, check_schema
from cobalamin.service.records.store import Store
from cobalamin.service.records.tables import METADATA
from cobalamin.service.records.token_replay import GRACE_SECONDS, delete_expired, record_use
from databases import an_override, new_database

NOW = 1_800_000_000
CLOSED = (sqlite3.ProgrammingError, psycopg.OperationalError)
ROOT = Path(__file__).resolve().parents[3]


def test_a_token_is_new_once(store: Store) -> None:
    assert record_use(store, "iss", "one", NOW) is True
    assert record_use(store, "iss", "one", NOW) is False
    assert record_use(store, "iss", "one", NOW + 9) is False
    assert record_use(store, "iss", "two", NOW) is True
    assert record_use(store, "other", "one", NOW) is True


def test_text_is_never_a_statement(store: Store) -> None:
    for text_of_sql in ("x'); DROP TABLE used_tokens; --", '" OR 1=1', "%s %(x)s :x ?"):
        assert record_use(store, "ehr", text_of_sql, NOW)
        assert not record_use(store, "ehr", text_of_sql, NOW)
    assert record_use(store, "ehr", "another", NOW)


def test_of_callers_at_once_one_is_first(store: Store) -> None:
    count, together, found = 8, Barrier(8), []

    def use() -> None:
        together.wait()
        found.append(record_use(store, "iss", "raced", NOW))

    threads = [Thread(target=use) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == [False] * (count - 1) + [True]


def test_of_callers_at_once_one_keeps_an_item(store: Store) -> None:
    count, together, found = 6, Barrier(6), []
    item = an_override()

    def tell() -> None:
        together.wait()
        found.extend(save_feedback(store, [item], NOW))

    threads = [Thread(target=tell) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == [False] * (count - 1) + [True]
    assert [line.count for line in count_outcomes(store)] == [1]


def test_only_what_expired_long_enough_ago_is_forgotten(store: Store) -> None:
    for jti, exp in (("old", NOW - GRACE_SECONDS - 1), ("edge", NOW - GRACE_SECONDS), ("new", NOW)):
        record_use(store, "iss", jti, exp)
    assert delete_expired(store, NOW) == 1
    assert record_use(store, "iss", "old", NOW) is True
    assert record_use(store, "iss", "edge", NOW) is False


def test_much_is_forgotten_in_parts_so_that_others_may_write_between(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "ROWS_AT_ONCE", 2)
    pauses: list[bool] = []
    monkeypatch.setattr(
        retention, "sleep", lambda _: pauses.append(record_use(store, "b", "x", NOW))
    )
    for number in range(5):
        record_use(store, "iss", f"old-{number}", 1)
    assert delete_expired(store, NOW) == 5
    assert pauses == [True, False]


@pytest.mark.parametrize("address", ["postgresql"], indirect=True)
def test_a_database_that_hangs_is_given_up(store: Store) -> None:
    def hang() -> None:
        with store.connection() as connection:
            connection.execute(text("SET statement_timeout = 0"))  # as if it could not count either
            connection.execute(text("SELECT pg_sleep(30)"))

    start = monotonic()
    with pytest.raises(StoreError):
        hang()
    assert monotonic() - start < 15
    assert record_use(store, "iss", "after", NOW) is True


def test_the_migrations_make_exactly_the_tables(store: Store) -> None:
    with store.connection() as connection:
        assert compare_metadata(MigrationContext.configure(connection), METADATA) == []


def test_an_upgrade_may_be_run_again(store: Store) -> None:
    record_use(store, "iss", "kept", NOW)
    upgrade(store)
    assert record_use(store, "iss", "kept", NOW) is False


def test_a_database_made_without_a_locale_is_used(tmp_path: Path) -> None:
    """The driver gives bytes for text of one in SQL_ASCII unless it is told an encoding."""
    options = ("TEMPLATE template0", "ENCODING 'SQL_ASCII'", "LC_COLLATE 'C'", "LC_CTYPE 'C'")
    with new_database("postgresql", tmp_path, *options) as address, closing(Store(address)) as new:
        upgrade(new)
        check_schema(new)
        with closing(Store(address, time_limited=True)) as limited:
            assert record_use(limited, "ehr", "é", 2_000_000_000)
            assert not record_use(limited, "ehr", "é", 2_000_000_000)


def test_a_database_without_tables_is_refused_with_what_to_do(address: str) -> None:
    with (
        closing(Store(address)) as store,
        pytest.raises(StoreError, match="`cobalamin db upgrade`"),
    ):
        check_schema(store)


def test_a_database_of_another_version_is_refused(store: Store) -> None:
    check_schema(store)
    with store.connection() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(StoreError, match="has version 9999"):
        check_schema(store)
    with pytest.raises(StoreError, match="does not know"):
        upgrade(store)


def test_the_version_asked_for_is_the_newest_migration() -> None:
    migrations = ScriptDirectory(str(ROOT / "service" / "records" / "migrations"))
    assert migrations.get_current_head() == VERSION


@pytest.mark.parametrize(
    "address", ["sqlite:////proc/none/x.sqlite3", "postgresql://u:secret@127.0.0.1:1/x"]
)
def test_a_database_that_is_not_there_is_an_error_without_its_password(address: str) -> None:
    with pytest.raises(StoreError) as caught:
        record_use(Store(address), "iss", "jti", NOW)
    assert str(caught.value).startswith("the database cannot be used (")
    assert "secret" not in str(caught.value)


@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")  # the child ends at once
def test_a_forked_process_opens_a_connection_of_its_own(store: Store) -> None:
    record_use(store, "iss", "parent", NOW)
    child = os.fork()
    if child == 0:
        first = record_use(store, "iss", "child", NOW)
        second = record_use(store, "iss", "parent", NOW)
        os._exit(0 if (first, second) == (True, False) else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert record_use(store, "iss", "child", NOW) is False


def test_the_command_upgrades_and_purges(address: str) -> None:
    told = {"COBALAMIN_ENVIRONMENT": "development", "COBALAMIN_DATABASE_URL": address}
    early = CliRunner().invoke(main, ["db", "purge"], env=told)
    assert early.exit_code == 1
    assert early.stderr.startswith("COBALAMIN_DATABASE_URL: the database ")
    assert "cobalamin db upgrade" in early.stderr
    assert CliRunner().invoke(main, ["db", "upgrade"], env=told).exit_code == 0
    with closing(Store(address)) as store:
        record_use(store, "iss", "long-ago", 1)
    done = CliRunner().invoke(main, ["db", "purge"], env=told)
    assert (done.exit_code, done.stderr) == (0, "expired tokens deleted: 1\n")


def test_the_password_of_the_database_is_never_shown() -> None:
    told = {
        "COBALAMIN_ENVIRONMENT": "development",
        "COBALAMIN_DATABASE_URL": "postgresql://user:pass-4711@db.example.org/b12",
    }
    done = CliRunner().invoke(main, ["config", "show"], env=told)
    assert "database_url = postgresql://user:***@db.example.org/b12" in done.stdout
    assert "4711" not in done.output


def test_the_files_of_sqlite_are_for_their_owner_alone(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        with closing(Store(f"sqlite:///{tmp_path}/a/b.sqlite3")) as store:
            upgrade(store)
            assert record_use(store, "iss", "one", NOW)
            files = sorted((tmp_path / "a").iterdir())
            assert [file.name for file in files] == ["b.sqlite3", "b.sqlite3-shm", "b.sqlite3-wal"]
            assert {oct(file.stat().st_mode & 0o777) for file in files} == {"0o600"}
    finally:
        os.umask(before)


def test_a_file_that_exists_keeps_its_mode(tmp_path: Path) -> None:
    file = tmp_path / "shared.sqlite3"
    file.touch(0o640)
    file.chmod(0o640)
    with closing(Store(f"sqlite:///{file}")) as store:
        upgrade(store)
    assert oct(file.stat().st_mode & 0o777) == "0o640"


def test_a_used_token_is_on_the_disk_before_it_is_accepted(tmp_path: Path) -> None:
    """SQLite may otherwise forget the last writes at a power loss (`synchronous`, 2 is FULL)."""
    store = Store(f"sqlite:///{tmp_path}/x.sqlite3")
    store.create_file()
    with closing(store), store.connection() as found:
        assert found.execute(text("PRAGMA synchronous")).scalar() == 2


def test_connections_of_a_store_that_nobody_holds_are_closed(database: str) -> None:
    store = Store(database)
    with store.connection() as connection:
        driver: Any = connection.connection.dbapi_connection
    del store, connection
    gc.collect()
    with pytest.raises(CLOSED):
        driver.execute("SELECT 1")

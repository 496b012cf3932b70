"""Databases for tests: a new SQLite file, and a new database of a throw-away PostgreSQL cluster.

The cluster is made where `initdb` is found and belongs to this run alone: an unprivileged user, a
free port of the loopback, a folder that goes with it. COBALAMIN_TEST_DATABASE_URL names a server
to use instead; without either, tests that need PostgreSQL are skipped and say so.
"""

import atexit
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import cache
from itertools import count
from pathlib import Path

import psycopg
import pytest
from throwaway_postgresql import find_programs, free_port, start_cluster

from cobalamin.service.records.feedback_records import FeedbackRecord
from cobalamin.service.records.migrate import upgrade
from cobalamin.service.records.store import Store

GIVEN = os.environ.pop("COBALAMIN_TEST_DATABASE_URL", None)  # no setting of the service itself
_numbers = count(1)
__all__ = ["an_override", "free_port", "migrated", "new_database"]


@contextmanager
def new_database(kind: str, folder: Path, *options: str) -> Iterator[str]:
    """The address of an empty database of this kind; PostgreSQL makes it with these options."""
    if kind == "sqlite":
        yield f"sqlite:///{folder}/test.sqlite3"
        return
    server = GIVEN or _cluster()
    if server is None:
        pytest.skip("no PostgreSQL: initdb is not installed, COBALAMIN_TEST_DATABASE_URL not set")
    name = f"cobalamin_{os.getpid()}_{next(_numbers)}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(" ".join((f'CREATE DATABASE "{name}"', *options)).encode())
    try:
        yield server.rpartition("/")[0] + f"/{name}"
    finally:
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)'.encode())


@cache
def migrated() -> str:
    """The address of a SQLite database with tables, for this whole run."""
    folder = tempfile.mkdtemp(prefix="cobalamin-sqlite-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    address = f"sqlite:///{folder}/kept.sqlite3"
    with closing(Store(address)) as store:
        upgrade(store)
    return address


def an_override() -> FeedbackRecord:
    """Feedback to store: one card that was overridden because the patient refuses."""
    return FeedbackRecord(
        client="ehr",
        service="b12-patient-view",
        card="8c6f0f7e-64a1-4c3e-9a44-2f6b1de6f0a1",
        outcome="overridden",
        at="2026-11-20T10:00:00.000000Z",
        suggestions=(),
        reason_system=None,
        reason_code="patient-refuses",
        commented=False,
    )


@cache
def _cluster() -> str | None:
    """The address of a cluster of this run's own, started at first need."""
    programs = find_programs()
    if programs is None:
        return None
    try:
        cluster = start_cluster(programs)
    except TimeoutError as error:
        pytest.fail(str(error))
    atexit.register(cluster.stop)
    return cluster.address

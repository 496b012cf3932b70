"""Databases for tests: a new SQLite file, and a new database of a throw-away PostgreSQL cluster.

The cluster is made where `initdb` is found and belongs to this run alone: an unprivileged user, a
free port of the loopback, a folder that goes with it. COBALAMIN_TEST_DATABASE_URL names a server
to use instead; without either, tests that need PostgreSQL are skipped and say so.
"""

import atexit
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import cache
from itertools import count
from pathlib import Path

import psycopg
import pytest

from cobalamin.service.records.feedback_records import FeedbackRecord
from cobalamin.service.records.migrate import upgrade
from cobalamin.service.records.store import Store

GIVEN = os.environ.pop("COBALAMIN_TEST_DATABASE_URL", None)  # no setting of the service itself
PLACES = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
UNPRIVILEGED = "nobody"
_numbers = count(1)


@contextmanager
def new_database(kind: str, folder: Path) -> Iterator[str]:
    """The address of an empty database of this kind."""
    if kind == "sqlite":
        yield f"sqlite:///{folder}/test.sqlite3"
        return
    server = GIVEN or _cluster()
    if server is None:
        pytest.skip("no PostgreSQL: initdb is not installed, COBALAMIN_TEST_DATABASE_URL not set")
    name = f"cobalamin_{os.getpid()}_{next(_numbers)}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"'.encode())
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
    programs = _programs()
    if programs is None:
        return None
    folder = Path(tempfile.mkdtemp(prefix="cobalamin-postgresql-"))
    user = UNPRIVILEGED if os.geteuid() == 0 else None
    if user is not None:
        shutil.chown(folder, user)
    data, port = folder / "data", free_port()
    arguments = ["-D", str(data), "-A", "trust", "-U", "cobalamin", "--no-sync", "-E", "UTF8"]
    subprocess.run(  # noqa: S603
        [str(programs / "initdb"), *arguments],
        check=True,
        user=user,
        cwd=folder,
        capture_output=True,
    )
    options = f"listen_addresses=127.0.0.1 port={port} unix_socket_directories= fsync=off".split()
    server = subprocess.Popen(  # noqa: S603
        [str(programs / "postgres"), "-D", str(data), *(x for o in options for x in ("-c", o))],
        user=user,
        cwd=folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    atexit.register(_stop, server, folder)
    address = f"postgresql://cobalamin@127.0.0.1:{port}/postgres"
    _wait_for(address)
    return address


def _programs() -> Path | None:
    found = shutil.which("initdb")
    places = [Path(found).resolve().parent, *PLACES] if found else PLACES
    return next((place for place in places if (place / "initdb").exists()), None)


def _stop(server: subprocess.Popen[bytes], folder: Path) -> None:
    server.send_signal(signal.SIGINT)
    server.wait(timeout=20)
    shutil.rmtree(folder, ignore_errors=True)


def _wait_for(address: str) -> None:
    for _ in range(100):
        try:
            psycopg.connect(address, connect_timeout=2).close()
        except psycopg.OperationalError:
            time.sleep(0.1)
        else:
            return
    pytest.fail("the throw-away PostgreSQL did not answer within 10 s")


def free_port() -> int:
    """A port of the loopback that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])

"""Requests are counted alike on SQLite and PostgreSQL, one row for each client."""

from contextlib import closing
from pathlib import Path
from threading import Barrier, Thread

import pytest
from sqlalchemy import select

from cobalamin.service.records.errors import StoreError
from cobalamin.service.records.rate_limit import count_request
from cobalamin.service.records.store import Store
from cobalamin.service.records.tables import REQUEST_COUNTS

NOON = 30_000_000


def counts(store: Store, *minutes: int, client: str = "ehr") -> list[int]:
    return [count_request(store, client, minute) for minute in minutes]


def test_a_minute_is_counted_up_and_the_next_begins_anew(store: Store) -> None:
    assert counts(store, NOON, NOON, NOON, NOON + 1, NOON + 1, NOON + 7) == [1, 2, 3, 1, 2, 1]


def test_each_client_has_a_row_of_its_own_and_no_more(store: Store) -> None:
    for client in ("one", "two"):
        assert counts(store, NOON, NOON + 1, client=client) == [1, 1]
    with store.connection() as connection:
        rows = connection.execute(select(REQUEST_COUNTS).order_by(REQUEST_COUNTS.c.client)).all()
    assert [tuple(row) for row in rows] == [("one", NOON + 1, 1), ("two", NOON + 1, 1)]


def test_a_clock_that_is_a_little_behind_does_not_begin_a_minute_anew(store: Store) -> None:
    assert counts(store, NOON + 1, NOON + 1, NOON, NOON + 1) == [1, 2, 3, 4]


def test_a_clock_that_was_far_ahead_bars_nobody(store: Store) -> None:
    assert counts(store, NOON + 5000, NOON, NOON) == [1, 1, 2]


def test_callers_at_once_are_all_counted(store: Store) -> None:
    callers, calls = 4, 10
    together, found = Barrier(callers), []

    def call() -> None:
        together.wait()
        found.extend(counts(store, *[NOON] * calls))

    threads = [Thread(target=call) for _ in range(callers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == list(range(1, callers * calls + 1))


def test_a_database_without_tables_is_an_error(tmp_path: Path) -> None:
    with closing(Store(f"sqlite:///{tmp_path}/new.sqlite3")) as store, pytest.raises(StoreError):
        count_request(store, "ehr", NOON)

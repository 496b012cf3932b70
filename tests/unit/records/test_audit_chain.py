"""The audit trail: what was altered or is missing is named, after a purge too."""

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from threading import Barrier, Thread
from typing import Any

import pytest
from sqlalchemy import delete, select, text, update

from cobalamin.service.records.audit.entries import AuditCard, AuditEntry, EntryKind
from cobalamin.service.records.audit.keys import AuditKey, AuditKeys
from cobalamin.service.records.audit.purge import delete_entries
from cobalamin.service.records.audit.trail import PAUSE_SECONDS, AuditTrail
from cobalamin.service.records.audit.verification import verify_trail
from cobalamin.service.records.audit.writer import AuditWriter
from cobalamin.service.records.errors import StoreError
from cobalamin.service.records.migrate import upgrade
from cobalamin.service.records.store import Store
from cobalamin.service.records.tables import AUDIT_CARDS, AUDIT_CHAINS, AUDIT_ENTRIES

SECRET = "a secret of a site, of more than 32 characters"  # noqa: S105 - of tests alone
KEYS = AuditKeys([SECRET])
CARD = "6f2d2a52-0d42-4d0c-9f1e-000000000001"


def an_entry(at: int = 1, *, cards: int = 0) -> AuditEntry:
    shown = [AuditCard(card=CARD, topic="b12Treat", indicator="info", shown=True)] * cards
    return AuditEntry(
        kind=EntryKind.evaluation,
        at=at,
        day="2026-11-20",
        client="ehr",
        service="b12-patient-view",
        outcome="advice",
        findings='{"status":"deficient"}',
        latency=1200,
        cards=tuple(shown),
    )


def written(store: Store, count: int, *, cards: int = 1) -> AuditWriter:
    writer = AuditWriter(store, KEYS.current)
    for number in range(count):
        writer.write(an_entry(number, cards=cards))
    return writer


def faults(store: Store, keys: AuditKeys = KEYS) -> list[str]:
    return verify_trail(store, keys).faults


def change(store: Store, statement: Any) -> None:  # noqa: ANN401
    with store.connection() as connection:
        assert connection.execute(statement).rowcount == 1


def test_what_was_written_is_verified(store: Store) -> None:
    written(store, 5)
    written(store, 3, cards=2)
    written(store, 2, cards=0)
    found = verify_trail(store, KEYS)
    assert (found.faults, found.chains, found.entries) == ([], 3, 10)


@pytest.mark.parametrize("column", [c.name for c in AUDIT_ENTRIES.columns if not c.primary_key])
def test_one_changed_value_of_an_entry_names_it(store: Store, column: str) -> None:
    written(store, 5)
    entries = AUDIT_ENTRIES.c
    numeric = column in {"at", "latency"}
    changed = update(AUDIT_ENTRIES).where(entries.number == 3)
    change(store, changed.values({column: 77 if numeric else "x"}))
    assert faults(store) == ["entry 1/3 was altered"]


@pytest.mark.parametrize(
    ("column", "value"),
    [("card", "x"), ("topic", "x"), ("indicator", "x"), ("shown", False), ("position", 4)],
)
def test_one_changed_value_of_a_card_names_its_entry(
    store: Store, column: str, value: object
) -> None:
    written(store, 5)
    cards = AUDIT_CARDS.c
    change(store, update(AUDIT_CARDS).where(cards.number == 2).values({column: value}))
    expected = [] if column == "position" else ["entry 1/2 was altered"]
    assert faults(store) == expected  # the position is only an order


def test_one_changed_byte_in_the_file_names_its_entry(tmp_path: Path) -> None:
    file = tmp_path / "x.sqlite3"
    with closing(Store(f"sqlite:///{file}")) as store:
        upgrade(store)
        written(store, 40)
        with store.connection() as connection:
            connection.execute(text("UPDATE audit_entries SET findings = 'MARK' WHERE number = 17"))
            connection.execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))
    content = file.read_bytes()
    assert content.count(b"MARK") == 1
    file.write_bytes(content.replace(b"MARK", b"MARX"))
    with closing(Store(f"sqlite:///{file}")) as store:
        assert faults(store) == ["entry 1/17 was altered"]


def test_a_missing_entry_is_named_wherever_it_stood(store: Store) -> None:
    written(store, 9)
    for number in (1, 4, 5, 9):
        change(store, delete(AUDIT_ENTRIES).where(AUDIT_ENTRIES.c.number == number))
    assert faults(store) == [
        "entry 1/1 is missing",
        "entries 1/4 to 1/5 are missing",
        "entry 1/9 is missing",
    ]


def test_a_missing_chain_is_named(store: Store) -> None:
    written(store, 2)
    written(store, 2)
    change(store, delete(AUDIT_CHAINS).where(AUDIT_CHAINS.c.chain == 1))
    assert faults(store) == ["chain 1 is missing with all its entries"]


def test_a_shortened_chain_is_named(store: Store) -> None:
    written(store, 3)
    with store.connection() as connection:
        mac = connection.execute(select(AUDIT_ENTRIES.c.mac).where(AUDIT_ENTRIES.c.number == 2))
        shortened = update(AUDIT_CHAINS).values(last=2, last_mac=mac.scalar_one())
        connection.execute(shortened)
        connection.execute(delete(AUDIT_ENTRIES).where(AUDIT_ENTRIES.c.number == 3))
    assert faults(store) == ["the end of chain 1 was altered"]


def test_an_entry_that_was_added_is_named(store: Store) -> None:
    written(store, 3)
    with store.connection() as connection:
        row = connection.execute(select(AUDIT_ENTRIES).where(AUDIT_ENTRIES.c.number == 3)).one()
        connection.execute(AUDIT_ENTRIES.insert().values({**row._mapping, "number": 4}))
    assert faults(store) == ["entry 1/4 was added behind the end of its chain"]


def test_entries_in_another_order_are_named(store: Store) -> None:
    written(store, 4)
    with store.connection() as connection:
        for old, new in ((2, 90), (3, 2), (90, 3)):
            for table in (AUDIT_ENTRIES, AUDIT_CARDS):
                connection.execute(update(table).where(table.c.number == old).values(number=new))
    assert faults(store) == ["entry 1/2 was altered", "entry 1/3 was altered"]


def test_the_count_of_answers_without_an_entry_cannot_be_changed(store: Store) -> None:
    writer = AuditWriter(store, KEYS.current)
    for _ in range(7):
        writer.count_unrecorded()
    writer.write(an_entry())
    assert verify_trail(store, KEYS).unrecorded == 7
    change(store, update(AUDIT_CHAINS).values(unrecorded=0))
    assert faults(store) == ["the beginning of chain 1 was altered"]


def test_a_purge_leaves_a_checkpoint_from_which_it_goes_on(store: Store) -> None:
    writer = written(store, 6)
    assert delete_entries(store, KEYS, before=4) == 4
    writer.write(an_entry(9))
    found = verify_trail(store, KEYS)
    assert (found.faults, found.entries) == ([], 3)
    change(store, update(AUDIT_CHAINS).values(first=6))
    assert "the beginning of chain 1 was altered" in faults(store)


def test_a_whole_chain_may_be_purged_and_stays_in_the_sequence(store: Store) -> None:
    written(store, 3)
    written(store, 1)
    assert delete_entries(store, KEYS, before=100) == 4
    assert delete_entries(store, KEYS, before=100) == 0
    writer = written(store, 2)
    writer.write(an_entry())
    found = verify_trail(store, KEYS)
    assert (found.faults, found.chains, found.entries) == ([], 3, 3)


def test_a_purge_keeps_what_came_after_an_entry_to_be_kept(store: Store) -> None:
    """A clock that was set back: the entries of a chain are purged from its beginning only."""
    writer = AuditWriter(store, KEYS.current)
    for at in (1, 50, 2, 60):
        writer.write(an_entry(at))
    assert delete_entries(store, KEYS, before=10) == 1
    assert faults(store) == []


def test_a_former_key_verifies_and_an_unknown_one_is_named(store: Store) -> None:
    written(store, 2)
    renewed = AuditKeys(["another secret of more than 32 characters", SECRET])
    AuditWriter(store, renewed.current).write(an_entry())
    assert faults(store, renewed) == []
    assert faults(store) == ["chain 2 was written with a key that is not in the settings"]


def test_threads_share_a_chain_and_processes_do_not(store: Store) -> None:
    writer = AuditWriter(store, KEYS.current)

    def write() -> None:
        for _ in range(10):
            writer.write(an_entry())

    threads = [Thread(target=write) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = verify_trail(store, KEYS)
    assert (found.faults, found.chains, found.entries) == ([], 1, 40)


@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")  # the child ends at once
def test_a_forked_process_begins_a_chain_of_its_own(store: Store) -> None:
    writer = written(store, 2)
    child = os.fork()
    if child == 0:
        writer.write(an_entry())
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    writer.write(an_entry())
    found = verify_trail(store, KEYS)
    assert (found.faults, found.chains, found.entries) == ([], 2, 4)


# --- a database that cannot be used


class Clock:
    """Seconds that a test sets."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def trail_of(store: Store, clock: Callable[[], float], *, required: bool) -> AuditTrail:
    writer = AuditWriter(store, KEYS.current)
    return AuditTrail(writer, KEYS.current, required=required, clock=clock)


@pytest.fixture
def full(tmp_path: Path) -> Iterator[Store]:
    """A database of SQLite that takes no more pages."""
    file = tmp_path / "full.sqlite3"
    with closing(Store(f"sqlite:///{file}")) as store:
        upgrade(store)
        with closing(sqlite3.connect(file)) as connection:
            pages = connection.execute("PRAGMA page_count").fetchone()[0]
        limited = Store(f"sqlite:///{file}")
        with limited.connection() as connection:  # of the pool, so the limit stays
            connection.execute(text(f"PRAGMA max_page_count = {pages}"))
        yield limited
        limited.close()


def fill(trail: AuditTrail) -> None:
    for _ in range(200):
        trail.record(an_entry(cards=3))


def test_a_full_database_refuses_where_an_entry_is_required(full: Store) -> None:
    with pytest.raises(StoreError, match="cannot be used"):
        fill(trail_of(full, Clock(), required=True))
    assert faults(full) == []


def test_a_full_database_is_counted_where_none_is_required(full: Store) -> None:
    clock = Clock()
    trail = trail_of(full, clock, required=False)
    fill(trail)
    missed = trail.unrecorded
    assert 0 < missed < 200
    assert not trail.is_available()
    with full.connection() as connection:
        connection.execute(text("PRAGMA max_page_count = 100000"))
    assert not trail.is_available()  # left alone for a while
    clock.now = PAUSE_SECONDS
    assert trail.is_available()
    assert trail.unrecorded == 0
    trail.record(an_entry())
    found = verify_trail(full, KEYS)
    assert (found.faults, found.unrecorded) == ([], missed)
    assert found.entries == 200 - missed + 1


def test_answers_without_an_entry_are_told_though_the_chain_was_open(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another thread of the process held the writer too long; nothing was wrong with the chain."""
    clock, writer = Clock(), written(store, 1)
    trail = AuditTrail(writer, KEYS.current, required=False, clock=clock)
    monkeypatch.setattr("cobalamin.service.records.audit.writer.LOCK_SECONDS", 0.01)
    with writer._lock:
        trail.record(an_entry())
    assert trail.unrecorded == 1
    clock.now = PAUSE_SECONDS
    trail.record(an_entry())
    assert trail.unrecorded == 0
    found = verify_trail(store, KEYS)
    assert (found.faults, found.chains, found.entries, found.unrecorded) == ([], 2, 2, 1)


def test_answers_without_an_entry_are_counted_once_if_the_first_entry_fails(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer = AuditWriter(store, KEYS.current)
    writer.count_unrecorded()
    with monkeypatch.context() as patched:
        patched.setattr("cobalamin.service.records.audit.writer.entry_row", lambda _: {})
        with pytest.raises(KeyError):  # after the chain was begun
            writer.write(an_entry())
    writer.write(an_entry())
    assert verify_trail(store, KEYS).unrecorded == 1


def test_answers_without_an_entry_are_counted_once_by_many_threads(store: Store) -> None:
    writer = AuditWriter(store, KEYS.current)
    trail = AuditTrail(writer, KEYS.current, required=False)
    for _ in range(5):
        writer.count_unrecorded()
    start = Barrier(8)

    def record() -> None:
        start.wait()
        trail.record(an_entry())

    threads = [Thread(target=record) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = verify_trail(store, KEYS)
    assert (found.unrecorded + trail.unrecorded, trail.unrecorded) == (5, 0)
    assert (found.faults, found.entries) == ([], 8)


@pytest.mark.parametrize("required", [True, False])
def test_a_file_that_goes_away_is_noticed_and_its_return_too(
    tmp_path: Path, *, required: bool
) -> None:
    file, clock = tmp_path / "x.sqlite3", Clock()
    with closing(Store(f"sqlite:///{file}")) as store:
        upgrade(store)
        trail = trail_of(store, clock, required=required)
        trail.record(an_entry())
        assert trail.is_available()
        moved = file.rename(tmp_path / "moved.sqlite3")
        assert not trail.is_available()
        if required:
            with pytest.raises(StoreError):
                trail.record(an_entry())
        else:
            trail.record(an_entry())
            assert trail.unrecorded == 1
        assert not file.exists()
        moved.rename(file)
        clock.now = PAUSE_SECONDS
        trail.record(an_entry())
        assert trail.is_available()
        assert verify_trail(store, KEYS).entries == 2


def test_a_hash_tells_kinds_and_parts_apart() -> None:
    key = AuditKey(SECRET)
    hashes = {
        key.hash_value("patient", "ab", "c"),
        key.hash_value("patient", "a", "bc"),
        key.hash_value("resource", "ab", "c"),
        key.hash_value("patient", "\ud800"),
        AuditKey(SECRET + "x").hash_value("patient", "ab", "c"),
    }
    assert len(hashes) == 5
    assert key.hash_unless_uuid("call", CARD) == CARD
    assert key.hash_unless_uuid("call", f"{CARD} ") == key.hash_value("call", f"{CARD} ")

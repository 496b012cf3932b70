"""Writes the audit trail: one chain for each process, so that writers never wait for one another.

A process begins its chain with the first entry that it writes, and begins another one after an
error, as nobody can tell then what the database has of the last entry.
"""

import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Lock

from sqlalchemy import Connection, bindparam, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from cobalamin.service.records.audit.chain import (
    BEGINNING,
    card_rows,
    entry_mac,
    entry_row,
    first_seal,
    last_seal,
)
from cobalamin.service.records.audit.entries import AuditEntry
from cobalamin.service.records.audit.keys import AuditKey
from cobalamin.service.records.errors import StoreError
from cobalamin.service.records.store import Store
from cobalamin.service.records.tables import AUDIT_CARDS, AUDIT_CHAINS, AUDIT_ENTRIES
from cobalamin.service.version import VERSION

LOCK_SECONDS = 2.0
TRIES = 20
LATE = "the database cannot be used (others of this process wait for it)"
ALTERED = "the database cannot be used (the end of this chain was altered)"

# Built once: SQLAlchemy takes longer to build a statement than to execute it.
_INSERT_ENTRIES, _INSERT_CARDS = insert(AUDIT_ENTRIES), insert(AUDIT_CARDS)
_MOVE_END = (
    update(AUDIT_CHAINS)
    .where(AUDIT_CHAINS.c.chain == bindparam("of"), AUDIT_CHAINS.c.last == bindparam("before"))
    .values(last=bindparam("number"), last_mac=bindparam("mac"), last_seal=bindparam("seal"))
)


@dataclass(slots=True)
class _Chain:
    """The chain of one process and its last entry."""

    process: int
    chain: int
    last: int = 0
    last_mac: str = BEGINNING


class AuditWriter:
    """Appends entries; each is committed when `write` returns.

    `unrecorded` are the evaluations that were answered without an entry and are not yet kept with
    a chain; the next entry begins a chain that keeps their number.
    """

    def __init__(self, store: Store, key: AuditKey, now: Callable[[], float] = time.time) -> None:
        self.store, self._key, self._now = store, key, now
        self._lock, self._count_lock = Lock(), Lock()
        self._chain: _Chain | None = None
        self.unrecorded = 0

    def write(self, entry: AuditEntry) -> None:
        """Append an entry.

        Raises:
            StoreError: the entry is not stored, or nobody knows whether it is.
        """
        self.write_many((entry,))

    def write_many(
        self,
        entries: Sequence[AuditEntry],
        beside: Callable[[Connection], None] = lambda _: None,
    ) -> None:
        """Append several entries in one transaction: all of them are stored or none.

        `beside` stores what belongs to them in the same transaction; what it raises undoes both.

        Raises:
            StoreError: none is stored, or nobody knows whether they are.
        """
        with self._locked():
            chain = self._open_chain()
            self._chain = None  # until it is known to be in the database
            self._chain = self._append(chain, entries, beside)

    def begin(self) -> None:
        """Begin a chain where there is none: it shows that the database takes what is written.

        Raises:
            StoreError: it does not.
        """
        with self._locked():
            self._chain = self._open_chain()

    def count_unrecorded(self) -> None:
        """Count an evaluation that is answered without an entry."""
        with self._count_lock:
            self.unrecorded += 1

    def check(self) -> None:
        """Check that the database can be read.

        Raises:
            StoreError: it cannot.
        """
        with self.store.connection() as connection:
            connection.execute(select(AUDIT_CHAINS.c.chain).limit(1)).first()

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """One thread writes at a time; given up after a while, as calls are waiting."""
        if not self._lock.acquire(timeout=LOCK_SECONDS):
            raise StoreError(LATE)
        try:
            yield
        finally:
            self._lock.release()

    def _open_chain(self) -> _Chain:
        unrecorded = self.unrecorded
        chain = self._chain
        if chain is not None and chain.process == os.getpid() and not unrecorded:
            return chain
        for _ in range(TRIES):
            number = self._insert_chain(unrecorded)
            if number is not None:
                with self._count_lock:
                    self.unrecorded -= unrecorded
                return _Chain(os.getpid(), number)
        raise StoreError(LATE)

    def _insert_chain(self, unrecorded: int) -> int | None:
        """The number of a new chain; None where another process was faster."""
        with self.store.connection() as connection:
            newest = connection.execute(select(func.max(AUDIT_CHAINS.c.chain))).scalar()
            row = {
                "chain": (newest or 0) + 1,
                "program": VERSION,
                "key_id": self._key.id,
                "started": int(self._now() * 1000),
                "unrecorded": unrecorded,
                "first": 1,
                "first_previous": BEGINNING,
                "last": 0,
                "last_mac": BEGINNING,
            }
            chain = int(row["chain"])
            row["first_seal"] = first_seal(self._key, row)
            row["last_seal"] = last_seal(self._key, chain, 0, BEGINNING)
            try:
                connection.execute(insert(AUDIT_CHAINS).values(row))
            except IntegrityError:
                return None
        return chain

    def _append(
        self,
        chain: _Chain,
        entries: Sequence[AuditEntry],
        beside: Callable[[Connection], None],
    ) -> _Chain:
        """Store the entries; returns the chain with its new end."""
        rows, all_cards, end = [], [], chain
        for entry in entries:
            place = {"chain": chain.chain, "number": end.last + 1}
            row, cards = entry_row(entry), card_rows(entry)
            mac = entry_mac(self._key, chain.chain, end.last + 1, end.last_mac, row, cards)
            rows.append({**row, **place, "previous": end.last_mac, "mac": mac})
            all_cards += [{**card, **place, "position": at} for at, card in enumerate(cards)]
            end = _Chain(chain.process, chain.chain, end.last + 1, mac)
        with self.store.transaction() as connection:
            beside(connection)
            connection.execute(_INSERT_ENTRIES, rows)
            if all_cards:
                connection.execute(_INSERT_CARDS, all_cards)
            self._move_end(connection, chain, end)
        return end

    def _move_end(self, connection: Connection, chain: _Chain, end: _Chain) -> None:
        seal = last_seal(self._key, end.chain, end.last, end.last_mac)
        moved = {"of": chain.chain, "before": chain.last, "number": end.last}
        values = {"mac": end.last_mac, "seal": seal}
        if connection.execute(_MOVE_END, {**moved, **values}).rowcount != 1:
            raise StoreError(ALTERED)

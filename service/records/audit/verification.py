"""Verifies the audit trail: names every entry that was altered or is missing."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, Table, func, select

from cobalamin.service.records.audit.chain import entry_mac, first_seal, last_seal
from cobalamin.service.records.audit.keys import AuditKey, AuditKeys
from cobalamin.service.records.store import Store
from cobalamin.service.records.tables import AUDIT_CARDS, AUDIT_CHAINS, AUDIT_ENTRIES

PAGE = 1000
Row = Mapping[str, Any]


@dataclass(slots=True)
class VerifiedTrail:
    """What was found: one sentence for each fault, and how much was looked at.

    `unrecorded` are the evaluations that were answered while the database could not be used.
    """

    chains: int = 0
    entries: int = 0
    unrecorded: int = 0
    faults: list[str] = field(default_factory=list)


def verify_trail(store: Store, keys: AuditKeys) -> VerifiedTrail:
    """Verify every chain of the database; entries that are written meanwhile may be left out.

    Raises:
        StoreError: the database cannot be used.
    """
    found = VerifiedTrail()
    with store.connection() as connection:
        rows = connection.execute(select(AUDIT_CHAINS).order_by(AUDIT_CHAINS.c.chain))
        chains: list[Row] = [dict(row) for row in rows.mappings()]
    expected = 1
    for chain in chains:
        for missing in range(expected, chain["chain"]):
            found.faults.append(f"chain {missing} is missing with all its entries")
        expected = chain["chain"] + 1
        found.chains += 1
        found.unrecorded += chain["unrecorded"]
        _verify_chain(store, chain, keys, found)
    return found


def _verify_chain(store: Store, chain: Row, keys: AuditKeys, verified: VerifiedTrail) -> None:
    number, key = chain["chain"], keys.find(chain["key_id"])
    if key is None:
        verified.faults.append(f"chain {number} was written with a key that is not in the settings")
        return
    if chain["first_seal"] != first_seal(key, chain):
        verified.faults.append(f"the beginning of chain {number} was altered")
    if chain["last_seal"] != last_seal(key, number, chain["last"], chain["last_mac"]):
        verified.faults.append(f"the end of chain {number} was altered")
    _verify_entries(store, chain, key, verified)
    _verify_nothing_beyond(store, number, verified)


def _verify_entries(store: Store, chain: Row, key: AuditKey, verified: VerifiedTrail) -> None:
    number, expected = chain["chain"], chain["first"]
    previous: str | None = chain["first_previous"]  # None where the entry before is at fault itself
    for entry, cards in _entries(store, number, chain["first"], chain["last"]):
        at = entry["number"]
        if at > expected:
            verified.faults.append(_missing(number, expected, at - 1))
            previous = None
        mac = entry_mac(key, number, at, entry["previous"], entry, cards)
        is_intact = mac == entry["mac"] and previous in {None, entry["previous"]}
        if not is_intact:
            verified.faults.append(f"entry {number}/{at} was altered")
        previous, expected = mac if is_intact else None, at + 1
        verified.entries += 1
    if expected <= chain["last"]:
        verified.faults.append(_missing(number, expected, chain["last"]))
    elif previous not in {None, chain["last_mac"]}:
        verified.faults.append(f"entry {number}/{chain['last']} was altered")


def _missing(chain: int, first: int, last: int) -> str:
    if first == last:
        return f"entry {chain}/{first} is missing"
    return f"entries {chain}/{first} to {chain}/{last} are missing"


def _verify_nothing_beyond(store: Store, chain: int, verified: VerifiedTrail) -> None:
    """An entry is written together with the end of its chain, so none lies behind it."""
    entries = AUDIT_ENTRIES.c
    newest = select(func.max(entries.number)).where(entries.chain == chain).scalar_subquery()
    query = select(AUDIT_CHAINS.c.last, newest).where(AUDIT_CHAINS.c.chain == chain)
    with store.connection() as connection:
        row = connection.execute(query).first()
    if row is not None and row[1] is not None and row[1] > row[0]:
        verified.faults.append(f"entry {chain}/{row[1]} was added behind the end of its chain")


def _entries(store: Store, chain: int, first: int, last: int) -> Iterator[tuple[Row, list[Row]]]:
    """The entries of a chain with their cards, in their order, a page at a time."""
    while first <= last:
        end = min(first + PAGE - 1, last)
        with store.connection() as connection:
            entries = _rows(connection, AUDIT_ENTRIES, chain, first, end)
            cards = _rows(connection, AUDIT_CARDS, chain, first, end)
        by_number: dict[int, list[Row]] = defaultdict(list)
        for card in cards:
            by_number[card["number"]].append(card)
        for entry in entries:
            yield entry, by_number[entry["number"]]
        first = end + 1


def _rows(connection: Connection, table: Table, chain: int, first: int, last: int) -> list[Row]:
    place = (table.c.chain == chain) & table.c.number.between(first, last)
    query = select(table).where(place).order_by(*table.primary_key.columns)
    return [dict(row) for row in connection.execute(query).mappings()]

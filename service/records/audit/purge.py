"""Deletes old entries of the audit trail and leaves a checkpoint from which it goes on."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import func, select, update

from cobalamin.service.records.audit.chain import first_seal
from cobalamin.service.records.audit.keys import AuditKey, AuditKeys
from cobalamin.service.records.errors import StoreError
from cobalamin.service.records.retention import delete_rows
from cobalamin.service.records.store import Store
from cobalamin.service.records.tables import AUDIT_CARDS, AUDIT_CHAINS, AUDIT_ENTRIES


def delete_entries(store: Store, keys: AuditKeys, before: int) -> int:
    """Delete the entries of before that time (milliseconds of Unix time); returns their number.

    Of each chain a whole beginning is deleted, and where it ends is written down with a code, so
    that verification goes on from there.

    Raises:
        StoreError: the database cannot be used, or a chain was written with an unknown key.
    """
    with store.connection() as connection:
        rows = connection.execute(select(AUDIT_CHAINS).order_by(AUDIT_CHAINS.c.chain))
        chains = [dict(row) for row in rows.mappings()]
    deleted = 0
    for chain in chains:
        key = keys.find(chain["key_id"])
        if key is None:
            raise StoreError(f"chain {chain['chain']} was written with a key that is not set")
        first = _first_to_keep(store, chain, before)
        if first > chain["first"]:
            _move_beginning(store, chain, key, first)
        deleted += _delete_until(store, chain["chain"], first)
    return deleted


def _first_to_keep(store: Store, chain: Mapping[str, Any], before: int) -> int:
    entries = AUDIT_ENTRIES.c
    mine = entries.chain == chain["chain"]
    query = select(func.min(entries.number)).where(
        mine, entries.number >= chain["first"], entries.at >= before
    )
    with store.connection() as connection:
        kept = connection.execute(query).scalar()
    return int(chain["last"] + 1 if kept is None else kept)


def _move_beginning(store: Store, chain: dict[str, Any], key: AuditKey, first: int) -> None:
    entries = AUDIT_ENTRIES.c
    query = select(entries.mac).where(entries.chain == chain["chain"], entries.number == first - 1)
    with store.connection() as connection:
        mac = connection.execute(query).scalar()
        if mac is None:
            number = f"{chain['chain']}/{first - 1}"
            raise StoreError(f"entry {number} is missing; run `cobalamin audit verify` first")
        moved = {**chain, "first": first, "first_previous": mac}
        connection.execute(
            update(AUDIT_CHAINS)
            .where(AUDIT_CHAINS.c.chain == chain["chain"])
            .values(first=first, first_previous=mac, first_seal=first_seal(key, moved))
        )


def _delete_until(store: Store, chain: int, first: int) -> int:
    with store.connection() as connection:
        for table in (AUDIT_CARDS, AUDIT_ENTRIES):
            old = (table.c.chain == chain) & (table.c.number < first)
            deleted = delete_rows(connection, table, old)
    return deleted

"""How the rows of a chain are bound to each other and to its beginning and end."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from cobalamin.service.records.audit.entries import CARD_COLUMNS, ENTRY_COLUMNS, AuditEntry, Row
from cobalamin.service.records.audit.keys import AuditKey

BEGINNING = ""
"""Stands where the first entry of a chain has the code of the one before."""


def entry_mac(
    key: AuditKey, chain: int, number: int, previous: str, entry: Row, cards: Iterable[Row]
) -> str:
    """The code of an entry with its cards, its place and the code of the entry before it.

    Columns without a value do not count, so that a newer version may add some.
    """
    content = [
        *(chain, number, previous, _filled(entry, ENTRY_COLUMNS)),
        [_filled(card, CARD_COLUMNS) for card in cards],
    ]
    return key.seal("entry", json.dumps(content, sort_keys=True, separators=(",", ":")))


def first_seal(key: AuditKey, row: Mapping[str, Any]) -> str:
    """The code of where a chain begins, which a purge moves."""
    names = ("chain", "program", "started", "unrecorded", "first", "first_previous")
    return key.seal("first", *(str(row[name]) for name in names))


def last_seal(key: AuditKey, chain: int, last: int, last_mac: str) -> str:
    """The code of where a chain ends."""
    return key.seal("last", str(chain), str(last), last_mac)


def entry_row(entry: AuditEntry) -> dict[str, object]:
    """The columns of an entry."""
    row: dict[str, object] = {name: getattr(entry, name) for name in ENTRY_COLUMNS}
    row["kind"] = entry.kind.value
    return row


def card_rows(entry: AuditEntry) -> list[dict[str, object]]:
    """The columns of its cards."""
    return [{name: getattr(card, name) for name in CARD_COLUMNS} for card in entry.cards]


def _filled(row: Row, names: Iterable[str]) -> dict[str, object]:
    return {name: row[name] for name in names if row[name] is not None}

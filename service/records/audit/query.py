"""Finds the entry of a card, and what became of the card."""

from collections.abc import Mapping
from typing import Any

from msgspec import Struct
from sqlalchemy import select

from cobalamin.service.records.audit.chain import entry_mac
from cobalamin.service.records.audit.keys import AuditKeys
from cobalamin.service.records.store import Store
from cobalamin.service.records.tables import AUDIT_CARDS, AUDIT_CHAINS, AUDIT_ENTRIES, FEEDBACK

Row = Mapping[str, Any]


class CardHistory(Struct, frozen=True, kw_only=True):
    """A card, the entry of its evaluation, and the feedback on it, the earliest first.

    `is_intact` says that neither the entry nor one of its cards was altered.
    """

    card: Row
    entry: Row
    feedback: tuple[Row, ...]
    is_intact: bool


def find_card(store: Store, keys: AuditKeys, card: str) -> CardHistory | None:
    """The newest card with this identifier; None if there is none.

    Raises:
        StoreError: the database cannot be used.
    """
    entries, cards = AUDIT_ENTRIES.c, AUDIT_CARDS.c
    with store.connection() as connection:

        def rows(query: Any) -> list[dict[str, Any]]:  # noqa: ANN401 - any select
            return [dict(row) for row in connection.execute(query).mappings()]

        of_entry = select(AUDIT_CARDS, entries.at).join(
            AUDIT_ENTRIES, (entries.chain == cards.chain) & (entries.number == cards.number)
        )
        found = rows(of_entry.where(cards.card == card).order_by(entries.at.desc()).limit(1))
        if not found:
            return None
        chain, number = found[0]["chain"], found[0]["number"]
        place = (entries.chain == chain) & (entries.number == number)
        entry = rows(select(AUDIT_ENTRIES).where(place))[0]
        beside = (cards.chain == chain) & (cards.number == number)
        all_cards = rows(select(AUDIT_CARDS).where(beside).order_by(cards.position))
        key_id = rows(select(AUDIT_CHAINS.c.key_id).where(AUDIT_CHAINS.c.chain == chain))
        of_card = (FEEDBACK.c.card == card) & (FEEDBACK.c.client == entry["client"])
        feedback = rows(select(FEEDBACK).where(of_card).order_by(FEEDBACK.c.at))
    key = keys.find(key_id[0]["key_id"]) if key_id else None
    is_intact = key is not None and entry["mac"] == entry_mac(
        key, chain, number, entry["previous"], entry, all_cards
    )
    return CardHistory(card=found[0], entry=entry, feedback=tuple(feedback), is_intact=is_intact)

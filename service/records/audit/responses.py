"""What became of the cards that were shown: counts by topic, client or version of the knowledge."""

from collections import Counter
from collections.abc import Iterable, Iterator
from enum import StrEnum
from itertools import groupby
from typing import NamedTuple

from sqlalchemy import select

from cobalamin.service.records.proportions import Proportion, wilson_interval
from cobalamin.service.records.store import Store
from cobalamin.service.records.tables import AUDIT_CARDS, AUDIT_ENTRIES, FEEDBACK


class ResponseGrouping(StrEnum):
    """By what shown cards are grouped."""

    topic = "topic"
    client = "client"
    knowledge = "knowledge"


class CardOutcome(StrEnum):
    """What became of a card; `returned` is any feedback, `none` is that none came."""

    shown = "shown"
    returned = "returned"
    accepted = "accepted"
    overridden = "overridden"
    none = "none"


class ResponseCount(NamedTuple):
    """How many cards of a group had an outcome; `share` is of those that were shown."""

    group: str
    outcome: CardOutcome
    reason: str
    cards: int
    share: Proportion | None


class _Shown(NamedTuple):
    """A card that was shown, and one feedback on it, if any came."""

    group: str
    card: tuple[int, int, int]
    outcome: str | None
    reason: str | None


def count_responses(
    store: Store, grouping: ResponseGrouping, since: int = 0
) -> Iterator[ResponseCount]:
    """Count what became of the cards shown since that time (milliseconds of Unix time).

    Of several feedbacks on a card the latest counts, by the client's clock. Overridden cards are
    counted together, without a reason, and once more for each reason.

    Raises:
        StoreError: the database cannot be used.
    """
    counts: Counter[tuple[str, CardOutcome, str]] = Counter()
    for group, outcome, reason in _latest(_shown_cards(store, grouping, since)):
        counts[group, CardOutcome.shown, ""] += 1
        if outcome is None:
            counts[group, CardOutcome.none, ""] += 1
            continue
        counts[group, CardOutcome.returned, ""] += 1
        counts[group, CardOutcome(outcome), ""] += 1
        if outcome == CardOutcome.overridden:
            counts[group, CardOutcome.overridden, reason or "not given"] += 1
    order = list(CardOutcome)
    for key in sorted(counts, key=lambda key: (key[0], order.index(key[1]), key[2])):
        group, outcome_of, reason = key
        total = counts[group, CardOutcome.shown, ""]
        share = None
        if outcome_of is not CardOutcome.shown:
            share = wilson_interval(counts[key], total)
        yield ResponseCount(group, outcome_of, reason, counts[key], share)


def _latest(rows: Iterable[_Shown]) -> Iterator[tuple[str, str | None, str | None]]:
    for _, of_card in groupby(rows, key=lambda row: row.card):
        *_, last = of_card
        yield last.group, last.outcome, last.reason


def _shown_cards(store: Store, grouping: ResponseGrouping, since: int) -> Iterator[_Shown]:
    entries, cards, feedback = AUDIT_ENTRIES.c, AUDIT_CARDS.c, FEEDBACK.c
    group = {
        ResponseGrouping.topic: cards.topic,
        ResponseGrouping.client: entries.client,
        ResponseGrouping.knowledge: entries.knowledge_version,
    }[grouping]
    place = (cards.chain, cards.number, cards.position)
    query = (
        select(group, *place, feedback.outcome, feedback.reason_code)
        .select_from(AUDIT_CARDS)
        .join(AUDIT_ENTRIES, (entries.chain == cards.chain) & (entries.number == cards.number))
        .outerjoin(FEEDBACK, (feedback.card == cards.card) & (feedback.client == entries.client))
        .where(cards.shown, entries.at >= since)
        .order_by(*place, feedback.at)
    )
    with store.connection() as connection:
        for name, chain, number, position, outcome, reason in connection.execute(query):
            yield _Shown(name or "", (chain, number, position), outcome, reason)

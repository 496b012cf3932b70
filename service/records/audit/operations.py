"""What the records say about the running service: volumes, outcomes, cards, feedback, latency."""

import json
from collections import Counter
from datetime import date

from msgspec import Struct
from sqlalchemy import ColumnElement, Connection, and_, func, select

from cobalamin.service.records.audit.entries import EntryKind
from cobalamin.service.records.audit.named_changes import CODES
from cobalamin.service.records.feedback import OutcomeCount, count_outcomes
from cobalamin.service.records.store import Store
from cobalamin.service.records.tables import AUDIT_CARDS, AUDIT_ENTRIES, DAILY_COUNTS

NOT_ASSESSABLE = "not-assessable"
MAX_LATENCIES, MAX_REASONS = 20_000, 20_000
Named = tuple[tuple[str, int], ...]


class CardCount(Struct, frozen=True, kw_only=True):
    """Cards of a topic that were made, and of these that were shown."""

    topic: str
    made: int
    shown: int


class LatencyFigures(Struct, frozen=True, kw_only=True):
    """Median and 95th percentile of a service in milliseconds, over so many evaluations."""

    service: str
    evaluations: int
    median: float
    high: float


class OperationsReport(Struct, frozen=True, kw_only=True):
    """Counts since a day; `reasons` are those of what could not be assessed."""

    days: Named
    outcomes: tuple[tuple[str, str, int], ...]
    cards: tuple[CardCount, ...]
    reasons: Named
    codes: Named
    latencies: tuple[LatencyFigures, ...]
    feedback: tuple[OutcomeCount, ...]

    @property
    def evaluations(self) -> int:
        """All evaluations since that day."""
        return sum(count for _, count in self.days)


def load_operations(store: Store, since: date, since_time: int) -> OperationsReport:
    """The report from that day on; `since_time` is its beginning in Unix seconds.

    Raises:
        StoreError: the database cannot be used.
    """
    day = since.isoformat()
    feedback = tuple(count_outcomes(store, since_time))
    with store.connection() as connection:
        return OperationsReport(
            days=_days(connection, day),
            outcomes=_outcomes(connection, day),
            cards=_cards(connection, day),
            reasons=_reasons(connection, day),
            codes=_codes(connection, day),
            latencies=_latencies(connection, day),
            feedback=feedback,
        )


def _since(day: str) -> ColumnElement[bool]:
    is_evaluation = AUDIT_ENTRIES.c.kind == EntryKind.evaluation.value
    return and_(is_evaluation, AUDIT_ENTRIES.c.day >= day)


def _days(connection: Connection, day: str) -> Named:
    column = AUDIT_ENTRIES.c.day
    query = select(column, func.count()).where(_since(day)).group_by(column).order_by(column)
    return tuple((name, count) for name, count in connection.execute(query))


def _outcomes(connection: Connection, day: str) -> tuple[tuple[str, str, int], ...]:
    service, outcome = AUDIT_ENTRIES.c.service, AUDIT_ENTRIES.c.outcome
    query = select(service, outcome, func.count()).where(_since(day))
    rows = connection.execute(query.group_by(service, outcome).order_by(service, outcome))
    return tuple((name, what or "", count) for name, what, count in rows)


def _cards(connection: Connection, day: str) -> tuple[CardCount, ...]:
    cards, entries = AUDIT_CARDS.c, AUDIT_ENTRIES.c
    same = and_(cards.chain == entries.chain, cards.number == entries.number)
    query = select(cards.topic, cards.shown, func.count()).join(AUDIT_ENTRIES, same)
    made: Counter[str] = Counter()
    shown: Counter[str] = Counter()
    rows = connection.execute(query.where(_since(day)).group_by(cards.topic, cards.shown))
    for topic, is_shown, count in rows:
        made[topic] += count
        shown[topic] += count if is_shown else 0
    return tuple(CardCount(topic=one, made=n, shown=shown[one]) for one, n in made.most_common())


def _reasons(connection: Connection, day: str) -> Named:
    """How often each reason stood behind what could not be assessed, of the newest entries."""
    entries = AUDIT_ENTRIES.c
    query = select(entries.findings).where(_since(day), entries.outcome == NOT_ASSESSABLE)
    texts = connection.execute(query.order_by(entries.day.desc()).limit(MAX_REASONS)).scalars()
    codes = (code for text in texts if text for code in json.loads(text).get("reasons", ()))
    return tuple(Counter(codes).most_common())


def _codes(connection: Connection, day: str) -> Named:
    """Codes that were not known, by client, from the days that have been counted."""
    counts = DAILY_COUNTS.c
    total = func.sum(counts.count)
    query = select(counts.name, total).where(counts.kind == CODES, counts.day >= day)
    rows = connection.execute(query.group_by(counts.name).order_by(total.desc()))
    return tuple((name, int(count)) for name, count in rows if count)


def _latencies(connection: Connection, day: str) -> tuple[LatencyFigures, ...]:
    entries = AUDIT_ENTRIES.c
    query = select(entries.service, entries.latency).where(_since(day))
    rows = connection.execute(query.order_by(entries.at.desc()).limit(MAX_LATENCIES))
    by_service: dict[str, list[int]] = {}
    for service, latency in rows:
        by_service.setdefault(service, []).append(latency or 0)
    return tuple(_figures(name, sorted(values)) for name, values in sorted(by_service.items()))


def _figures(service: str, values: list[int]) -> LatencyFigures:
    count = len(values)
    middle, high = values[count // 2] / 1000, values[min(count * 95 // 100, count - 1)] / 1000
    return LatencyFigures(service=service, evaluations=count, median=middle, high=high)

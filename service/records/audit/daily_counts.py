"""Counts the cards of each topic, and the codes that were not known, by day; finds changes."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta

from sqlalchemy import Connection, delete, func, insert, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError

from cobalamin.service.records.audit.entries import EntryKind
from cobalamin.service.records.audit.named_changes import CODES, NOT_KNOWN, TOPIC, NamedChange
from cobalamin.service.records.rate_changes import (
    PAST_DAYS,
    QUIET_DAYS,
    WINDOWS,
    DayCount,
    RateChange,
    find_change,
)
from cobalamin.service.records.store import Store
from cobalamin.service.records.tables import (
    AUDIT_CARDS,
    AUDIT_ENTRIES,
    DAILY_COUNTS,
    RATE_CHANGES,
)

ALL = "all"
HISTORY_DAYS = PAST_DAYS + WINDOWS[-1] + QUIET_DAYS
Counts = Mapping[tuple[str, str], tuple[int, int]]


def check_days(store: Store, today: date) -> list[NamedChange]:
    """Count the days before `today` that have not been counted, and look for changes in each.

    Of several processes one counts a day; what another one counts is not returned.

    Raises:
        StoreError: the database cannot be used.
    """
    found: list[NamedChange] = []
    for day in _days_to_count(store, today):
        counts = _count_day(store, day)
        if _save_counts(store, day, counts):
            found += _save_changes(store, _find_changes(store, day))
    return found


def load_changes(store: Store, since: date) -> list[NamedChange]:
    """The changes found from that day on, the earliest first.

    Raises:
        StoreError: the database cannot be used.
    """
    query = select(RATE_CHANGES).where(RATE_CHANGES.c.day >= since.isoformat())
    with store.connection() as connection:
        rows = connection.execute(query.order_by(*RATE_CHANGES.primary_key.columns))
        return [
            NamedChange(kind, name, _change(day, days, count, expected))
            for day, kind, name, days, count, expected in rows
        ]


def delete_counts(store: Store, before: date) -> int:
    """Delete counts and changes of before that day; returns the number of counts.

    Raises:
        StoreError: the database cannot be used.
    """
    text = before.isoformat()
    with store.connection() as connection:
        connection.execute(delete(RATE_CHANGES).where(RATE_CHANGES.c.day < text))
        deleted = connection.execute(delete(DAILY_COUNTS).where(DAILY_COUNTS.c.day < text))
        return deleted.rowcount


# --- counting


def _days_to_count(store: Store, today: date) -> list[date]:
    """The days with entries since the last one that was counted."""
    counted = select(func.max(DAILY_COUNTS.c.day)).where(DAILY_COUNTS.c.kind == ALL)
    oldest = (today - timedelta(days=HISTORY_DAYS)).isoformat()
    with store.connection() as connection:
        last = connection.execute(counted).scalar() or ""
        entries = AUDIT_ENTRIES.c
        new = select(entries.day).distinct().where(entries.day > max(last, oldest))
        days = connection.execute(new.where(entries.day < today.isoformat())).scalars()
        return [date.fromisoformat(day) for day in sorted(days)]


def _count_day(store: Store, day: date) -> Counts:
    """The counts of a day by kind and name, each with the evaluations among which it was."""
    entries, cards = AUDIT_ENTRIES.c, AUDIT_CARDS.c
    mine = (entries.day == day.isoformat()) & (entries.kind == EntryKind.evaluation.value)
    place = (entries.chain == cards.chain) & (entries.number == cards.number)
    of_client = select(entries.client, func.count()).where(mine).group_by(entries.client)
    of_topic = select(cards.topic, func.count()).join(AUDIT_ENTRIES, place).where(mine)
    with store.connection() as connection:
        clients: dict[str, int] = dict(connection.execute(of_client).all())
        topics = connection.execute(of_topic.group_by(cards.topic)).all()
        codes = _count_codes(connection, day)
    evaluations = sum(clients.values())
    counts = {(ALL, ""): (evaluations, evaluations)}
    counts |= {(TOPIC, topic): (count, evaluations) for topic, count in topics}
    counts |= {(CODES, name): (codes[name], clients[name]) for name in clients}
    return counts


def _count_codes(connection: Connection, day: date) -> Counter[str]:
    entries = AUDIT_ENTRIES.c
    mine = (entries.day == day.isoformat()) & (entries.kind == EntryKind.evaluation.value)
    found: Counter[str] = Counter()
    for client, findings in connection.execute(
        select(entries.client, entries.findings).where(mine, entries.findings.like('%"code-%'))
    ):
        notes = json.loads(findings).get("notes", {})
        found[client] += sum(count for code, count in notes.items() if code in NOT_KNOWN)
    return found


def _save_counts(store: Store, day: date, counts: Counts) -> bool:
    """Whether they were saved; False where another process has counted this day."""
    rows = [
        {"day": day.isoformat(), "kind": kind, "name": name, "count": count, "evaluations": among}
        for (kind, name), (count, among) in counts.items()
    ]
    dialect = postgresql if store.is_postgresql else sqlite
    others = [row for row in rows if row["kind"] != ALL]
    with store.connection() as connection:
        if others:
            connection.execute(dialect.insert(DAILY_COUNTS).on_conflict_do_nothing(), others)
        try:  # last, so that a day counts as counted only when all of it is there
            connection.execute(insert(DAILY_COUNTS), [row for row in rows if row["kind"] == ALL])
        except IntegrityError:
            return False
    return True


# --- looking for changes


def _find_changes(store: Store, day: date) -> Iterator[NamedChange]:
    """The changes of a day that has been counted, also of what is no longer counted."""
    since = day - timedelta(days=HISTORY_DAYS)
    history = _load_history(store, since, day)
    reported: dict[tuple[str, str], list[RateChange]] = defaultdict(list)
    for kind, name, change in load_changes(store, since):
        reported[kind, name].append(change)
    evaluations = history.pop((ALL, ""), {})
    for (kind, name), own in history.items():
        days = _filled(own, evaluations if kind == TOPIC else {})
        if not days or days[-1].day != day:
            continue
        found = find_change(days, reported[kind, name])
        if found is not None:
            yield NamedChange(kind, name, found)


def _load_history(
    store: Store, since: date, until: date
) -> dict[tuple[str, str], dict[date, DayCount]]:
    columns = DAILY_COUNTS.c
    query = select(DAILY_COUNTS).where(
        columns.day >= since.isoformat(), columns.day <= until.isoformat()
    )
    found: dict[tuple[str, str], dict[date, DayCount]] = defaultdict(dict)
    with store.connection() as connection:
        for day, kind, name, count, evaluations in connection.execute(query):
            on = date.fromisoformat(day)
            found[kind, name][on] = DayCount(on, count, evaluations)
    return dict(found)


def _filled(
    own: Mapping[date, DayCount], evaluations: Mapping[date, DayCount]
) -> Sequence[DayCount]:
    """The days in order; one with evaluations on which nothing was counted has a count of zero."""
    zero = {day: DayCount(day, 0, all_of.evaluations) for day, all_of in evaluations.items()}
    merged = {**zero, **own}
    return [merged[day] for day in sorted(merged)]


def _save_changes(store: Store, changes: Iterator[NamedChange]) -> list[NamedChange]:
    found = list(changes)
    rows = [
        {
            "day": change.day.isoformat(),
            "kind": kind,
            "name": name,
            "days": change.days,
            "count": change.count,
            "expected": change.expected,
        }
        for kind, name, change in found
    ]
    if rows:
        with store.connection() as connection:
            connection.execute(insert(RATE_CHANGES), rows)
    return found


def _change(day: str, days: int, count: int, expected: float) -> RateChange:
    return RateChange(day=date.fromisoformat(day), days=days, count=count, expected=expected)

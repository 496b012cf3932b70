"""Reads and writes feedback on cards; repeated feedback is stored once."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.dialects import postgresql, sqlite

from cobalamin.service.records.feedback_records import FeedbackRecord
from cobalamin.service.records.retention import delete_rows
from cobalamin.service.records.store import Store
from cobalamin.service.records.tables import FEEDBACK


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomeCount:
    """Number of cards of a service with an outcome and override reason."""

    service: str
    outcome: str
    reason: str
    count: int


def save_feedback(store: Store, records: Iterable[FeedbackRecord], now: int) -> list[bool]:
    """Store records; the result tells for each whether it was new (by card, outcome and time).

    Each row is committed by itself, so after an error the whole list can be sent again.

    Raises:
        StoreError: the database cannot be used.
    """
    dialect = postgresql if store.is_postgresql else sqlite
    insert = dialect.insert(FEEDBACK).on_conflict_do_nothing().returning(FEEDBACK.c.card)
    with store.connection() as connection:
        return [
            connection.execute(insert.values(_row(record, now))).first() is not None
            for record in records
        ]


def _row(record: FeedbackRecord, now: int) -> dict[str, object]:
    return {
        "client": record.client,
        "service": record.service,
        "card": record.card,
        "outcome": record.outcome,
        "at": record.at,
        "suggestions": " ".join(record.suggestions),
        "reason_system": record.reason_system,
        "reason_code": record.reason_code,
        "commented": record.commented,
        "received": now,
    }


def count_outcomes(store: Store, since: int = 0) -> list[OutcomeCount]:
    """Count outcomes by service and reason for feedback received since that time (Unix seconds).

    Raises:
        StoreError: the database cannot be used.
    """
    reason = func.coalesce(FEEDBACK.c.reason_code, "")
    group = (FEEDBACK.c.service, FEEDBACK.c.outcome, reason)
    query = select(*group, func.count()).where(FEEDBACK.c.received >= since)
    with store.connection() as connection:
        rows = connection.execute(query.group_by(*group).order_by(*group))
        return [OutcomeCount(service=s, outcome=o, reason=r, count=n) for s, o, r, n in rows]


def delete_feedback(store: Store, before: int) -> int:
    """Delete feedback received before that time (Unix seconds); returns the number of rows.

    Raises:
        StoreError: the database cannot be used.
    """
    with store.connection() as connection:
        return delete_rows(connection, FEEDBACK, FEEDBACK.c.received < before)

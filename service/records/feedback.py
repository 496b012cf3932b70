"""Feedback on cards, kept once however often it is sent."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.dialects import postgresql, sqlite

from cobalamin.service.records.feedback_records import Verdict
from cobalamin.service.records.retention import forget
from cobalamin.service.records.store import POSTGRESQL, Store
from cobalamin.service.records.tables import FEEDBACK


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """How often the cards of a service had an outcome for a reason."""

    service: str
    outcome: str
    reason: str
    count: int


def keep(store: Store, verdicts: Iterable[Verdict], now: int) -> list[bool]:
    """For each whether it is new; one of the same card, outcome and time was there already.

    Each counts by itself: after a fault the whole batch can be sent again.

    Raises:
        StoreError: the database cannot be used.
    """
    dialect = postgresql if store.url.get_backend_name() == POSTGRESQL else sqlite
    insert = dialect.insert(FEEDBACK).on_conflict_do_nothing().returning(FEEDBACK.c.card)
    with store.connection() as connection:
        return [
            connection.execute(insert.values(_row(verdict, now))).first() is not None
            for verdict in verdicts
        ]


def _row(verdict: Verdict, now: int) -> dict[str, object]:
    return {
        "client": verdict.client,
        "service": verdict.service,
        "card": verdict.card,
        "outcome": verdict.outcome,
        "at": verdict.at,
        "suggestions": " ".join(verdict.suggestions),
        "reason_system": verdict.reason_system,
        "reason_code": verdict.reason_code,
        "commented": verdict.commented,
        "received": now,
    }


def counted(store: Store, since: int = 0) -> list[Count]:
    """How often which outcome came for which reason, of what was received since then.

    Raises:
        StoreError: the database cannot be used.
    """
    reason = func.coalesce(FEEDBACK.c.reason_code, "")
    group = (FEEDBACK.c.service, FEEDBACK.c.outcome, reason)
    asked = select(*group, func.count()).where(FEEDBACK.c.received >= since)
    with store.connection() as connection:
        rows = connection.execute(asked.group_by(*group).order_by(*group))
        return [Count(service=s, outcome=o, reason=r, count=n) for s, o, r, n in rows]


def forget_feedback(store: Store, before: int) -> int:
    """Deletes what was received earlier; says how much there was.

    Raises:
        StoreError: the database cannot be used.
    """
    with store.connection() as connection:
        return forget(connection, FEEDBACK, FEEDBACK.c.received < before)

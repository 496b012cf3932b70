"""Whether a card was shown before and answered, and nothing it rests on has changed since."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import bindparam, select

from cobalamin.service.records.audit.entries import AnsweredQuestion
from cobalamin.service.records.store import Store
from cobalamin.service.records.tables import AUDIT_CARDS, AUDIT_ENTRIES, FEEDBACK

_SAME = ("patient", "client", "inputs", "urgency", "profile", "knowledge")
# Built once: SQLAlchemy takes longer to build a query than to execute it.
_ANSWERED = (
    select(AUDIT_CARDS.c.card)
    .select_from(AUDIT_ENTRIES)
    .join(
        AUDIT_CARDS,
        (AUDIT_ENTRIES.c.chain == AUDIT_CARDS.c.chain)
        & (AUDIT_ENTRIES.c.number == AUDIT_CARDS.c.number),
    )
    .join(
        FEEDBACK,
        (FEEDBACK.c.card == AUDIT_CARDS.c.card) & (FEEDBACK.c.client == AUDIT_ENTRIES.c.client),
    )
    .where(
        *(AUDIT_ENTRIES.c[name] == bindparam(name) for name in _SAME),
        AUDIT_ENTRIES.c.site.is_not_distinct_from(bindparam("site")),
        AUDIT_CARDS.c.topic == bindparam("topic"),
        AUDIT_CARDS.c.shown,
        FEEDBACK.c.received >= bindparam("since"),
        FEEDBACK.c.at >= bindparam("since_text"),
    )
    .limit(1)
)


def was_answered(store: Store, question: AnsweredQuestion, topic: str, now: datetime) -> bool:
    """Whether feedback on a card of this topic came within the days, by both clocks.

    These are the client's, by which feedback is dated, and that of this service.

    Raises:
        StoreError: the database cannot be used.
    """
    since = now.astimezone(UTC) - timedelta(days=question.days)
    wanted = {name: getattr(question, name) for name in (*_SAME, "site")}
    dates = {"since": int(since.timestamp()), "since_text": f"{since:%Y-%m-%dT%H:%M:%S}"}
    with store.connection() as connection:
        found = connection.execute(_ANSWERED, {**wanted, **dates, "topic": topic})
        return found.first() is not None

"""Whether a card was shown before and answered, and nothing it rests on has changed since."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import select

from cobalamin.service.records.audit.entries import AnsweredQuestion
from cobalamin.service.records.store import Store
from cobalamin.service.records.tables import AUDIT_CARDS, AUDIT_ENTRIES, FEEDBACK


def was_answered(store: Store, question: AnsweredQuestion, topic: str, now: datetime) -> bool:
    """Whether feedback on a card of this topic came within the days, by both clocks.

    These are the client's, by which feedback is dated, and that of this service.

    Raises:
        StoreError: the database cannot be used.
    """
    since = now.astimezone(UTC) - timedelta(days=question.days)
    entries, cards, feedback = AUDIT_ENTRIES.c, AUDIT_CARDS.c, FEEDBACK.c
    query = (
        select(cards.card)
        .select_from(AUDIT_ENTRIES)
        .join(AUDIT_CARDS, (entries.chain == cards.chain) & (entries.number == cards.number))
        .join(FEEDBACK, (feedback.card == cards.card) & (feedback.client == entries.client))
        .where(
            entries.patient == question.patient,
            entries.client == question.client,
            entries.inputs == question.inputs,
            entries.urgency == question.urgency,
            entries.profile == question.profile,
            entries.knowledge == question.knowledge,
            entries.site.is_(None) if question.site is None else entries.site == question.site,
            cards.topic == topic,
            cards.shown,
            feedback.received >= int(since.timestamp()),
            feedback.at >= f"{since:%Y-%m-%dT%H:%M:%S}",
        )
        .limit(1)
    )
    with store.connection() as connection:
        return connection.execute(query).first() is not None

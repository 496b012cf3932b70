"""Cards of patient-view that were shown and answered are not shown again.

Each repeated reminder lowers how often reminders are heeded (Ancker 2017, PMC5387195). So a card is
left out if feedback on the same one came from this client within 90 days, or 14 where the plan is
for this week. A new or changed value, another profile or other knowledge shows it again; what is
for today is always shown.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

from cobalamin.fhir.writer import Json
from cobalamin.service.cds_hooks.services import PATIENT_VIEW, HookService
from cobalamin.service.http.app_context import AppContext
from cobalamin.service.http.audit_entries import client_id, hash_patient
from cobalamin.service.records.audit.entries import AnsweredQuestion
from cobalamin.service.rules.model.assessment import Assessment, Urgency

ALREADY_ANSWERED = "already-answered"
DAYS: Final = {Urgency.routine: 90, Urgency.soon: 14}
CRITICAL = "critical"


def topic_of(card: Json) -> str:
    """The code of the topic of a card."""
    topic: str = card["source"]["topic"]["code"]  # type: ignore[index]
    return topic


class AnsweredCards:
    """Finds the cards of one call that were answered before; none without an audit trail."""

    def __init__(self, service: HookService, patient_id: str, ctx: AppContext) -> None:
        self._is_asked = service is PATIENT_VIEW and ctx.settings.hide_answered
        self._patient_id, self._ctx = patient_id, ctx

    def topics(self, cards: Sequence[Json], assessment: Assessment, inputs: str) -> frozenset[str]:
        """The topics of those that were; `inputs` is the hash of what the assessment rests on."""
        trail, urgency = self._ctx.audit, assessment.plan.urgency
        if not self._is_asked or trail is None or urgency not in DAYS:
            return frozenset()
        knowledge, client = self._ctx.profile.knowledge, client_id(self._ctx)
        question = AnsweredQuestion(
            client=client,
            patient=hash_patient(trail, client, self._patient_id),
            urgency=urgency.name,
            inputs=inputs,
            profile=knowledge.profile,
            knowledge=knowledge.hash,
            site=knowledge.site,
            days=DAYS[urgency],
        )
        now = datetime.fromtimestamp(self._ctx.now(), UTC)
        topics = {topic_of(card) for card in cards if card["indicator"] != CRITICAL}
        return frozenset(topic for topic in topics if trail.was_answered(question, topic, now))

"""Render an assessment as JSON."""

from collections.abc import Callable

from cobalamin.service.answers.card_context import CardContext
from cobalamin.service.answers.cards import to_cards
from cobalamin.service.answers.plain import encode, to_plain
from cobalamin.service.knowledge.profile import Profile
from cobalamin.service.rules.model.assessment import Assessment


def to_json(assessment: Assessment, profile: Profile, new_id: Callable[[], str]) -> bytes:
    """Encode the full assessment with its cards, on one line."""
    subject = assessment.facts.patient.id
    cards = to_cards(
        CardContext(assessment=assessment, profile=profile, subject_id=subject, new_id=new_id)
    )
    return encode(to_plain(assessment, profile, cards))

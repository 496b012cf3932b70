"""Whatever else is recorded, a muscle complaint gets its line in card, comment and text."""

from itertools import count

import msgspec
import pytest

from assessments import get_profile
from cobalamin.service.answers.card_context import CardContext
from cobalamin.service.answers.cards import to_cards
from cobalamin.service.answers.comment import to_comment
from cobalamin.service.answers.text import to_text
from cobalamin.service.rules.assess import assess
from cobalamin.service.rules.findings.muscle import MUSCLE
from cobalamin.service.rules.model.assessment import Assessment
from cobalamin.service.rules.model.facts import Facts, FeatureFact
from cobalamin.service.rules.model.vocabulary import Feature
from mixtures import mixtures
from spec_tables import ON, PROFILES

EACH = 40
ABOUT = "low vitamin B12"


def with_complaint(facts: Facts, code: Feature) -> Facts:
    others = tuple(feature for feature in facts.features if feature.code is not code)
    return msgspec.structs.replace(facts, features=(*others, FeatureFact(code=code, present=True)))


def says_nothing(assessment: Assessment) -> bool:
    """Whether nothing on record speaks about it, so that a full comment keeps its sentences."""
    found = assessment.muscle
    return not (found and (found.supporting or found.opposing or found.others or found.abnormal))


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("code", sorted(MUSCLE.members))
def test_every_complaint_is_weighed_wherever_something_is_said(code: Feature, profile: str) -> None:
    chosen, numbers = get_profile(profile), count()
    for facts in mixtures(EACH, seed=sum(map(ord, code))):
        given = with_complaint(facts, code)
        assessment = assess(given, chosen.knowledge, ON, find_unknowns=False)
        context = CardContext(
            assessment=assessment,
            profile=chosen,
            subject_id="p",
            new_id=lambda: str(next(numbers)),
        )
        for card in to_cards(context):
            assert ABOUT in str(card["detail"]), given
        comment = to_comment(assessment, chosen)
        emergency = assessment.muscle is not None and assessment.muscle.emergencies
        if comment is not None and not emergency and not says_nothing(assessment):
            assert ABOUT in comment.text, given
        assert ABOUT in to_text(assessment, chosen)

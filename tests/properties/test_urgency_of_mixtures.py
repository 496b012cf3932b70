"""Critical, urgent and the same-day referral go together, over mixtures of counts and signs.

`MIXTURES` in the environment sets how many are assessed; 50,000 were before this was committed.
"""

import os
from itertools import count

import pytest

from assessments import get_profile
from cobalamin.service.answers.card_context import CardContext
from cobalamin.service.answers.cards import to_cards
from cobalamin.service.rules.assess import assess
from cobalamin.service.rules.model.assessment import Outcome, Urgency
from cobalamin.service.rules.model.codes import SuggestionCode as S
from cobalamin.service.rules.model.facts import Facts
from mixtures import mixtures
from spec_tables import ON, PROFILES, spec_rows

HOW_MANY = int(os.environ.get("MIXTURES", "400"))
CHUNKS = 4


def breach(facts: Facts, profile: str) -> str | None:
    """What does not go together for this patient; None where all does."""
    chosen = get_profile(profile)
    assessment = assess(facts, chosen.knowledge, ON, find_unknowns=False)
    plan = assessment.plan
    today = plan.urgency is Urgency.urgent
    if today != (S.refer_same_day in {one.code for one in plan.suggestions}):
        return f"{plan.rung}: urgency {plan.urgency.name} and refer-same-day differ"
    if today and assessment.outcome is not Outcome.advice:
        return f"{plan.rung}: urgent, and {assessment.outcome.value}"
    numbers = count()
    cards = to_cards(
        CardContext(
            assessment=assessment,
            profile=chosen,
            subject_id="p",
            new_id=lambda: str(next(numbers)),
        )
    )
    critical = [card["indicator"] == "critical" for card in cards]
    if today != any(critical) or len(cards) > 1:
        return f"{plan.rung}: urgency {plan.urgency.name}, cards {critical}"
    return None


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_critical_urgent_and_the_same_day_go_together(profile: str, chunk: int) -> None:
    found = [
        (why, facts)
        for facts in mixtures(HOW_MANY // CHUNKS, seed=chunk)
        if (why := breach(facts, profile)) is not None
    ]
    assert not found, found[0]


@pytest.mark.parametrize("profile", PROFILES)
def test_they_go_together_in_every_row_of_the_spec_tables(profile: str) -> None:
    found = [
        (row.place, why)
        for row in spec_rows()
        if row.on == ON and is_adult(row.facts)
        if (why := breach(row.facts, profile)) is not None
    ]
    assert not found, found[:3]


def is_adult(facts: Facts) -> bool:
    """Children have their own card; without an age nothing is advised."""
    return facts.patient.age is not None and facts.patient.age >= 16

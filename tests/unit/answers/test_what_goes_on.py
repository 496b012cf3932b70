"""Where treatment goes on as now, no card drafts what is given already."""

from typing import Any

from assessments import a_card_context, get_profile
from cobalamin.service.answers.cards import to_cards
from cobalamin.service.rules.assess import assess
from cobalamin.service.rules.model.assessment import Assessment, Route
from cobalamin.service.rules.model.codes import SuggestionCode
from spec_tables import all_rows


def assessments_that_continue() -> list[tuple[str, str, Assessment]]:
    found = []
    for row in (row for row in all_rows() if not row.is_request):
        for profile in row.profiles:
            made = assess(row.facts, get_profile(profile).knowledge, row.on)
            changes = SuggestionCode.hydroxocobalamin_instead in codes(made)
            if made.plan.route is Route.continue_ and not changes:
                found.append((row.place, profile, made))
    return found


def codes(made: Assessment) -> set[SuggestionCode]:
    return {suggestion.code for suggestion in made.plan.suggestions}


def drafts(card: dict[str, Any]) -> list[str]:
    made = card.get("suggestions", [])
    return [action["resource"]["resourceType"] for one in made for action in one["actions"]]


def test_no_medicine_is_drafted_where_treatment_goes_on() -> None:
    continued = assessments_that_continue()
    assert any(SuggestionCode.im_maintenance in codes(made) for _, _, made in continued)
    for place, profile, made in continued:
        cards: list[Any] = to_cards(a_card_context(made, profile), show_unavailable=True)
        for card in cards:
            assert "MedicationRequest" not in drafts(card), place

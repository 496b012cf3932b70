"""An assessment as a card: one finding, one action, and drafts that can be taken."""

import pytest

from assessments import (
    PROFILES,
    TODAY,
    a_card_context,
    an_assessment,
    get_profile,
    some_facts,
)
from cobalamin.service.answers.cards import to_cards
from cobalamin.service.answers.client_capabilities import CardCapabilities, SelectionBehavior
from cobalamin.service.rules.model.assessment import Assessment, Outcome, Route, Urgency
from cobalamin.service.rules.model.codes import CAUTION_CODES, SUGGESTION_CODES
from cobalamin.service.rules.model.vocabulary import History
from cobalamin.service.rules.plan.pathway import STEPS_BY_ID
from contract_checks import Json, check_cards


def cards_of(assessment: Assessment, profile: str = "uk-nice", **how: object) -> list[Json]:
    """The cards for patient p1, checked against the contract."""
    shown = bool(how.pop("show_unavailable", False))
    cards = to_cards(a_card_context(assessment, profile, **how), show_unavailable=shown)
    check_cards(cards, patient="p1")
    return cards


def test_advice_is_one_card_with_the_recommended_draft_first() -> None:
    (card,) = cards_of(an_assessment(suggestions=("refer-neurology", "im-loading-neurological")))
    first, second = card["suggestions"]
    assert first["isRecommended"] is True
    assert first["label"] == "Referral: neurology"
    assert "isRecommended" not in second
    assert card["selectionBehavior"] == "at-most-one"
    assert card["indicator"] == "warning"


def test_injections_come_before_other_suggestions_where_the_route_is_by_injection() -> None:
    codes = ("refer-neurology", "oral-replacement-high-dose", "im-loading-neurological")
    (card,) = cards_of(an_assessment(suggestions=codes, recommended="refer-neurology"))
    labels = [suggestion["label"] for suggestion in card["suggestions"]]
    assert labels == [
        "Referral: neurology",
        "Hydroxocobalamin 1 mg IM on alternate days, review within 2 weeks",
        "Cyanocobalamin 1 mg by mouth daily",
    ]


def test_what_only_follows_is_not_offered_in_place_of_what_it_follows() -> None:
    plan = an_assessment(
        suggestions=("im-loading-neurological", "im-maintenance", "test-mma", "review-2-weeks")
    )
    (one,) = cards_of(plan)
    words = get_profile("uk-nice").wording.labels
    labels = [suggestion["label"] for suggestion in one["suggestions"]]
    assert labels == [words["im-loading-neurological"], words["test-mma"]]
    assert f"Consider as well: {words['im-maintenance']}" in one["detail"]
    assert words["review-2-weeks"] in one["detail"]
    (several,) = cards_of(plan, capabilities=CardCapabilities(selection=SelectionBehavior.any))
    assert len(several["suggestions"]) == 4


@pytest.mark.parametrize("code", ["im-maintenance", "review-3-months"])
def test_what_follows_is_offered_where_nothing_stands_before_it(code: str) -> None:
    (card,) = cards_of(an_assessment(suggestions=(code, "review-1-month")))
    (suggestion,) = card["suggestions"]
    assert suggestion["label"] == get_profile("uk-nice").wording.labels[code]


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("rung", sorted(STEPS_BY_ID))
@pytest.mark.parametrize("selection", SelectionBehavior)
def test_every_rung_gives_a_card_that_keeps_the_contract(
    profile: str, rung: str, selection: SelectionBehavior
) -> None:
    for route in Route:
        one = an_assessment(
            rung=rung,
            route=route,
            suggestions=sorted(SUGGESTION_CODES),
            cautions=sorted(CAUTION_CODES),
        )
        (card,) = cards_of(
            one, profile, capabilities=CardCapabilities(selection=selection), encounter_id="e1"
        )
        assert card["source"]["topic"]["code"] == get_profile(profile).wording.rungs[rung].topic
        assert card["selectionBehavior"] == selection.value


@pytest.mark.parametrize(
    ("urgency", "route", "cautions", "indicator"),
    [
        (Urgency.urgent, Route.refer, (), "critical"),
        (Urgency.soon, Route.test_first, (), "warning"),
        (Urgency.routine, Route.parenteral, (), "warning"),
        (Urgency.routine, Route.oral, ("no-cyanocobalamin-leber",), "warning"),
        (Urgency.routine, Route.oral, ("check-folate-too",), "info"),
        (Urgency.routine, Route.test_first, (), "info"),
    ],
)
def test_critical_is_kept_for_the_same_day(
    urgency: Urgency, route: Route, cautions: tuple[str, ...], indicator: str
) -> None:
    (card,) = cards_of(an_assessment(urgency=urgency, route=route, cautions=cautions))
    assert card["indicator"] == indicator


@pytest.mark.parametrize("outcome", [Outcome.no_advice, Outcome.not_assessable])
def test_without_advice_there_is_no_card(outcome: Outcome) -> None:
    assert cards_of(an_assessment(outcome=outcome)) == []


def test_what_could_not_be_assessed_gives_one_information_card_if_asked_for() -> None:
    one = an_assessment(
        outcome=Outcome.not_assessable, reasons=("age-unknown",), rung="R0", suggestions=()
    )
    (card,) = cards_of(one, show_unavailable=True)
    assert card["indicator"] == "info"
    assert "could not be assessed" in card["summary"]
    assert "suggestions" not in card
    assert "Neither an age nor a birth date was sent" in card["detail"]


def test_nothing_to_say_gives_no_card_even_if_the_unavailable_is_shown() -> None:
    assert cards_of(an_assessment(outcome=Outcome.no_advice), show_unavailable=True) == []


def test_what_cannot_be_ordered_is_named_in_the_detail_and_is_no_button() -> None:
    one = an_assessment(suggestions=("hold-folic-acid", "test-b12"), rung="R19")
    (card,) = cards_of(one)
    assert [suggestion["label"] for suggestion in card["suggestions"]] == ["Test: vitamin B12"]
    assert "Consider as well: Hold treatment-dose folic acid" in card["detail"]


def test_without_a_patient_nothing_is_drafted_and_everything_is_named() -> None:
    (card,) = cards_of(an_assessment(suggestions=("test-b12",)), subject_id=None)
    assert "suggestions" not in card
    assert "selectionBehavior" not in card
    assert "Test: vitamin B12" in card["detail"]


def test_drafts_name_patient_encounter_and_day() -> None:
    (card,) = cards_of(
        an_assessment(suggestions=("test-b12",)), subject_id="Patient/p1", encounter_id="e7"
    )
    resource = card["suggestions"][0]["actions"][0]["resource"]
    assert resource["subject"] == {"reference": "Patient/p1"}
    assert resource["encounter"] == {"reference": "Encounter/e7"}
    assert resource["authoredOn"] == TODAY.isoformat()


def test_the_source_links_to_an_explanation_only_where_there_is_a_public_address() -> None:
    (without,) = cards_of(an_assessment())
    (linked,) = cards_of(an_assessment(), public_url="https://b12.example.org/")
    assert "url" not in without["source"]
    assert linked["source"]["url"] == "https://b12.example.org/why/b12NeurologicalTreatment"


def test_the_same_assessment_gives_the_same_card() -> None:
    assert cards_of(an_assessment()) == cards_of(an_assessment())


def test_a_vegan_gets_no_animal_food_from_the_card() -> None:
    one = an_assessment(
        rung="R13", suggestions=("diet-advice",), facts=some_facts(History.vegan_diet)
    )
    (card,) = cards_of(one)
    resource = card["suggestions"][0]["actions"][0]["resource"]
    assert "liver" not in resource["oralDiet"]["instruction"]
    assert resource["foodPreferenceModifier"][0]["coding"][0]["code"] == "vegan"

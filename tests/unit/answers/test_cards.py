"""An assessment as a card: one finding, one action, and drafts that can be taken."""

import pytest
from msgspec.structs import replace

from assessments import (
    PROFILES,
    TODAY,
    a_card_context,
    an_assessment,
    get_profile,
    some_facts,
)
from cobalamin.service.answers.cards import carries_on, to_cards
from cobalamin.service.answers.client_capabilities import (
    ALL_CAPABILITIES,
    CardCapabilities,
    information_only,
)
from cobalamin.service.rules.model.assessment import Assessment, Outcome, Route, Urgency
from cobalamin.service.rules.model.facts import Course
from cobalamin.service.rules.model.vocabulary import History
from cobalamin.service.rules.plan.pathway import STEPS_BY_ID
from contract_checks import Json, check_cards

LOADING = ("im-loading-neurological", "im-maintenance")
WHOLE_PLAN = (
    *LOADING,
    "refer-neurology",
    "refer-ophthalmology",
    "test-mma",
    "test-folate",
    "test-fbc",
    "test-mri-spine",
    "diet-advice",
    "review-2-weeks",
    "review-3-months",
)
ONE_ACTION = CardCapabilities(one_action=True)


def cards_of(assessment: Assessment, profile: str = "uk-nice", **how: object) -> list[Json]:
    """The cards for patient p1, checked against the contract."""
    shown = bool(how.pop("show_unavailable", False))
    continued = bool(how.pop("show_continued", False))
    ctx = a_card_context(assessment, profile, **how)
    cards = to_cards(ctx, show_unavailable=shown, show_continued=continued)
    check_cards(cards, patient="p1")
    return cards


def labels_of(card: Json) -> list[str]:
    return [suggestion["label"] for suggestion in card.get("suggestions", [])]


def test_advice_is_one_card_with_the_recommended_draft_first() -> None:
    (card,) = cards_of(an_assessment(suggestions=("refer-neurology", "im-loading-neurological")))
    assert labels_of(card) == ["Referral: neurology", "Hydroxocobalamin 1 mg IM on alternate days"]
    assert [one["isRecommended"] for one in card["suggestions"]] == [True, False]
    assert card["selectionBehavior"] == "any"
    assert card["indicator"] == "warning"


def test_suggestions_are_grouped_by_what_a_clinician_does() -> None:
    (card,) = cards_of(an_assessment(suggestions=WHOLE_PLAN))
    assert labels_of(card) == [
        "Hydroxocobalamin 1 mg IM on alternate days",
        "Referrals",
        "First blood tests",
        "Test: MRI of the spine",
    ]
    referrals, tests = card["suggestions"][1:3]
    assert [action["description"] for action in referrals["actions"]] == [
        "Draft order: Referral: neurology",
        "Draft order: Referral: ophthalmology",
    ]
    assert [action["description"] for action in tests["actions"]] == [
        "Draft order: Test: methylmalonic acid (MMA)",
        "Draft order: Test: serum folate",
        "Draft order: Test: full blood count",
    ]
    assert "actionSelectionBehavior" not in tests


def test_a_client_of_one_action_gets_them_apart_and_four_in_all() -> None:
    (card,) = cards_of(an_assessment(suggestions=WHOLE_PLAN), capabilities=ONE_ACTION)
    assert labels_of(card) == [
        "Hydroxocobalamin 1 mg IM on alternate days",
        "Referral: neurology",
        "Referral: ophthalmology",
        "Test: methylmalonic acid (MMA)",
    ]
    assert card["selectionBehavior"] == "any"


def test_a_client_that_knows_it_may_take_some_actions_of_a_suggestion() -> None:
    knows = replace(ALL_CAPABILITIES, action_selection=True)
    (card,) = cards_of(an_assessment(suggestions=WHOLE_PLAN), capabilities=knows)
    chosen = [one.get("actionSelectionBehavior") for one in card["suggestions"]]
    assert chosen == [None, "any", "any", None]


def test_one_suggestion_alone_is_at_most_one() -> None:
    (card,) = cards_of(an_assessment(rung="R15", suggestions=("test-mma",)))
    assert labels_of(card) == ["Test: methylmalonic acid (MMA)"]
    assert card["selectionBehavior"] == "at-most-one"


def test_of_two_products_the_first_is_offered_and_the_other_is_in_words() -> None:
    codes = ("im-loading-standard", "im-maintenance", "oral-replacement-high-dose")
    (card,) = cards_of(an_assessment(suggestions=codes))
    assert labels_of(card) == ["Hydroxocobalamin 1 mg IM 3 times a week for 2 weeks"]
    assert "or cyanocobalamin 1 mg by mouth daily" in card["detail"]


@pytest.mark.parametrize(
    ("held", "offered"),
    [(History.b12_replacement_parenteral, False), (History.b12_replacement_oral, True)],
)
def test_what_an_order_in_force_holds_is_not_offered(held: History, *, offered: bool) -> None:
    facts = replace(some_facts(), courses=(Course(code=held),))
    (card,) = cards_of(an_assessment(facts=facts, suggestions=LOADING))
    assert bool(labels_of(card)) is offered


@pytest.mark.parametrize(
    ("suggestions", "urgency", "shown"),
    [
        (("im-maintenance", "review-3-months"), Urgency.routine, False),
        (("review-2-weeks",), Urgency.routine, False),
        (("refer-neurology", "review-3-months"), Urgency.soon, True),
        (("confirm-replacement", "test-b12"), Urgency.routine, True),
    ],
)
def test_a_card_that_would_only_say_carry_on_is_not_shown(
    suggestions: tuple[str, ...], urgency: Urgency, *, shown: bool
) -> None:
    one = an_assessment(rung="R10", route=Route.continue_, urgency=urgency, suggestions=suggestions)
    assert carries_on(one, get_profile().wording) is not shown
    assert bool(cards_of(one)) is shown
    assert len(cards_of(one, show_continued=True)) == 1


def test_an_allergy_to_what_is_given_is_shown() -> None:
    one = an_assessment(
        rung="R10",
        route=Route.continue_,
        urgency=Urgency.routine,
        suggestions=("review-3-months",),
        cautions=("cobalamin-allergy",),
    )
    assert len(cards_of(one)) == 1


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("rung", sorted(STEPS_BY_ID))
@pytest.mark.parametrize("capabilities", [ALL_CAPABILITIES, ONE_ACTION])
def test_every_rung_gives_a_card_that_keeps_the_contract(
    profile: str, rung: str, capabilities: CardCapabilities
) -> None:
    for route in Route:
        one = an_assessment(
            rung=rung,
            route=route,
            suggestions=WHOLE_PLAN,
            cautions=("no-folic-acid-alone", "potassium-watch", "other-causes-first"),
        )
        (card,) = cards_of(one, profile, capabilities=capabilities, encounter_id="e1")
        assert card["source"]["topic"]["code"] == get_profile(profile).wording.rungs[rung].topic


def test_without_suggestions_or_a_waiting_user_the_words_stay() -> None:
    silent = information_only(ALL_CAPABILITIES)
    (card,) = cards_of(an_assessment(suggestions=WHOLE_PLAN), capabilities=silent)
    assert not {"suggestions", "selectionBehavior", "overrideReasons"} & card.keys()
    assert "refer to neurology and ophthalmology" in card["detail"]
    assert "MRI of the spine" in card["detail"]


@pytest.mark.parametrize(
    ("urgency", "priority"),
    [(Urgency.urgent, "asap"), (Urgency.soon, "urgent"), (Urgency.routine, "routine")],
)
def test_a_draft_says_how_soon_and_why(urgency: Urgency, priority: str) -> None:
    codes = (*LOADING, "refer-neurology", "test-coeliac")
    (card,) = cards_of(an_assessment(urgency=urgency, suggestions=codes))
    drafts = {
        action["description"]: action["resource"]
        for suggestion in card["suggestions"]
        for action in suggestion["actions"]
    }
    assert [draft["priority"] for draft in drafts.values()] == [priority, priority, "routine"]
    for draft in drafts.values():
        (reason,) = draft["reasonCode"]
        assert reason["text"] == "Deficiency with neurological findings"
        assert reason["coding"][0]["code"] == "190634004"
        assert draft["reasonReference"] == [{"reference": "Observation/1"}]


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
    assert "Neither an age nor a birth date was sent" in card["summary"]
    assert "suggestions" not in card
    assert card["detail"] == "Profile uk-nice · not signed"


def test_nothing_to_say_gives_no_card_even_if_the_unavailable_is_shown() -> None:
    assert cards_of(an_assessment(outcome=Outcome.no_advice), show_unavailable=True) == []


def test_what_cannot_be_ordered_is_named_in_the_detail_and_is_no_button() -> None:
    one = an_assessment(suggestions=("hold-folic-acid", "test-b12"), rung="R19")
    (card,) = cards_of(one)
    assert labels_of(card) == ["Test: vitamin B12"]
    assert "Hold treatment-dose folic acid" in card["detail"]


def test_without_a_patient_nothing_is_drafted_and_everything_is_named() -> None:
    (card,) = cards_of(an_assessment(suggestions=("test-b12",)), subject_id=None)
    assert "suggestions" not in card
    assert "selectionBehavior" not in card
    assert "Test this week: vitamin B12." in card["detail"]


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
    address = "https://b12.example.org/why/b12NeurologicalTreatment"
    assert linked["source"]["url"] == address
    assert linked["links"] == [
        {"label": "Why, and what would change it", "url": address, "type": "absolute"}
    ]


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

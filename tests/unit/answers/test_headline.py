"""The one sentence of a card fits, whatever was found."""

from collections.abc import Mapping
from itertools import product

import pytest
from msgspec.structs import replace

from assessments import PROFILES, a_result, an_assessment, because_of_b12, get_profile
from cobalamin.service.answers.headline import LONGEST, headline, unavailable
from cobalamin.service.rules.assess import assess
from cobalamin.service.rules.model.assessment import Band, Because, Outcome, Route, Status, Tier
from cobalamin.service.rules.model.dates import read_when
from cobalamin.service.rules.model.quantities import Comparator
from cobalamin.service.rules.model.vocabulary import Analyte
from cobalamin.service.rules.plan.pathway import STEPS_BY_ID
from spec_tables import ON, read_facts

Given = Mapping[str, str]
LONG = [
    a_result("98"),
    a_result("1234.5678", "pmol/L", comparator=Comparator.at_most),
    a_result("12.345678", "pmol/L", analyte=Analyte.b12_active, comparator=Comparator.at_least),
    a_result("98.000000000000000000000000000001"),
]


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("rung", sorted(STEPS_BY_ID))
def test_every_headline_fits_and_is_whole(profile: str, rung: str) -> None:
    wording = get_profile(profile).wording
    for status, band, tier, route, result in product(Status, Band, Tier, Route, LONG):
        because = (Because(fact=result.analyte, evidence=result),)
        one = an_assessment(
            rung=rung, route=route, status=status, band=band, tier=tier, because=because
        )
        said = headline(one, wording)
        assert len(said) <= LONGEST, said
        codes = {suggestion.code for suggestion in one.plan.suggestions}
        action = wording.rungs[rung].action(route, status, codes)
        assert said.endswith(action.format(when=wording.terms.urgency["soon"]) + "."), said
        assert wording.headlines.tier.get(tier, "") in said
        assert said[0].isupper()


# Nothing is given where the level makes deficiency unlikely and nothing else speaks for it.
GIVEN = [status for status in Status if status is not Status.unlikely]


TIERS = {
    "R2": [Tier.n3],
    "R4": [Tier.n2],
    "R5": [Tier.n2],
    "R8": [Tier.n0, Tier.n1, Tier.unknown],
    "R12": [Tier.n1],
    "R13": [Tier.n0, Tier.n1, Tier.unknown],
}


@pytest.mark.parametrize("profile", PROFILES)
def test_every_other_action_fits_as_well(profile: str) -> None:
    wording = get_profile(profile).wording
    first, when = wording.headlines.potassium["text"], wording.terms.urgency["soon"]

    def injected(rung: str, status: Status) -> str:
        return wording.rungs[rung].action(Route.parenteral, status).format(when=when)

    said = {
        (rung, text.format(when=wording.terms.urgency["soon"]))
        for rung, words in wording.rungs.items()
        for text in (*words.when.values(), *words.otherwise.values())
    } | {
        (rung, first.format(action=injected(rung, status)))
        for rung in ("R2", "R4", "R5", "R8", "R12", "R13")
        for status in Status
    }
    for (rung, text), tier in product(said, Tier):
        if tier not in TIERS.get(rung, Tier):
            continue
        for status in [Status.on_treatment] if rung == "R10" else GIVEN:
            bare = wording.headlines.without_value[status] + wording.headlines.tier.get(tier, "")
            assert len(f"{bare}: {text}.") <= LONGEST, f"{bare}: {text}"


@pytest.mark.parametrize(
    ("given", "ends"),
    [
        ({}, "suggest continuing and a review in 3 months."),
        ({"pregnant": "yes", "age": "30"}, "suggest continuing and a review in 1 month."),
        (
            {"features": "vibration_loss objective"},
            "suggest continuing, referral to neurology and a review.",
        ),
        (
            {"features": "vibration_loss objective", "mma": "900 nmol/L"},
            "response looks insufficient; suggest injections or shorter intervals.",
        ),
    ],
    ids=["treated", "pregnant", "a sign", "a sign without response"],
)
def test_a_headline_on_treatment_says_what_the_plan_says(given: Given, ends: str) -> None:
    injections = "b12_replacement_parenteral since 2024 last 2026-10-01"
    facts = read_facts({"age": "50", "history": injections, **given})
    said = headline(assess(facts, get_profile().knowledge, ON), get_profile().wording)
    assert said.endswith(ends)


def test_a_headline_names_finding_value_and_action() -> None:
    said = headline(an_assessment(), get_profile().wording)
    assert said == (
        "Total B12 98 pg/mL, deficient, with neurological findings: "
        "suggest neurological loading and neurology referral this week."
    )


def test_a_headline_shows_the_comparator() -> None:
    result = a_result("150", comparator=Comparator.below)
    said = headline(an_assessment(because=(because_of_b12(result),)), get_profile().wording)
    assert said.startswith("Total B12 <150 pg/mL, deficient")


def test_deficiency_by_mma_is_not_said_to_be_a_low_level() -> None:
    one = an_assessment(
        rung="R13",
        band=Band.indeterminate,
        tier=Tier.n0,
        because=(because_of_b12(a_result("250")),),
    )
    said = headline(one, get_profile().wording)
    assert said == "Total B12 250 pg/mL and raised MMA, deficient: suggest vitamin B12 injections."


def test_two_results_that_may_disagree_are_left_to_the_detail() -> None:
    active = a_result("20", "pmol/L", analyte=Analyte.b12_active)
    both = (because_of_b12(a_result("400")), Because(fact=active.analyte, evidence=active))
    said = headline(an_assessment(because=both), get_profile().wording)
    assert said.startswith("Vitamin B12 deficient, with neurological findings: ")


def test_without_a_result_the_action_is_to_measure() -> None:
    one = an_assessment(rung="R6", route=Route.test_first, status=Status.not_measured, because=())
    assert "suggest measuring it this week" in headline(one, get_profile().wording)


def test_without_a_result_the_headline_says_what_is_missing() -> None:
    one = an_assessment(
        rung="R18", status=Status.not_measured, band=Band.none, tier=Tier.n1, because=()
    )
    said = headline(one, get_profile().wording)
    assert said.startswith("Vitamin B12 not measured, with nerve symptoms: ")


@pytest.mark.parametrize("reason", sorted(get_profile().wording.reasons))
def test_what_could_not_be_assessed_is_said_in_one_sentence(reason: str) -> None:
    one = an_assessment(outcome=Outcome.not_assessable, reasons=(reason,))
    assert len(unavailable(one, get_profile().wording)) <= LONGEST


def test_the_reason_that_explains_comes_first() -> None:
    one = an_assessment(
        outcome=Outcome.not_assessable, reasons=("b12-deficiency-unlikely", "result-refused")
    )
    assert "could not be used" in unavailable(one, get_profile().wording)


@pytest.mark.parametrize(
    ("day", "shown"),
    [("2018-01-01", "98 pg/mL (2018)"), ("2025-11-19", "(2025)"), ("2025-11-20", "98 pg/mL, def")],
)
def test_an_old_result_does_not_look_new(day: str, shown: str) -> None:
    old = replace(a_result("98"), on=read_when(day))
    said = headline(an_assessment(because=(because_of_b12(old),)), get_profile().wording)
    assert shown in said

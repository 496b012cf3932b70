"""What is said of problems that are being added to the list, and rows that concern the call."""

from typing import Any

import pytest

from app import KEY, example
from fhir_builders import FEATURE, SNOMED, a_code
from orders import answer, ask, reasons, subject

ICD10 = "http://hl7.org/fhir/sid/icd-10"
PERNICIOUS, MACROCYTIC, NEUROPATHY = "84027009", "83414005", "386033004"
GASTRECTOMY, HYPERTENSION = "26452005", "38341003"
UNMEASURED = "problem-b12-unmeasured"


def a_problem(code: str, system: str = SNOMED, **others: object) -> dict[str, Any]:
    """A condition as it is about to be listed."""
    return {
        "resourceType": "Condition",
        "subject": {"reference": subject()},
        "code": a_code(code, system),
        **others,
    }


def said(
    *problems: object, known: bool = False, labs: object = None, **prefetch: object
) -> dict[str, Any]:
    """The call about the example patient; without `known` nothing else of the record is sent."""
    body = example("patient-view.json")
    body["hook"] = "problem-list-item-create"
    if not known:
        body["prefetch"] = {"patient": body["prefetch"]["patient"], "labs": labs}
    body["prefetch"] |= prefetch
    entries = [{"resource": problem} for problem in problems]
    body["context"]["conditions"] = {"resourceType": "Bundle", "entry": entries}
    return body


def test_row_037_the_problems_are_required() -> None:
    body = said(a_problem(PERNICIOUS))
    broken: object
    for broken in (None, [], "x", ...):
        body["context"]["conditions"] = broken
        if broken is ...:
            del body["context"]["conditions"]
        found = ask(body)
        assert found.status_code == 400
        assert found.get_json()["issue"][0]["expression"] == ["context.conditions"]


@pytest.mark.parametrize(
    ("code", "system", "name"),
    [
        (MACROCYTIC, SNOMED, "Macrocytic anaemia"),
        (NEUROPATHY, SNOMED, "Polyneuropathy"),
        ("D53.1", ICD10, "Megaloblastic anaemia"),
        ("D51.9", ICD10, "A diagnosis of vitamin B12 deficiency"),
        ("D52.9", ICD10, "Folate deficiency"),
    ],
)
def test_a_problem_of_a_patient_without_a_level_asks_for_one(
    code: str, system: str, name: str
) -> None:
    whole = answer(said(a_problem(code, system)))
    (card,) = whole["cards"]
    assert card["summary"] == (f"{name}: no usable vitamin B12 on record; suggest measuring it.")
    assert [one["label"] for one in card["suggestions"]] == ["Test: vitamin B12"]
    assert reasons(whole) == ["b12-not-measured", UNMEASURED]


@pytest.mark.parametrize("code", [PERNICIOUS, GASTRECTOMY])
def test_a_lasting_cause_brings_the_plan(code: str) -> None:
    (card,) = answer(said(a_problem(code)))["cards"]
    assert card["source"]["topic"]["code"] == "b12LastingCause"
    assert "Ask whether vitamin B12 is given elsewhere" in card["detail"]


def test_a_symptom_that_alone_calls_for_a_level_brings_the_plan() -> None:
    (card,) = answer(said(a_problem("paraesthesia", FEATURE)))["cards"]
    assert "not measured, with nerve symptoms" in card["summary"]
    (tests,) = (one for one in card["suggestions"] if one["label"] == "First blood tests")
    assert "Draft order: Test: vitamin B12" in [a["description"] for a in tests["actions"]]


def test_a_problem_that_does_not_bear_on_vitamin_b12_is_passed_over() -> None:
    whole = answer(said(a_problem(HYPERTENSION), known=True))
    assert whole["cards"] == []
    assert whole["extension"][KEY]["outcome"] == "no-advice"
    assert reasons(whole) == ["problem-no-concern"]


def test_the_plan_counts_the_new_problem() -> None:
    body = example("patient-view.json")
    labs = body["prefetch"]["labs"]
    low = [one for one in labs["entry"] if "2132-9" in str(one) or "14685-2" in str(one)]
    low[0]["resource"]["valueQuantity"]["value"] = 100
    known = {"resourceType": "Bundle", "entry": low[:1]}
    tingling = a_problem("paraesthesia", FEATURE)
    (card,) = answer(said(tingling, labs=known))["cards"]
    assert "nerve symptoms" in card["summary"]
    assert card["suggestions"]
    assert answer(said(a_problem(HYPERTENSION), labs=known))["cards"] == []


@pytest.mark.parametrize(
    "changed",
    [
        {"clinicalStatus": a_code("resolved", None)},
        {"verificationStatus": a_code("refuted", None)},
        {"verificationStatus": a_code("entered-in-error", None)},
    ],
)
def test_a_problem_that_is_not_there_is_passed_over(changed: dict[str, Any]) -> None:
    whole = answer(said(a_problem(MACROCYTIC) | changed))
    assert whole["cards"] == []
    assert reasons(whole) == ["problem-no-concern"]


def test_a_problem_of_another_patient_is_not_looked_at() -> None:
    other = {"subject": {"reference": "Patient/other"}}
    whole = answer(said(a_problem(MACROCYTIC) | other))
    assert (whole["cards"], reasons(whole)) == ([], ["problem-not-read"])


def test_a_stomach_stays_removed_whatever_its_status_says() -> None:
    over = {"clinicalStatus": a_code("resolved", None)}
    whole = answer(said(a_problem(GASTRECTOMY) | over))
    (card,) = whole["cards"]
    assert card["source"]["topic"]["code"] == "b12LastingCause"


@pytest.mark.parametrize(
    "broken",
    [
        {"resourceType": "Condition", "code": {"text": "tired"}},
        {"resourceType": "Condition", "code": 7},
        "x",
    ],
)
def test_a_problem_that_cannot_be_read_costs_no_other_and_is_said(broken: object) -> None:
    alone = answer(said(broken), show_unavailable=True)
    assert alone["extension"][KEY]["outcome"] == "not-assessable"
    assert reasons(alone) == ["problem-not-read"]
    assert [card["indicator"] for card in alone["cards"]] == ["info"]
    beside = answer(said(broken, a_problem(MACROCYTIC)))
    assert len(beside["cards"]) == 1
    assert reasons(beside) == ["b12-not-measured", UNMEASURED, "problem-not-read"]


def test_a_bundle_that_cannot_be_read_is_said() -> None:
    body = said()
    body["context"]["conditions"]["entry"] = {"resource": a_problem(PERNICIOUS)}
    whole = answer(body)
    assert whole["extension"][KEY]["outcome"] == "not-assessable"
    assert reasons(whole) == ["problem-not-read"]


def test_several_problems_bring_one_card() -> None:
    whole = answer(said(a_problem(PERNICIOUS), a_problem(MACROCYTIC), a_problem(NEUROPATHY)))
    assert len(whole["cards"]) == 1


def on_tablets() -> dict[str, Any]:
    tablets = {
        "resourceType": "MedicationRequest",
        "status": "active",
        "intent": "order",
        "authoredOn": "2024-01-01",
        "subject": {"reference": subject()},
        "medicationCodeableConcept": a_code(
            "309593", "http://www.nlm.nih.gov/research/umls/rxnorm"
        ),
    }
    return {"resourceType": "Bundle", "entry": [{"resource": tablets}]}


def test_a_new_problem_that_bars_what_is_given_is_told() -> None:
    whole = answer(said(a_problem("58610003"), medications=on_tablets()))
    (card,) = whole["cards"]
    assert card["indicator"] == "warning"
    assert "cyanocobalamin is not suitable" in card["summary"]
    assert answer(said(a_problem(HYPERTENSION), medications=on_tablets()))["cards"] == []


def test_a_disease_that_only_goes_with_a_lack_asks_for_no_level() -> None:
    whole = answer(said(a_problem("56727007")))
    assert whole["cards"] == []
    assert reasons(whole) == ["b12-not-measured", "problem-no-concern"]


def test_a_condition_without_a_bundle_around_it_is_read() -> None:
    body = said()
    body["context"]["conditions"] = a_problem(MACROCYTIC)
    assert UNMEASURED in reasons(answer(body))


def test_a_patient_who_is_treated_brings_no_card() -> None:
    injection = {
        "resourceType": "MedicationAdministration",
        "status": "completed",
        "subject": {"reference": subject()},
        "effectiveDateTime": "2026-11-01",
        "medicationCodeableConcept": a_code("B03BA03", "http://www.whocc.no/atc"),
    }
    given = {"resourceType": "Bundle", "entry": [{"resource": injection}]}
    whole = answer(said(a_problem(PERNICIOUS), administrations=given))
    assert whole["cards"] == []
    assert whole["extension"][KEY]["outcome"] == "no-advice"


def test_a_child_is_not_assessed_and_that_is_said() -> None:
    body = said(a_problem(PERNICIOUS))
    body["prefetch"]["patient"]["birthDate"] = "2020-01-01"
    whole = answer(body)
    assert whole["extension"][KEY]["outcome"] == "not-assessable"
    assert reasons(whole) == ["paediatric-not-supported"]

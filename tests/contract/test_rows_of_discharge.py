"""What is said before a patient goes home, and rows that concern the call."""

from typing import Any

import pytest

from app import KEY, example
from cobalamin.fhir.prefetch import KEYS
from fhir_builders import a_code
from orders import answer, ask, reasons, subject

ATC = "http://www.whocc.no/atc"
CATEGORY = "http://terminology.hl7.org/CodeSystem/medicationrequest-category"
EMPTY = {"resourceType": "Bundle", "type": "searchset", "total": 0}


def leaving(**prefetch: object) -> dict[str, Any]:
    """The example patient at discharge, of whom nothing else is known but what is given."""
    body = example("patient-view.json")
    body["hook"] = "encounter-discharge"
    body["context"]["encounterId"] = "e1"
    kept = dict.fromkeys(KEYS, EMPTY)
    body["prefetch"] = {**kept, "patient": body["prefetch"]["patient"], **prefetch}
    return body


def bundle(*resources: object) -> dict[str, Any]:
    return {"resourceType": "Bundle", "entry": [{"resource": one} for one in resources]}


def injected(kind: str, **others: object) -> dict[str, Any]:
    return {
        "resourceType": kind,
        "id": "b12",
        "subject": {"reference": subject()},
        "medicationCodeableConcept": a_code("B03BA03", ATC),
        **others,
    }


def given(day: str) -> dict[str, Any]:
    return injected("MedicationAdministration", status="completed", effectiveDateTime=day)


def ordered(**others: object) -> dict[str, Any]:
    return injected(
        "MedicationRequest", status="active", intent="order", authoredOn="2026-11-16", **others
    )


@pytest.mark.parametrize("encounter", [None, "", "Encounter/", ...])
def test_row_037_the_encounter_is_required_at_discharge(encounter: object) -> None:
    body = leaving()
    body["context"]["encounterId"] = encounter
    if encounter is ...:
        del body["context"]["encounterId"]
    found = ask(body)
    assert found.status_code == 400
    assert found.get_json()["issue"][0]["expression"] == ["context.encounterId"]


def test_a_result_that_nobody_acted_on_brings_the_patients_card() -> None:
    known = example("patient-view.json")["prefetch"]
    (card,) = answer(leaving(**known))["cards"]
    assert card["source"]["topic"]["code"].startswith("b12")
    assert card["suggestions"]
    assert card["suggestions"][0]["actions"][0]["resource"]["encounter"] == {
        "reference": "Encounter/e1"
    }


def test_loading_without_an_order_that_goes_on_is_told() -> None:
    ward = ordered(category=[a_code("inpatient", CATEGORY)])
    body = leaving(administrations=bundle(given("2026-11-16")), medications=bundle(ward))
    whole = answer(body)
    (card,) = whole["cards"]
    assert card["indicator"] == "warning"
    assert card["summary"] == (
        "Vitamin B12 injections started, with no order for what follows: suggest adding one."
    )
    (suggestion,) = card["suggestions"]
    assert suggestion["actions"][0]["resource"]["resourceType"] == "MedicationRequest"
    assert reasons(whole) == ["b12-on-treatment", "discharge-not-continued"]


def test_loading_with_an_order_that_goes_on_is_left_alone() -> None:
    body = leaving(administrations=bundle(given("2026-11-16")), medications=bundle(ordered()))
    whole = answer(body)
    assert whole["cards"] == []
    assert whole["extension"][KEY]["outcome"] == "no-advice"
    assert reasons(whole) == ["b12-on-treatment", "discharge-no-concern"]


def test_prescriptions_that_were_not_sent_are_said_and_not_taken_for_none() -> None:
    body = leaving(administrations=bundle(given("2026-11-16")))
    del body["prefetch"]["medications"]
    whole = answer(body, show_unavailable=True)
    assert whole["extension"][KEY]["outcome"] == "not-assessable"
    assert reasons(whole) == ["b12-on-treatment", "discharge-orders-not-known"]
    (card,) = whole["cards"]
    assert "rescriptions could not be read" in card["summary"]


def test_a_result_that_is_not_final_is_told() -> None:
    labs = example("patient-view.json")["prefetch"]["labs"]
    pending = [one for one in labs["entry"] if one["resource"]["resourceType"] == "Observation"]
    for one in pending:
        one["resource"]["status"] = "preliminary"
    whole = answer(leaving(labs={**EMPTY, "entry": pending}))
    (card,) = whole["cards"]
    assert card["indicator"] == "info"
    assert "not final" in card["summary"]
    assert "suggestions" not in card
    assert "discharge-result-pending" in reasons(whole)


def test_nothing_left_open_is_no_card_and_says_so() -> None:
    whole = answer(leaving())
    assert whole["cards"] == []
    assert reasons(whole) == ["b12-not-measured", "discharge-no-concern"]


def test_a_child_is_not_assessed_and_that_is_said() -> None:
    body = leaving(administrations=bundle(given("2026-11-16")))
    body["prefetch"]["patient"]["birthDate"] = "2020-01-01"
    whole = answer(body)
    assert whole["cards"] == []
    assert whole["extension"][KEY]["outcome"] == "not-assessable"
    assert reasons(whole) == ["paediatric-not-supported"]


def test_a_product_that_may_not_be_given_is_told_although_it_goes_on() -> None:
    allergy = {
        "resourceType": "AllergyIntolerance",
        "patient": {"reference": subject()},
        "code": a_code("B03BA03", ATC),
    }
    body = leaving(
        administrations=bundle(given("2026-11-16")),
        medications=bundle(ordered()),
        allergies=bundle(allergy),
    )
    (card,) = answer(body)["cards"]
    assert card["indicator"] == "warning"
    assert "allergy recorded" in card["summary"]


def test_what_could_not_be_assessed_is_no_second_card_beside_a_finding() -> None:
    labs = example("patient-view.json")["prefetch"]["labs"]
    pending = labs["entry"][0]["resource"]
    pending["status"] = "preliminary"
    body = leaving(labs=bundle(pending))
    (card,) = answer(body, show_unavailable=True)["cards"]
    assert card["source"]["topic"]["code"] == "b12DischargePending"

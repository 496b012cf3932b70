"""Requirements of CDS Hooks for medicines that are being renewed, by their row number."""

from typing import Any

import pytest

from app import KEY
from fhir_builders import a_code
from orders import answer, ask, medicine, reasons, refill_call, subject

METFORMIN = ("6809", "rxnorm")
HYDROXOCOBALAMIN = ("B03BA03", "atc")
RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"
UNMEASURED = "order-medicine-lowers-b12"


def given_on(*days: str) -> dict[str, Any]:
    """Injections that were given."""
    given = (
        {
            "resourceType": "MedicationAdministration",
            "id": day,
            "status": "completed",
            "subject": {"reference": subject()},
            "effectiveDateTime": day,
            "medicationCodeableConcept": {
                "coding": [{"system": "http://www.whocc.no/atc", "code": HYDROXOCOBALAMIN[0]}]
            },
        }
        for day in days
    )
    return {"resourceType": "Bundle", "entry": [{"resource": one} for one in given]}


def test_metformin_renewed_without_a_level_asks_for_one() -> None:
    (card,) = answer(refill_call(medicine("m", *METFORMIN)))["cards"]
    assert card["source"]["topic"]["code"] == "b12OrderMedicine"
    assert card["summary"] == "Metformin: no vitamin B12 on record; suggest measuring it."
    assert [one["label"] for one in card["suggestions"]] == ["Test: vitamin B12"]


@pytest.mark.parametrize("user", [None, "", ...])
def test_row_037_a_refill_without_a_user_brings_information_only(user: object) -> None:
    body = refill_call(medicine("m", *METFORMIN))
    if user is ...:
        del body["context"]["userId"]
    else:
        body["context"]["userId"] = user
    (card,) = answer(body)["cards"]
    assert card["indicator"] == "info"
    assert "suggestions" not in card
    assert "overrideReasons" not in card


def test_a_refill_without_a_user_never_warns() -> None:
    cyanocobalamin, leber = (
        medicine("c", "11248"),
        {
            "resourceType": "Condition",
            "subject": {"reference": subject()},
            "code": {"coding": [{"system": "http://snomed.info/sct", "code": "58610003"}]},
        },
    )
    body = refill_call(
        cyanocobalamin, conditions={"resourceType": "Bundle", "entry": [{"resource": leber}]}
    )
    (warning,) = answer(body)["cards"]
    assert warning["indicator"] != "info"
    del body["context"]["userId"]
    (card,) = answer(body)["cards"]
    assert card["indicator"] == "info"
    assert card["summary"] == warning["summary"]


def test_row_037_the_medicines_are_required() -> None:
    body = refill_call(medicine("m", *METFORMIN))
    del body["context"]["medications"]
    found = ask(body)
    assert found.status_code == 400
    assert found.get_json()["issue"][0]["expression"] == ["context.medications"]


def test_the_next_injection_is_told_with_its_days() -> None:
    injection = medicine("i", *HYDROXOCOBALAMIN)
    record = given_on("2025-06-01", "2026-11-05")
    (card,) = answer(refill_call(injection, administrations=record))["cards"]
    assert card["summary"] == (
        "Vitamin B12 injections: by the last one on record the next is due "
        "5 Jan 2027 to 5 Feb 2027."
    )
    assert "5 Nov 2026" in card["detail"]
    assert "suggestions" not in card


def test_injections_that_could_not_be_read_are_not_taken_for_none() -> None:
    injection = medicine("i", *HYDROXOCOBALAMIN)
    page = {**given_on("2025-06-01", "2026-06-01"), "link": [{"relation": "next", "url": "x"}]}
    for record in ({"administrations": page}, {}):
        whole = answer(refill_call(injection, **record), show_unavailable=True)
        assert whole["extension"][KEY]["outcome"] == "not-assessable"
        assert reasons(whole) == ["order-injections-not-known"]
        (card,) = whole["cards"]
        assert "Injections that were given could not be read".lower() in card["summary"].lower()
    tablets = answer(refill_call(medicine("t", "309593")))
    assert reasons(tablets) == ["order-no-concern"]


def test_an_interval_of_one_length_is_one_day() -> None:
    record = given_on("2025-06-01", "2026-11-10")
    body = refill_call(medicine("i", *HYDROXOCOBALAMIN), administrations=record)
    (card,) = answer(body, profile="us-aafp")["cards"]
    assert card["summary"] == (
        "Vitamin B12 injections: by the last one on record the next is due 10 Dec 2026."
    )


def test_after_a_lapse_it_is_asked_whether_others_inject() -> None:
    injection = medicine("i", *HYDROXOCOBALAMIN)
    body = refill_call(injection, administrations=given_on("2017-01-01", "2019-11-01"))
    (card,) = answer(body)["cards"]
    assert card["summary"] == (
        "Vitamin B12 injections: last on record 1 Nov 2019; suggest asking if given elsewhere."
    )
    assert card["indicator"] == "warning"
    assert "Ask whether it was given elsewhere." in card["detail"]
    (tests,) = card["suggestions"]
    assert [action["description"] for action in tests["actions"]] == [
        "Draft order: Test: vitamin B12",
        "Draft order: Test: full blood count",
    ]
    del body["context"]["userId"]
    (card,) = answer(body)["cards"]
    assert card["indicator"] == "info"
    assert "suggestions" not in card


def test_an_injection_in_its_time_is_renewed_without_a_word() -> None:
    injection = medicine("i", *HYDROXOCOBALAMIN)
    record = given_on("2025-06-01", "2026-09-10")
    whole = answer(refill_call(injection, administrations=record))
    assert whole["cards"] == []
    assert whole["extension"][KEY]["outcome"] == "no-advice"
    assert reasons(whole) == ["order-no-concern"]


def test_a_medicine_that_cannot_be_read_is_said() -> None:
    nameless = {**medicine("x", *METFORMIN), "medicationCodeableConcept": {"text": "pills"}}
    whole = answer(refill_call(nameless))
    assert whole["extension"][KEY]["outcome"] == "not-assessable"
    assert reasons(whole) == ["order-not-read"]


def test_several_medicines_ask_for_one_level_only() -> None:
    both = (medicine("m", *METFORMIN), medicine("p", "7646"))
    (card,) = answer(refill_call(*both))["cards"]
    assert card["summary"].startswith("Metformin: ")


def test_a_medicine_without_a_bundle_around_it_is_read() -> None:
    body = refill_call()
    body["context"]["medications"] = medicine("m", *METFORMIN)
    assert reasons(answer(body)) == [UNMEASURED]


def test_a_medicine_that_is_named_elsewhere_and_was_not_sent_is_said() -> None:
    referring = medicine("x", *METFORMIN)
    del referring["medicationCodeableConcept"]
    referring["medicationReference"] = {"reference": "Medication/7"}
    whole = answer(refill_call(referring))
    assert whole["extension"][KEY]["outcome"] == "not-assessable"
    assert reasons(whole) == ["order-not-read"]
    product = {"resourceType": "Medication", "id": "7", "code": a_code("6809", RXNORM)}
    assert reasons(answer(refill_call(referring, product))) == [UNMEASURED]

"""Patients whose advice must come out right through POST /v1/assessments."""

from typing import Any

import pytest

from app import post

WEEK = "2026-11-18"


def result(analyte: str, value: object, unit: str | None = None, **more: object) -> dict[str, Any]:
    entry = {"analyte": analyte, "value": value, "date": WEEK, **more}
    return entry if unit is None else {**entry, "unit": unit}


def ask(**form: Any) -> dict[str, Any]:  # noqa: ANN401
    """The assessment of an adult of 50 unless said."""
    patient = {"age": 50, "sex": "female", **form.pop("patient", {})}
    answer = post("/v1/assessments", {"patient": patient, **form})
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.get_json()
    return body


def codes(body: dict[str, Any], member: str) -> set[str]:
    return {entry["code"] for entry in body["plan"][member]}


def status(body: dict[str, Any]) -> str:
    return str(body["findings"]["b12Status"]["value"])


def test_progressive_symptoms_with_a_high_mma() -> None:
    body = ask(
        results=[
            result("b12_total", 175, "ng/L"),
            result("mma", 6434, "nmol/L"),
            result("homocysteine", 11, "umol/L"),
            result("mcv", 93, "fL"),
        ],
        features=[{"code": "paraesthesia", "progressive": True}, {"code": "cognitive_impairment"}],
    )
    assert status(body) == "deficient"
    assert body["findings"]["neuropathy"]["tier"] == "N2"
    assert body["plan"]["route"] == "parenteral"


def test_nitrous_oxide_behind_a_high_b12() -> None:
    body = ask(
        results=[result("b12_total", 1322, "ng/L")],
        features=[
            {"code": "numbness", "progressive": True},
            {"code": "romberg_positive"},
            {"code": "vibration_loss"},
        ],
        history=[{"code": "nitrous_oxide_recreational"}],
    )
    assert status(body) == "functional-deficiency"
    assert body["plan"]["route"] == "parenteral"
    assert "stop-nitrous-oxide" in codes(body, "suggestions")
    assert "normal-b12-does-not-exclude" in codes(body, "cautions")


def test_severe_anaemia_with_an_antibody() -> None:
    body = ask(
        results=[
            result("b12_total", 107, "ng/L"),
            result("haemoglobin", 7.6, "g/dL"),
            result("mcv", 105, "fL"),
            result("platelets", 88, "10*9/L"),
            result("intrinsic_factor_antibody", "positive"),
        ]
    )
    assert status(body) == "deficient"
    assert body["findings"]["anaemia"]["value"] == "severe"
    assert body["findings"]["anaemia"]["megaloblastic"] == "likely"
    assert (body["plan"]["route"], body["plan"]["urgency"]) == ("parenteral", "urgent")
    assert "potassium-watch" in codes(body, "cautions")
    assert "refer-haematology" in codes(body, "suggestions")


def test_iron_deficiency_hides_the_large_cells() -> None:
    body = ask(
        results=[
            result("b12_total", 30, "ng/L", comparator="<"),
            result("haemoglobin", 5.9, "g/dL"),
            result("mcv", 87, "fL"),
            result("rdw", 30.7, "%"),
            result("ferritin", 8, "ug/L"),
        ]
    )
    assert (body["plan"]["route"], body["plan"]["urgency"]) == ("parenteral", "urgent")
    assert "iron-may-mask-macrocytosis" in codes(body, "cautions")


def test_a_vegan_without_signs() -> None:
    results = [result("b12_total", 150, "ng/L"), result("haemoglobin", 130, "g/L")]
    body = ask(results=results, history=[{"code": "vegan_diet"}])
    assert body["plan"]["route"] == "oral"
    assert {"oral-replacement-dietary", "diet-advice"} <= codes(body, "suggestions")
    (diet,) = [s for s in body["plan"]["suggestions"] if s["code"] == "diet-advice"]
    text = str(diet).lower()
    assert not [food for food in ("beef", "salmon", "milk,", "egg", "clam") if food in text]


def test_kidneys_hold_mma_back() -> None:
    body = ask(
        results=[
            result("b12_total", 300, "ng/L"),
            result("mma", 550, "nmol/L"),
            result("egfr", 25, "mL/min/{1.73_m2}"),
        ]
    )
    assert status(body) == "indeterminate"
    assert "mma-unreliable-kidney" in codes(body, "cautions")


def test_metformin_without_signs() -> None:
    body = ask(results=[result("b12_total", 170, "ng/L")], history=[{"code": "metformin"}])
    assert body["plan"]["route"] == "oral"
    assert {"oral-replacement-high-dose", "review-medicine"} <= codes(body, "suggestions")


def test_an_old_dementia_with_nothing_measured_gets_no_injections() -> None:
    body = ask(features=[{"code": "dementia", "onset": "2016"}])
    assert body["plan"]["route"] != "parenteral"


def test_an_absent_reflex_of_old_age_gets_no_injections() -> None:
    body = ask(
        patient={"age": 72},
        results=[result("b12_total", 600, "ng/L")],
        features=[{"code": "absent_ankle_reflexes"}],
        history=[{"code": "diabetes_mellitus"}],
    )
    assert body["plan"]["route"] != "parenteral"


@pytest.mark.parametrize(
    ("dose", "pregnant", "held"), [(5, False, True), (0.4, True, False), (5, True, False)]
)
def test_folic_acid_before_b12(dose: float, *, pregnant: bool, held: bool) -> None:
    body = ask(
        patient={"pregnant": pregnant},
        results=[result("mcv", 108, "fL")],
        history=[{"code": "folic_acid", "dose": {"value": dose, "unit": "mg/d"}}],
    )
    assert ("hold-folic-acid" in codes(body, "suggestions")) is held


def test_a_child_is_not_assessed_but_referred() -> None:
    body = ask(patient={"age": 10}, results=[result("b12_total", 100, "ng/L")])
    assert body["outcome"] == "not-assessable"
    assert codes(body, "suggestions") == {"refer-paediatrics"}
    assert codes(body, "cautions") == {"paediatric-not-supported"}
    assert body["findings"]["b12Status"]["band"] == "deficient"


def test_an_unknown_age_is_said() -> None:
    answer = post("/v1/assessments", {"results": [result("b12_total", 100, "ng/L")]})
    body = answer.get_json()
    assert body["outcome"] == "not-assessable"
    assert [reason["code"] for reason in body["reasons"]] == ["age-unknown"]
    assert body["findings"]["b12Status"]["band"] == "deficient"


def test_a_refused_unit_is_a_note_and_never_silence() -> None:
    body = ask(results=[result("b12_total", 98, "pg/dL")])
    assert body["outcome"] == "not-assessable"
    (note,) = [note for note in body["notes"] if note["code"] == "unit-not-read"]
    assert note["where"] == "results[0].unit"
    assert "98" not in note["text"]


def test_digits_are_kept_as_reported() -> None:
    sent = b"""{"patient": {"age": 50, "sex": "female"}, "results": [{"analyte": "b12_total",
        "value": 98.10, "unit": "pg/mL", "date": "2026-11-18"}]}"""
    assert b"98.10" in post("/v1/assessments", sent).data


def test_the_plan_says_what_to_expect_and_when_to_look_again() -> None:
    body = ask(results=[result("b12_total", 98, "ng/L")], features=[{"code": "vibration_loss"}])
    expected = body["plan"]["expectations"]
    assert [one["citation"] for one in expected] == [
        "hydroxocobalamin-label",
        "cyanocobalamin-label",
        "sps-b12",
        "self-injection-note",
        "bsh-2014",
    ]
    assert "months" in expected[0]["text"]
    assert {"review-2-weeks", "review-3-months"} <= codes(body, "suggestions")
    unlikely = ask(results=[result("b12_total", 600, "ng/L")])
    assert unlikely["plan"]["expectations"] == []

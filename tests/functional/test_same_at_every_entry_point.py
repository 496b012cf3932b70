"""The same facts give the same assessment, as FHIR, as a hook call and as the plain form."""

from typing import Any

import pytest

from app import KEY, example, post, view
from fhir_builders import HISTORY, UCUM, a_code, a_finding, a_patient, an_observation

WHEN = "2026-11-16"
B12 = {"analyte": "b12_total", "value": 150, "unit": "ng/L", "date": WHEN}
CLINICAL = "http://terminology.hl7.org/CodeSystem/condition-clinical"

CASES: dict[str, tuple[list[dict[str, Any]], list[dict[str, Any]]]] = {
    "pregnant now": ([], [{"code": "pregnancy", "since": "2026-08"}]),
    "pregnant years ago": ([], [{"code": "pregnancy", "since": "2019"}]),
    "an antibody that is present": (
        [{"analyte": "intrinsic_factor_antibody", "value": "present", "date": WHEN}],
        [],
    ),
    "an antibody above its limit": (
        [
            {
                "analyte": "parietal_cell_antibody",
                "value": 98,
                "unit": "U/mL",
                "date": WHEN,
                "referenceRange": {"high": 20},
            }
        ],
        [],
    ),
    "a word for a number": ([{"analyte": "mma", "value": "positive", "date": WHEN}], []),
    "a unit that is not read": (
        [{"analyte": "mma", "value": 3, "unit": "bananas", "date": WHEN}],
        [],
    ),
}


def as_observation(result: dict[str, Any]) -> dict[str, Any]:
    value, unit = result["value"], result.get("unit")
    is_word = isinstance(value, str)
    limits = result.get("referenceRange")
    return an_observation(
        id=result["analyte"],
        code=a_code(result["analyte"], "https://cobalamin.org/fhir/CodeSystem/analyte"),
        effectiveDateTime=result["date"],
        valueQuantity=None
        if is_word
        else {"value": value, "unit": unit, "code": unit, "system": UCUM},
        valueString=value if is_word else None,
        referenceRange=None
        if limits is None
        else [{"high": {"value": limits["high"], "unit": unit, "code": unit, "system": UCUM}}],
    )


def as_condition(fact: dict[str, Any]) -> dict[str, Any]:
    return {
        "resourceType": "Condition",
        "id": fact["code"],
        "subject": {"reference": "Patient/p1"},
        "clinicalStatus": a_code("active", CLINICAL),
        "code": a_code(fact["code"], HISTORY),
        "onsetDateTime": fact["since"],
    }


def conclusion(body: dict[str, Any]) -> dict[str, Any]:
    """What is concluded, without how each form names the place that a fact stands in."""
    found, plan = body["findings"], body["plan"]
    return {
        "outcome": body["outcome"],
        "reasons": body["reasons"],
        "status": (found["b12Status"]["value"], found["b12Status"]["band"]),
        "blood": found["anaemia"]["value"],
        "nerves": found["neuropathy"]["tier"],
        "causes": [cause["code"] for cause in found["causes"]],
        "confounders": [found["code"] for found in found["confounders"]],
        "plan": (plan["rung"], plan["route"], plan["urgency"]),
        "suggestions": [suggestion["code"] for suggestion in plan["suggestions"]],
        "cautions": [caution["code"] for caution in plan["cautions"]],
        "unknowns": [(unknown["fact"], unknown["wouldDecide"]) for unknown in body["unknowns"]],
        "refused": sorted(note["code"] for note in body["notes"] if note["severity"] == "warning"),
    }


@pytest.mark.parametrize("name", CASES)
def test_the_plain_form_and_fhir_agree(name: str) -> None:
    results, history = CASES[name]
    results = [B12, *results]
    form = {
        "patient": {"id": "p1", "sex": "female", "birthDate": "1996-03-02"},
        "results": results,
        "features": [{"code": "fatigue"}],
        "history": history,
    }
    resources = [
        a_patient(id="p1", gender="female", birthDate="1996-03-02"),
        *(as_observation(result) for result in results),
        a_finding("fatigue", id="fatigue"),
        *(as_condition(fact) for fact in history),
    ]
    entry = [{"resource": resource} for resource in resources]
    bundle = {"resourceType": "Bundle", "type": "collection", "entry": entry}
    plain, fhir = (post("/v1/assessments", body).get_json() for body in (form, bundle))
    assert conclusion(plain) == conclusion(fhir)


def test_a_hook_call_and_the_plain_form_agree() -> None:
    called = view(example("patient-view.json")).get_json()
    asked = post("/v1/assessments", example("assessment.json")).get_json()
    assessed = called["extension"][KEY]
    assert (assessed["outcome"], assessed["reasons"]) == (asked["outcome"], asked["reasons"])
    (shown,), (same,) = called["cards"], asked["cards"]
    for member in ("summary", "indicator", "overrideReasons", "source", "selectionBehavior"):
        assert shown[member] == same[member]
    labels = [[one["label"] for one in card["suggestions"]] for card in (shown, same)]
    assert labels[0] == labels[1]

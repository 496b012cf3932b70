"""What a body may be, beside its bytes: the length of lists and ids, the number of lines."""

import json
from typing import Any

import pytest

from app import app_with, example, post, view
from body_shapes import BATCH, NDJSON
from cobalamin.schemas.plain_form import MAX_ELEMENTS
from cobalamin.service.lab.batch import body as batch

RESULT = {"analyte": "b12_total", "value": 205, "unit": "pg/mL", "date": "2026-11-16"}
LONG = "x" * 65


def plain(**members: object) -> tuple[int, str | None]:
    """The status, and the place of what was refused."""
    answer = post("/v1/assessments", members)
    return answer.status_code, answer.get_json().get("where")


@pytest.mark.parametrize("name", ["results", "features", "history"])
def test_a_list_of_the_plain_form_has_a_length(name: str) -> None:
    good = {"results": RESULT, "features": {"code": "fatigue"}, "history": {"code": "metformin"}}
    assert plain(**{name: [good[name]] * MAX_ELEMENTS}) == (200, None)
    assert plain(**{name: [good[name]] * (MAX_ELEMENTS + 1)}) == (422, name)
    assert plain(**{name: [{}] * (MAX_ELEMENTS + 1)}) == (422, name)


def test_the_first_fault_of_a_list_is_named() -> None:
    assert plain(results=[RESULT, {}, {"analyte": "x"}]) == (422, "results[1].analyte")
    assert plain(results=[RESULT, RESULT, 1]) == (422, "results[2]")
    assert plain(results=1) == (422, "results")


def test_one_unknown_member_of_many_is_named() -> None:
    members = {f"a{index}": 1 for index in range(150)}
    unknown = next(iter(members))
    assert plain(**members) == (422, unknown)
    assert plain(results=[{**RESULT, **members}]) == (422, f"results[0].{unknown}")


def test_an_id_of_a_patient_has_64_characters() -> None:
    assert plain(patient={"id": LONG[:64]}) == (200, None)
    assert plain(patient={"id": LONG}) == (422, "patient.id")


def test_a_patient_of_fhir_with_a_longer_id_is_read_without_it() -> None:
    for identity, subject in ((LONG[:64], f"Patient/{LONG[:64]}"), (LONG, None)):
        answer = post("/v1/assessments", {"resourceType": "Patient", "id": identity}).get_json()
        assert answer["subject"] == subject
        codes = {note["code"] for note in answer["notes"]}
        assert ("id-too-long" in codes) is (subject is None)


def _call(**context: object) -> dict[str, Any]:
    call = example("patient-view.json")
    call["context"] |= context
    return call


def test_a_hook_for_a_patient_with_a_longer_id_is_refused() -> None:
    answer = view(_call(patientId=LONG))
    assert answer.status_code == 400
    assert answer.get_json()["issue"][0]["expression"] == ["context.patientId"]


def test_an_encounter_with_a_longer_id_is_not_repeated() -> None:
    for identity in (LONG, "e" * 10_000):
        answer = view(_call(encounterId=identity))
        assert answer.status_code == 200
        assert identity not in answer.get_data(as_text=True)
    assert "Encounter/e1" in view(_call(encounterId="e1")).get_data(as_text=True)


def test_a_longer_reference_is_not_repeated_but_still_tells_results_apart() -> None:
    def result(value: int, **more: object) -> dict[str, object]:
        return {
            "resource": {
                "resourceType": "Observation",
                "id": LONG * 10,
                "status": "final",
                "code": {"coding": [{"system": "http://loinc.org", "code": "2132-9"}]},
                "effectiveDateTime": "2026-11-16",
                "valueQuantity": {"value": value, "unit": "pg/mL"},
                **more,
            }
        }

    withdrawn = result(900, status="entered-in-error")
    body = {"resourceType": "Bundle", "entry": [result(900), withdrawn]}
    answer = post("/v1/assessments", body)
    assert LONG not in answer.get_data(as_text=True)
    assert answer.get_json()["findings"]["b12Status"]["value"] == "not-assessable"


def test_a_batch_has_a_number_of_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batch, "MAX_LINES", 3)
    client = app_with().test_client()
    line = json.dumps({"results": [RESULT]}) + "\n"
    for count, status in ((3, 200), (4, 413)):
        answer = client.post(BATCH, data=line * count, content_type=NDJSON)
        assert answer.status_code == status

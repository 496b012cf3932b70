"""Test data is said to be such, and refused where the settings ask for it."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app import post
from fhir_builders import a_bundle, a_patient, an_observation
from messages import MSH, answered, errors, field, message, obx, outcome

Json = dict[str, Any]
LABEL = {"system": "http://terminology.hl7.org/CodeSystem/v3-ActReason", "code": "HTEST"}
MARK: Json = {"meta": {"security": [LABEL]}}
MARKED = {
    "patient": a_bundle(a_patient(**MARK), an_observation()),
    "result": a_bundle(a_patient(), an_observation(**MARK)),
    "Bundle": a_bundle(a_patient(), an_observation(), **MARK),
    "result alone": an_observation(**MARK),
    "report": a_bundle(
        a_patient(),
        {
            "resourceType": "DiagnosticReport",
            "id": "r",
            "status": "final",
            "subject": {"reference": "Patient/p1"},
            "contained": [an_observation(id="x")],
            **MARK,
        },
    ),
}


def assessed(body: Json, **settings: object) -> Json:
    answer = post("/v1/assessments?asOf=2026-11-20", body, **settings)
    assert answer.status_code == 200, answer.text
    found: Json = answer.json or {}
    return found


def codes(answer: Json) -> list[str]:
    return [note["code"] for note in answer["notes"]]


@pytest.mark.parametrize("what", MARKED)
def test_it_is_used_and_said_once(what: str) -> None:
    assert codes(assessed(MARKED[what])).count("test-data") == 1


@pytest.mark.parametrize("what", MARKED)
def test_it_is_refused_where_the_settings_say_so(what: str) -> None:
    found = assessed(MARKED[what], refuse_test_data=True)
    assert found["outcome"] == "not-assessable"
    assert "test-data" in codes(found)


@given(
    st.lists(
        st.sampled_from(({"code": "R"}, {"code": "HTESTX"}, {"display": "HTEST"}, {"system": "x"}))
    ),
    st.sampled_from(("security", "tag", "profile")),
)
def test_other_labels_are_none(labels: list[Json], member: str) -> None:
    sent = labels if member != "profile" else ["http://example.org/HTEST"]
    found = assessed(a_bundle(a_patient(), an_observation(meta={member: sent})))
    assert "test-data" not in codes(found)


@pytest.mark.parametrize("processing", ["T", "D", "t", "T^A"])
def test_a_message_for_training_is_said_or_refused(processing: str) -> None:
    sent = message(obx(), msh=MSH.replace("|P|", f"|{processing}|"))
    assert outcome(sent)[1] == "deficient"
    assert ("MSH^1^11", "test-data") in errors(answered(sent))
    refused = answered(sent, refuse_test_data=True)
    assert field(refused, "MSA", 1) == "AR"
    assert field(refused, "ERR", 3) == "202"


@pytest.mark.parametrize("processing", ["P", "", "P^T"])
def test_any_other_message_is_not(processing: str) -> None:
    sent = message(obx(), msh=MSH.replace("|P|", f"|{processing}|"))
    assert outcome(sent, refuse_test_data=True)[1] == "deficient"
    assert not errors(answered(sent))

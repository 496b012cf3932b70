"""Reports without their results; documents, lists and diagnoses that never were or are in doubt."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fhir_builders import (
    LOINC,
    SNOMED,
    a_bundle,
    a_code,
    a_patient,
    a_resource,
    an_observation,
    note_codes,
    read,
)

Json = dict[str, Any]
RESULT = {"reference": "Observation/o1"}
MEDICINE = a_code("B03BB01", "http://www.whocc.no/atc")
ENTRIES: dict[str, Json] = {
    "Observation": an_observation(),
    "Condition": a_resource("Condition", code=a_code("84027009", SNOMED)),
    "Procedure": a_resource("Procedure", status="completed", code=a_code("26452005", SNOMED)),
    "MedicationStatement": a_resource(
        "MedicationStatement", status="active", medicationCodeableConcept=MEDICINE
    ),
}


def a_report(**members: object) -> Json:
    """A final report of the day of the usual result."""
    return a_resource(
        "DiagnosticReport",
        **{"status": "final", "effectiveDateTime": "2026-11-02", **members},
    )


def refusals(*resources: Json) -> list[str]:
    return [refusal.code for refusal in read(a_bundle(*resources)).refusals]


CALLED = st.sampled_from(
    [
        {"coding": [{"system": LOINC, "code": "2132-9"}]},
        {"text": "Vitamin B12"},
        {"coding": [{"system": "urn:oid:1.2.3", "code": "x", "display": "Serum vitamin B12"}]},
    ]
)
ALONE = st.sampled_from(
    [{}, {"presentedForm": [{"contentType": "application/pdf"}]}, {"conclusion": "See letter"}]
)


@given(code=CALLED, members=ALONE)
def test_a_report_without_its_result_is_a_result_that_cannot_be_used(
    code: Json, members: Json
) -> None:
    assert refusals(a_report(code=code, **members)) == ["value-missing"]


def test_a_report_whose_result_was_not_sent_is_one_too() -> None:
    report = a_report(code=a_code("2132-9"), result=[{"reference": "Observation/elsewhere"}])
    assert refusals(report) == ["value-missing"]


def test_a_report_that_is_not_final_says_that_its_result_is_pending() -> None:
    assert refusals(a_report(code=a_code("2132-9"), status="registered")) == ["status-not-final"]


@given(code=CALLED, status=st.sampled_from(["final", "preliminary"]))
def test_a_report_beside_its_result_refuses_nothing(code: Json, status: str) -> None:
    for members in ({}, {"result": [RESULT]}):
        report = a_report(code=code, status=status, **members)
        facts = read({**a_bundle(), "entry": [{"resource": r} for r in (an_observation(), report)]})
        assert (len(facts.results), facts.refusals) == (1, ())


def test_an_older_result_is_not_the_one_of_the_report() -> None:
    older = an_observation(effectiveDateTime="2026-05-02")
    assert refusals(older, a_report(code=a_code("2132-9"))) == ["value-missing"]


@pytest.mark.parametrize("code", [a_code("58410-2"), {"text": "Blood count"}, None])
def test_any_other_report_is_passed_over(code: object) -> None:
    assert refusals(a_report(code=code, presentedForm=[{}])) == []


# --- documents and lists that never were


@given(
    kind=st.sampled_from(sorted(ENTRIES)),
    status=st.sampled_from(["entered-in-error", "cancelled"]),
    depth=st.integers(0, 3),
)
def test_what_a_withdrawn_document_refers_to_does_not_count(
    kind: str, status: str, depth: int
) -> None:
    entry = ENTRIES[kind]
    section: Json = {"entry": [{"reference": f"{kind}/{entry['id']}"}]}
    for _ in range(depth):
        section = {"section": [section]}
    document = a_resource("Composition", status=status, section=[section])
    for order in ((document, entry), (entry, document)):
        facts = read({**a_bundle(), "entry": [{"resource": one} for one in order]})
        assert (facts.results, facts.history, facts.features) == ((), (), ())
        assert "report-withdrawn" in note_codes(facts)
        assert facts.refusals or facts.unread


def test_so_do_results_of_a_report_in_it() -> None:
    document = a_resource(
        "Composition",
        status="entered-in-error",
        section=[{"entry": [{"reference": "DiagnosticReport/r1"}]}],
    )
    report = a_report(code=a_code("2132-9"), result=[RESULT])
    entries = [{"resource": one} for one in (document, an_observation(), report)]
    facts = read({**a_bundle(), "entry": entries})
    assert ([one.code for one in facts.refusals], facts.results) == (["report-withdrawn"], ())


@pytest.mark.parametrize("status", ["final", "amended", None])
def test_any_other_document_withdraws_nothing(status: object) -> None:
    sent = a_resource("Composition", status=status, section=[{"entry": [RESULT]}])
    facts = read({**a_bundle(), "entry": [{"resource": r} for r in (an_observation(), sent)]})
    assert (len(facts.results), note_codes(facts)) == (1, set())


def test_a_list_in_error_is_said_and_withdraws_nothing() -> None:
    sent = a_resource("List", status="entered-in-error", entry=[{"item": RESULT}])
    facts = read({**a_bundle(), "entry": [{"resource": r} for r in (an_observation(), sent)]})
    assert (len(facts.results), note_codes(facts)) == (1, {"entered-in-error"})


# --- what is not certain


@pytest.mark.parametrize("status", ["unconfirmed", "provisional", "Provisional"])
def test_a_diagnosis_that_is_not_confirmed_counts_and_is_said(status: str) -> None:
    condition = {**ENTRIES["Condition"], "verificationStatus": a_code(status, None)}
    facts = read(a_bundle(condition))
    assert [fact.code for fact in facts.history] == ["pernicious_anaemia"]
    assert note_codes(facts) == {"not-confirmed"}


def test_the_name_that_is_shown_for_a_medication_that_was_not_sent_warns() -> None:
    shown = {"reference": "Medication/m1", "display": "Folic acid 5 mg tablets"}
    facts = read(
        a_bundle(a_resource("MedicationStatement", status="active", medicationReference=shown))
    )
    assert (facts.history, facts.unread) == ((), ("statements",))
    assert {"medication-not-found", "free-text-not-read"} <= note_codes(facts)


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (None, "status-missing"),
        ("unknown", "status-not-known"),
        ("new", "status-not-known"),
        ("in-progress", "not-in-use"),
    ],
)
def test_an_operation_of_no_clear_status_leaves_its_list_not_known(
    status: object, code: str
) -> None:
    facts = read(a_bundle({**ENTRIES["Procedure"], "status": status}))
    assert (facts.history, note_codes(facts)) == ((), {code})
    assert ("procedures" in facts.unread) is (code != "not-in-use")


@pytest.mark.parametrize(("active", "is_said"), [(False, True), (True, False), (None, False)])
def test_a_record_of_the_patient_that_is_not_in_use_is_said(
    active: object, *, is_said: bool
) -> None:
    facts = read(a_bundle(a_patient(active=active), an_observation()))
    assert ("patient-not-active" in note_codes(facts)) is is_said


@pytest.mark.parametrize(
    ("held", "said"),
    [
        ({}, {"code-not-known"}),
        ({"result": [RESULT]}, {"reference-not-sent"}),
        ({"contained": [an_observation(id="held")]}, set()),
    ],
)
def test_a_report_of_an_unknown_code_is_said_where_it_holds_no_result(
    held: Json, said: set[str]
) -> None:
    report = a_resource("DiagnosticReport", status="final", code=a_code("99999-9"), **held)
    assert note_codes(read(a_bundle(report))) == said
    nameless = {"code-missing"} if said == {"code-not-known"} else said
    assert note_codes(read(a_bundle({**report, "code": {}}))) == nameless

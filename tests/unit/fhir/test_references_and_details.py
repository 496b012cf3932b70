"""What is referred to and was not sent, what nothing refers to, and reasons: said, never a fact."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fhir_builders import (
    B12,
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
ATC = "http://www.whocc.no/atc"
URN = "urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0"
HARMLESS = a_code("38341003", SNOMED)
METFORMIN = a_code("A10BA02", ATC)
# How a resource is referred to, and the full URL of its entry.
FORMS = {
    "relative": ("{}/x", None),
    "absolute": ("https://ehr.example.org/r4/{}/x", "https://ehr.example.org/r4/{}/x"),
    "version": ("https://ehr.example.org/r4/{}/x/_history/2", "https://ehr.example.org/r4/{}/x"),
    "urn": (URN, URN),
    "upper": (URN.upper(), URN),
}


def referring(kind: str, reference: Json) -> Json:
    """A resource that refers to another, and holds nothing else."""
    if kind == "List":
        return a_resource("List", status="current", entry=[{"item": reference}])
    if kind == "Composition":
        section = [{"section": [{"entry": [reference]}]}]
        return {"resourceType": "Composition", "status": "final", "section": section}
    if kind == "DiagnosticReport":
        return a_resource(kind, status="final", code=a_code("58410-2"), result=[reference])
    if kind == "Observation":
        panel: Json = {"code": {"coding": []}, "hasMember": [reference], "valueQuantity": None}
        return an_observation(**panel, id="panel")
    if kind == "Procedure":
        known = a_code("gastrectomy_total", "https://cobalamin.org/fhir/CodeSystem/history")
        return a_resource(kind, status="not-done", code=known, reasonReference=[reference])
    return a_resource(kind, code=a_code("38341003", SNOMED), evidence=[{"detail": [reference]}])


OF_RESULTS = ("DiagnosticReport", "Observation")
HOLDERS = (*OF_RESULTS, "List", "Composition", "Procedure", "Condition")
SHOWN = {"": None, "Vitamin B12 98 pg/mL": "b12_total", "Pernicious anaemia": "conditions"}


@given(
    holder=st.sampled_from(HOLDERS),
    form=st.sampled_from(sorted(FORMS)),
    display=st.sampled_from(sorted(SHOWN)),
    is_sent=st.booleans(),
)
def test_what_is_shown_for_what_was_not_sent_is_said_and_never_believed(
    holder: str, form: str, display: str, *, is_sent: bool
) -> None:
    kind = "Observation" if holder in OF_RESULTS else "Condition"
    name, full_url = FORMS[form]
    reference = {"reference": name.format(kind), **({"display": display} if display else {})}
    entries: list[Json] = [{"resource": referring(holder, reference)}]
    if is_sent:
        code = a_code(B12) if kind == "Observation" else a_code("84027009", SNOMED)
        target = an_observation() if kind == "Observation" else a_resource("Condition")
        target = {**target, "code": code, "id": "x"}
        url = {} if full_url is None else {"fullUrl": full_url.format(kind)}
        entries.append({**url, "resource": target})
    facts = read({"resourceType": "Bundle", "type": "collection", "entry": entries})
    assert ("reference-not-sent" in note_codes(facts)) is not is_sent
    assert (len(facts.results), len(facts.history)) == (
        (int(is_sent), 0) if kind == "Observation" else (0, int(is_sent))
    )
    named = None if is_sent else SHOWN[display]
    refused = {str(one.analyte) for one in facts.refusals}
    assert refused == ({named} if named == "b12_total" and kind == "Observation" else set())
    if kind == "Condition":
        assert ("conditions" in facts.unread) is (named is not None)
    assert "98" not in "".join(note.text for note in facts.notes)


def test_a_result_beside_a_report_stands_for_the_one_that_it_shows() -> None:
    shown = {"reference": "Observation/zz", "display": "Vitamin B12"}
    report = referring("DiagnosticReport", shown) | {"effectiveDateTime": "2026-11-02"}
    facts = read(a_bundle(report, an_observation()))
    assert (len(facts.results), facts.refusals) == (1, ())


REASONS = {
    "Procedure": ("reasonCode", "reasonCodeableConcept", "reason", "outcome", "complication"),
    "MedicationRequest": ("reasonCode", "reason", "statusReason"),
    "MedicationStatement": ("reasonCode", "reasonForUseCodeableConcept", "statusReason"),
    "Condition": ("evidence",),
}
PLACES = [(kind, element) for kind, elements in REASONS.items() for element in elements]
NAMED = [a_code("84027009", SNOMED), {"text": "Pernicious anaemia"}, METFORMIN]


@given(place=st.sampled_from(PLACES), coded=st.sampled_from([*NAMED, HARMLESS, {"text": "Cough"}]))
def test_a_reason_is_no_fact_and_said_wherever_it_stands(
    place: tuple[str, str], coded: Json
) -> None:
    kind, element = place
    value: Json = {"code": [coded]} if element == "evidence" else coded
    if element == "reason":
        value = {"concept": coded}
    members: Json = {element: [value], "status": "completed", "intent": "order"}
    members["code"] = members["medicationCodeableConcept"] = a_code("S01AA01", ATC)
    facts = read(a_bundle(a_resource(kind, **members)))
    said = [note for note in facts.notes if note.code == "detail-not-read"]
    assert (facts.history, facts.diagnoses) == ((), ())
    assert [note.severity for note in said] == ["warning" if coded in NAMED else "information"]


@pytest.mark.parametrize("coded", [a_code("B03BA03", ATC), {"text": "Metformin 500 mg"}])
@pytest.mark.parametrize("is_used", [True, False])
def test_a_medication_that_nothing_refers_to_is_said(coded: Json, *, is_used: bool) -> None:
    held = {"resourceType": "Medication", "id": "m", "code": coded}
    reference = {"reference": "Medication/m" if is_used else "Medication/n"}
    taken = a_resource("MedicationStatement", status="active", medicationReference=reference)
    facts = read(a_bundle(a_patient(), held, taken))
    assert ("not-referred-to" in note_codes(facts)) is not is_used


@pytest.mark.parametrize(
    "alone",
    [
        {"resourceType": "Medication", "code": METFORMIN},
        {"resourceType": "Medication", "code": HARMLESS},
        {"resourceType": "Specimen", "type": a_code("119297000", SNOMED)},
        a_resource("ServiceRequest", status="active", code=a_code(B12)),
    ],
)
def test_what_says_nothing_of_the_patient_alone_is_said(alone: Json) -> None:
    assert note_codes(read(alone)) <= {"not-referred-to", "resource-type-not-read"}
    assert read(alone).notes


def test_a_request_for_a_test_is_said_once() -> None:
    sent = [
        a_resource("ServiceRequest", status="active", code=a_code(code)) for code in (B12, "718-7")
    ]
    assert [note.code for note in read(a_bundle(*sent)).notes] == ["resource-type-not-read"]


def test_a_document_or_report_of_text_alone_is_said() -> None:
    div = {"status": "generated", "div": "<div>Vitamin B12 98 pg/mL</div>"}
    report = a_resource("DiagnosticReport", status="final", code={"text": "Haematology"}, text=div)
    assert {"comment-not-read", "free-text-not-read"} <= note_codes(read(a_bundle(report)))
    section = [{"title": "Problems", "text": div}]
    document = {"resourceType": "Composition", "status": "final", "section": section}
    assert note_codes(read(a_bundle(document))) == {"free-text-not-read"}


ROLE = "http://terminology.hl7.org/CodeSystem/v3-RoleCode"
BY_BLOOD = ("MTH", "NFTH", "SIS", "HBRO", "CHILD", "MAUNT", "GRMTH")
OTHERS = ("HUSB", "WIFE", "SPS", "STPMTH", "ADOPTF", "MTHFOST", "FTHINLAW", "FRND")


@given(code=st.sampled_from(BY_BLOOD + OTHERS))
def test_only_relatives_by_blood_are_family_history(code: str) -> None:
    condition = [{"code": a_code("84027009", SNOMED)}]
    relation = a_code(code, ROLE)
    facts = read(
        a_resource(
            "FamilyMemberHistory", status="completed", relationship=relation, condition=condition
        )
    )
    assert bool(facts.history) is (code in BY_BLOOD)
    assert note_codes(facts) == (set() if code in BY_BLOOD else {"relative-not-by-blood"})


@pytest.mark.parametrize(
    ("kind", "value"),
    [("String", "in the nineties"), ("Age", {"value": 40}), ("Range", {"low": {"value": 30}})],
)
def test_a_time_that_is_no_date_is_said(kind: str, value: object) -> None:
    for resource, element in (("Procedure", "performed"), ("Condition", "onset")):
        sent = a_resource(resource, status="completed", **{element + kind: value})
        sent["code"] = a_code("gastrectomy_total", "https://cobalamin.org/fhir/CodeSystem/history")
        facts = read(sent)
        assert (len(facts.history), note_codes(facts)) == (1, {"time-not-read"})


def test_an_allergy_that_its_text_denies_is_said() -> None:
    code = {**a_code("B03BA03", ATC), "text": "No known allergy to hydroxocobalamin"}
    facts = read(a_resource("AllergyIntolerance", code=code))
    assert note_codes(facts) == {"text-contradicts-code"}

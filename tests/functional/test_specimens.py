"""A result counts only if it was measured in what its code is for, in FHIR and in HL7 v2."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app import post
from cobalamin.service.knowledge.specimens import SpecimenKind, kind_by_code, load_specimens
from fhir_builders import B12, SNOMED, a_bundle, a_code, a_patient, an_observation
from messages import OBR, answered, errors, message, obx, outcome

Json = dict[str, Any]
V2 = "http://terminology.hl7.org/CodeSystem/v2-0487"
KINDS = load_specimens()
CODES = st.sampled_from(sorted(KINDS.codes))
NOT_BLOOD = ("Urine", "24 h urine", "Harn", "CSF", "Liquor cerebrospinalis", "Saliva", "Stool")
BLOOD = ("Serum", "EDTA blood", "Plasma or serum", "Venous blood", "Serum; fasting", "Vollblut")


def assessed(*resources: Json) -> Json:
    answer = post("/v1/assessments?asOf=2026-11-20", a_bundle(a_patient(), *resources))
    found: Json = answer.json or {}
    return found


def specimen(coded: Json, **members: object) -> Json:
    return {"resourceType": "Specimen", "id": "s", "type": coded, **members}


def is_used(found: Json) -> bool:
    refused = "specimen-of-another-kind" in {note["code"] for note in found["notes"]}
    assert (found["outcome"] == "not-assessable") is refused
    return not refused


SYSTEMS = st.sampled_from((SNOMED, V2, None))


@given(CODES, SYSTEMS, st.booleans())
def test_a_serum_code_is_refused_with_any_other_specimen(
    code: str,
    system: str | None,
    contained: bool,  # noqa: FBT001 - drawn
) -> None:
    one = specimen(a_code(code, system))
    reference = {"specimen": {"reference": "#s" if contained else "Specimen/s"}}
    holder = an_observation(**reference, **({"contained": [one]} if contained else {}))
    found = assessed(holder) if contained else assessed(one, holder)
    assert is_used(found) is (kind_by_code(code) is SpecimenKind.blood)


@given(st.sampled_from(NOT_BLOOD + BLOOD), st.sampled_from(("text", "display", "reference")))
def test_words_tell_as_well(words: str, where: str) -> None:
    if where == "reference":
        found = assessed(an_observation(specimen={"display": words}))
    else:
        coding = {"system": "urn:local", "code": "X1", "display": words}
        coded = {"text": words} if where == "text" else {"coding": [coding]}
        one = specimen(coded)
        found = assessed(one, an_observation(specimen={"reference": "Specimen/s"}))
    assert is_used(found) is (words in BLOOD)


@pytest.mark.parametrize("sent", [{"reference": "Specimen/none"}, {"reference": "#none"}, {}, "x"])
def test_a_specimen_that_is_not_sent_leaves_the_result(sent: object) -> None:
    assert is_used(assessed(an_observation(specimen=sent)))


def test_a_kind_that_is_not_known_is_noted() -> None:
    one = specimen({"coding": [{"system": "urn:local", "code": "X1"}]})
    found = assessed(one, an_observation(specimen={"reference": "Specimen/s"}))
    assert is_used(found)
    assert "specimen-not-known" in {note["code"] for note in found["notes"]}


def test_urine_is_right_for_what_is_measured_in_it() -> None:
    urine = specimen(a_code("122575003", SNOMED))
    mma = an_observation(30, "umol/g", code=a_code("13819-8"), specimen={"reference": "Specimen/s"})
    found = assessed(urine, mma, an_observation())
    assert "specimen-of-another-kind" not in {note["code"] for note in found["notes"]}


# --- HL7 v2


def with_source(source: str) -> str:
    fields = (OBR + "|" * 20).split("|")
    fields[15] = source
    return message(obx()).replace(OBR, "|".join(fields))


@pytest.mark.parametrize(
    ("source", "used"),
    [
        ("SER", True),
        ("SER&Serum&HL70070", True),
        ("UR", False),
        ("UR&Urine&HL70070^clean catch", False),
        ("^Urine", False),
        ("CSF", False),
        ("X9", True),
    ],
)
def test_the_source_of_an_order_is_heeded(source: str, *, used: bool) -> None:
    assert outcome(with_source(source))[1] == ("deficient" if used else "")


@pytest.mark.parametrize(
    ("segment", "used"),
    [
        ("SPM|1|||SER^Serum^HL70487", True),
        ("SPM|1|||122575003^Urine specimen^SCT", False),
        ("SPM|1|||258450006^Cerebrospinal fluid^SCT", False),
        ("SPM|1|||L1^Harn^99LAB", False),
        ("SPM|1|||L1^unbekannt^99LAB", True),
    ],
)
def test_the_specimen_segment_is_heeded(segment: str, *, used: bool) -> None:
    sent = message(obx(), segment)
    assert outcome(sent)[1] == ("deficient" if used else "")
    found = {code for _, code in errors(answered(sent))}
    assert ("specimen-of-another-kind" in found) is not used


def test_a_specimen_is_that_of_its_own_order_only() -> None:
    other = obx(code="13819-8", unit="umol/g", value="30")
    sent = message(obx(), "SPM|1|||SER^Serum^HL70487", OBR, other, "SPM|1|||UR^Urine^HL70487")
    assert outcome(sent)[1] == "deficient"
    assert B12 in sent


def a_report(*contained: Json, **members: object) -> Json:
    return {
        "resourceType": "DiagnosticReport",
        "id": "r",
        "status": "final",
        "code": {"text": "Chemistry"},
        "subject": {"reference": "Patient/p1"},
        "contained": list(contained),
        **members,
    }


@pytest.mark.parametrize(("code", "used"), [("122575003", False), ("119364003", True)])
def test_what_a_report_contains_is_of_its_specimen(code: str, *, used: bool) -> None:
    one, result = specimen(a_code(code, SNOMED)), an_observation(id="x")
    assert is_used(assessed(a_report(one, result, specimen=[{"reference": "#s"}]))) is used
    own = {**result, "specimen": {"reference": "#s"}}
    assert is_used(assessed(a_report(one, own))) is used


def test_of_several_specimens_of_a_report_none_is_that_of_a_result() -> None:
    two = [{"display": "Urine"}, {"display": "Serum"}]
    assert is_used(assessed(a_report(an_observation(id="x"), specimen=two)))


OTHERS = (
    {"reference": "Patient/other"},
    {"reference": "http://example.org/fhir/Patient/other/_history/2"},
    {"reference": "Device/d1"},
    {"type": "Group", "display": "Pool 7"},
)
OWN = ({"reference": "Patient/p1"}, {"reference": "http://example.org/fhir/Patient/p1"}, None)


@given(st.sampled_from((*OTHERS, *OWN)), st.booleans())
def test_a_result_from_the_specimen_of_another_person_is_refused(
    subject: Json | None,
    contained: bool,  # noqa: FBT001 - drawn
) -> None:
    one = specimen(a_code("119364003", SNOMED), **({"subject": subject} if subject else {}))
    reference = {"specimen": {"reference": "#s" if contained else "Specimen/s"}}
    holder = an_observation(**reference, **({"contained": [one]} if contained else {}))
    found = assessed(holder) if contained else assessed(one, holder)
    said = "specimen-of-other-patient" in {note["code"] for note in found["notes"]}
    assert (said, found["outcome"] == "not-assessable") == ((subject in OTHERS),) * 2

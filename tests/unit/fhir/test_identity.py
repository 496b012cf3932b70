"""Nothing that is somebody else's counts: identifiers, contained Patients and focus."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cobalamin.fhir.decode.errors import SeveralPatientsError
from cobalamin.service.rules.model.vocabulary import Sex
from fhir_builders import (
    SNOMED,
    a_bundle,
    a_code,
    a_patient,
    a_resource,
    an_observation,
    note_codes,
    prefetched,
    read,
    values_of,
)

Json = dict[str, Any]
B12 = {"b12_total": "98 pg/mL"}
MRN = {"system": "urn:mrn", "value": "123"}
TEXT = st.text(min_size=1, max_size=20)


def identified(**changed: object) -> Json:
    return a_patient(identifier=[{"system": "urn:nhs", "value": "9"}, MRN], **changed)


def by_identifier(**identifier: object) -> Json:
    return an_observation(subject={"identifier": identifier})


def by_contained(**patient: object) -> Json:
    inner = {"resourceType": "Patient", "id": "p", **patient}
    return an_observation(subject={"reference": "#p"}, contained=[inner])


def by_contained_other(kind: str) -> Json:
    inner = {"resourceType": kind, "id": "p", "patient": {"reference": "Patient/p1"}}
    return an_observation(subject={"reference": "#p"}, contained=[inner])


OTHERS = [
    by_contained_other("RelatedPerson"),
    by_contained_other("Group"),
    by_contained_other("Device"),
    by_contained_other("SomethingElse"),
    by_identifier(system="URN:MRN", value="999"),
    by_identifier(system="urn:mrn", value="999"),
    by_identifier(system="urn:mrn/", value="999"),
    an_observation(subject={"reference": "Patient?identifier=urn:mrn|999"}),
    an_observation(subject={"reference": "Patient?identifier=urn%3Amrn%7C999"}),
    an_observation(
        subject={"reference": "Patient/p1", "identifier": {"system": "urn:mrn", "value": "999"}}
    ),
    by_contained(identifier=[{"system": "urn:mrn", "value": "999"}]),
    by_contained(birthDate="1951-03-03"),
]
SAME = [
    by_identifier(**MRN),
    by_identifier(system="urn:mrn", value=" 123 "),
    by_identifier(system="URN:Mrn/", value="123"),
    an_observation(subject={"reference": "Patient?identifier=urn:mrn|123"}),
    by_contained(identifier=[MRN], birthDate="1951-03-03"),
]
UNKNOWN = [
    by_contained(birthDate="1951-03-02"),
    by_identifier(system="urn:other", value="7"),
    by_identifier(value="7"),
    by_contained(name=[{"family": "Example"}]),
    an_observation(subject={"reference": "#nobody"}),
]


@pytest.mark.parametrize("other", OTHERS)
def test_a_result_of_somebody_with_another_identity_never_counts(other: Json) -> None:
    facts = prefetched(patient=identified(), labs=a_bundle(other)).facts
    assert (facts.results, facts.refusals) == ((), ())
    assert "other-patient" in note_codes(facts)
    with pytest.raises(SeveralPatientsError):
        read(a_bundle(identified(), other))


@pytest.mark.parametrize("same", SAME)
def test_a_result_of_the_same_identity_counts(same: Json) -> None:
    facts = prefetched(patient=identified(), labs=a_bundle(same)).facts
    assert values_of(facts) == B12
    assert "subject-missing" not in note_codes(facts)
    assert values_of(read(a_bundle(same, identified()))) == B12


@pytest.mark.parametrize("unknown", UNKNOWN)
def test_an_identity_that_cannot_be_compared_is_said(unknown: Json) -> None:
    facts = prefetched(patient=identified(), labs=a_bundle(unknown)).facts
    assert values_of(facts) == B12
    assert "subject-missing" in note_codes(facts)


def spelled_alike(system: str) -> str:
    plain = system.strip().rstrip("/").casefold()
    return plain.removeprefix("https://").removeprefix("http://")


@given(
    host=st.from_regex(r"[a-z]{1,9}\.[a-z]{2,3}/[a-z0-9]{1,9}", fullmatch=True),
    schemes=st.tuples(*[st.sampled_from(["http://", "https://", "HTTP://"])] * 2),
    write=st.sampled_from([str.upper, str.lower]),
    value=st.sampled_from(["9", "10"]),
)
def test_one_system_is_known_however_it_is_spelled(
    host: str, schemes: tuple[str, str], write: Callable[[str], str], value: str
) -> None:
    patient = a_patient(identifier=[{"system": schemes[0] + host, "value": "9"}])
    sent = schemes[1] + write(host) + "/"
    facts = prefetched(patient=patient, labs=a_bundle(by_identifier(system=sent, value=value)))
    assert values_of(facts.facts) == (B12 if value == "9" else {})


@given(known=st.tuples(TEXT, TEXT), sent=st.tuples(TEXT, TEXT))
def test_an_identifier_of_the_same_system_decides(
    known: tuple[str, str], sent: tuple[str, str]
) -> None:
    patient = a_patient(identifier=[{"system": known[0], "value": known[1]}])
    labs = a_bundle(by_identifier(system=sent[0], value=sent[1]))
    facts = prefetched(patient=patient, labs=labs).facts
    (known_system, known_value), (system, value) = (
        (spelled_alike(pair[0]), pair[1].strip()) for pair in (known, sent)
    )
    is_other = bool(value and known_value) and system == known_system and value != known_value
    assert values_of(facts) == ({} if is_other else B12)


def test_identifiers_of_two_people_without_a_patient_are_refused() -> None:
    both = by_identifier(**MRN), by_identifier(system="urn:mrn", value="999")
    assert len(read(a_bundle(both[0], both[0])).results) == 1
    with pytest.raises(SeveralPatientsError):
        read(a_bundle(*both))


def test_two_patients_without_id_are_told_apart() -> None:
    one, other = a_patient(id=None), a_patient(id=None, birthDate="1960-01-01")
    with pytest.raises(SeveralPatientsError):
        read(a_bundle(one, other))


@pytest.mark.parametrize(
    "subject",
    [
        {"reference": "Group/g1"},
        {"reference": "http://ehr.example.org/fhir/Device/d1"},
        {"reference": "Location/l1/_history/2"},
        {"reference": "RelatedPerson/mother"},
        {"type": "Group", "identifier": {"value": "g"}},
    ],
)
def test_what_is_about_no_patient_costs_nothing_beside_it(subject: Json) -> None:
    facts = read(a_bundle(a_patient(), an_observation(value=1, subject=subject), an_observation()))
    assert values_of(facts) == B12
    assert "other-patient" in note_codes(facts)


# --- focus


@pytest.mark.parametrize("key", ["extension", "another"])
def test_a_focus_by_a_code_is_about_somebody_else(key: str) -> None:
    other = {"url": "http://hl7.org/fhir/StructureDefinition/observation-bodyPosition"}
    focus = {
        "url": "http://hl7.org/fhir/StructureDefinition/observation-focusCode",
        "valueCodeableConcept": a_code("83418008", SNOMED),
    }
    facts = read(
        a_bundle(an_observation(extension=[other, focus] if key == "extension" else [other]))
    )
    assert values_of(facts) == ({} if key == "extension" else B12)
    assert ("focus-not-patient" in note_codes(facts)) is (key == "extension")


@pytest.mark.parametrize(
    "focus",
    [
        [{"reference": "Patient/fetus"}],
        [{"reference": "#fetus"}],
        [{"reference": "Patient/p1"}, {"reference": "RelatedPerson/1"}],
        [{"reference": "Device/1"}],
        [{"display": "fetus"}],
        [{"identifier": {"system": "urn:mrn", "value": "999"}}],
        [{}],
        {"reference": "Patient/fetus"},
        7,
    ],
)
def test_a_value_with_another_focus_is_not_the_patients(focus: object) -> None:
    facts = prefetched(patient=identified(), labs=a_bundle(an_observation(focus=focus))).facts
    assert facts.results == ()
    assert "focus-not-patient" in note_codes(facts)


@pytest.mark.parametrize(
    "focus",
    [None, [], [{"reference": "Patient/p1"}], [{"reference": "https://a/Patient/p1/_history/2"}]],
)
def test_a_value_with_the_patient_as_focus_counts(focus: object) -> None:
    facts = prefetched(patient=identified(), labs=a_bundle(an_observation(focus=focus))).facts
    assert values_of(facts) == B12


# --- reports with a contained Patient


def a_report(*contained: Json, **changed: object) -> Json:
    members = {"status": "final", "effectiveDateTime": "2026-11-02", **changed}
    return a_resource("DiagnosticReport", contained=[*contained], **members)


def test_a_report_brings_its_patient_and_the_time_of_its_results() -> None:
    inner = {"resourceType": "Patient", "id": "p", "gender": "female", "birthDate": "1951-03-02"}
    result = an_observation(subject={"reference": "#p"}, effectiveDateTime=None)
    report = a_report(inner, result, subject={"reference": "#p"})
    facts = read(a_bundle(report))
    assert facts.patient.sex is Sex.female
    assert facts.patient.birth_date is not None
    (found,) = facts.results
    assert found.on.text == "2026-11-02"
    assert read(report).results == facts.results


def test_a_contained_patient_is_not_the_one_of_the_request_unless_it_says_so() -> None:
    inner = {"resourceType": "Patient", "id": "p", "gender": "male", "birthDate": "1999-01-01"}
    report = a_report(inner, an_observation(subject=None), subject={"reference": "#p"})
    facts = prefetched(patient=identified(gender=None), labs=a_bundle(report)).facts
    assert facts.patient.sex is None
    assert facts.results == ()
    own = {**inner, "birthDate": "1951-03-02", "identifier": [MRN]}
    report = a_report(own, an_observation(subject=None), subject={"reference": "#p"})
    facts = prefetched(patient=identified(gender=None), labs=a_bundle(report)).facts
    assert facts.patient.sex is Sex.male
    assert values_of(facts) == B12


def test_what_a_report_of_somebody_else_contains_is_not_counted() -> None:
    report = a_report(an_observation(subject=None), subject={"reference": "Patient/p2"})
    facts = prefetched(patient=a_patient(), labs=a_bundle(report)).facts
    assert facts.results == ()
    assert "other-patient" in note_codes(facts)

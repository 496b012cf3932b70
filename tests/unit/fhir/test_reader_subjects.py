"""Whose each resource is, and what the Patient says."""

import pytest

from cobalamin.fhir.decode.errors import SeveralPatientsError
from cobalamin.service.rules.model.vocabulary import Sex
from fhir_builders import (
    a_bundle,
    a_patient,
    a_resource,
    an_observation,
    note_codes,
    prefetched,
    read,
    values_of,
)

B12 = {"b12_total": "98 pg/mL"}


@pytest.mark.parametrize(
    "reference",
    [
        "Patient/p1",
        "https://fhir.example.org/r4/Patient/p1",
        "Patient/p1/_history/3",
        "https://fhir.example.org/r4/Patient/p1/_history/3",
        "#p",
    ],
)
@pytest.mark.parametrize("patient_id", ["p1", "Patient/p1"])
def test_every_way_to_name_the_patient_is_understood(reference: str, patient_id: str) -> None:
    labs = a_bundle(an_observation(subject={"reference": reference}))
    facts = prefetched(patient_id, patient=a_patient(), labs=labs).facts
    assert values_of(facts) == B12


def test_a_patient_may_be_named_by_the_address_of_the_entry() -> None:
    bundle = a_bundle(a_patient(), an_observation(subject={"reference": "urn:uuid:1"}))
    bundle["entry"][0]["fullUrl"] = "urn:uuid:1"
    assert values_of(read(bundle)) == B12
    facts = prefetched(patient=a_patient(), labs=bundle).facts
    assert values_of(facts) == B12


@pytest.mark.parametrize("subject", [None, {}, {"display": "Mrs Smith"}])
def test_a_result_without_subject_is_the_patients(subject: object) -> None:
    facts = prefetched(patient=a_patient(), labs=a_bundle(an_observation(subject=subject))).facts
    assert values_of(facts) == B12
    assert "subject-missing" in note_codes(facts)


@pytest.mark.parametrize("reference", ["Patient/p2", "Group/p1", "urn:uuid:2"])
def test_a_result_of_another_subject_is_passed_over_and_said(reference: str) -> None:
    other = an_observation(subject={"reference": reference})
    facts = prefetched(patient=a_patient(), labs=a_bundle(other)).facts
    assert (facts.results, facts.refusals) == ((), ())
    (note,) = [note for note in facts.notes if note.code == "other-patient"]
    assert note.where == "prefetch.labs.entry[0].resource.subject"
    assert reference not in note.text


def test_another_patient_than_that_of_the_request_is_not_read() -> None:
    facts = prefetched(patient=a_patient(id="p2", gender="male")).facts
    assert facts.patient.sex is None
    assert "patient-differs" in note_codes(facts)


@pytest.mark.parametrize("kind", ["AllergyIntolerance", "FamilyMemberHistory", "Condition"])
def test_other_resources_of_another_patient_are_passed_over(kind: str) -> None:
    code = {"coding": [{"system": "http://hl7.org/fhir/sid/icd-10", "code": "D51.0"}]}
    whose = {"reference": "Patient/p2"}
    other = a_resource(kind, code=code, patient=whose, subject=whose)
    facts = prefetched(conditions=a_bundle(other)).facts
    assert facts.history == ()


# --- a body without a patient id


def test_a_bundle_without_patient_and_subjects_is_one_patient() -> None:
    assert values_of(read(a_bundle(an_observation(subject=None)))) == B12


def test_a_patient_without_id_takes_the_name_that_others_use() -> None:
    assert values_of(read(a_bundle(a_patient(id=None), an_observation()))) == B12


@pytest.mark.parametrize(
    ("resources", "where"),
    [
        ((a_patient(), a_patient(id="p2")), "Bundle.entry[1].resource"),
        (
            (a_patient(), an_observation(subject={"reference": "Patient/p2"})),
            "Bundle.entry[1].resource.subject",
        ),
        (
            (an_observation(), an_observation(subject={"reference": "Patient/p2"})),
            "Bundle.entry[1].resource.subject",
        ),
    ],
)
def test_a_body_about_two_patients_is_refused_with_its_path(
    resources: tuple[dict[str, object], ...], where: str
) -> None:
    with pytest.raises(SeveralPatientsError) as caught:
        read(a_bundle(*resources))
    assert caught.value.where == where
    assert "p2" not in str(caught.value)


def test_a_patient_sent_twice_is_one_patient() -> None:
    assert read(a_bundle(a_patient(), a_patient(gender=None))).patient.sex is Sex.female


# --- the Patient


@pytest.mark.parametrize(
    ("gender", "sex"),
    [("female", Sex.female), ("Male", Sex.male), ("other", None), ("unknown", None), (None, None)],
)
def test_sex_is_female_male_or_not_known(gender: str | None, sex: Sex | None) -> None:
    assert read(a_patient(gender=gender)).patient.sex is sex


def test_a_partial_birth_date_is_kept_partial() -> None:
    born = read(a_patient(birthDate="1951")).patient.birth_date
    assert born is not None
    assert (born.first.isoformat(), born.last.isoformat()) == ("1951-01-01", "1951-12-31")


def test_a_birth_date_that_is_none_is_said() -> None:
    facts = read(a_patient(birthDate="02/03/1951"))
    assert facts.patient.birth_date is None
    assert note_codes(facts) == {"birth-date-not-read"}


@pytest.mark.parametrize("deceased", [{"deceasedBoolean": True}, {"deceasedDateTime": "2026"}])
def test_a_death_is_said(deceased: dict[str, object]) -> None:
    assert note_codes(read(a_patient(**deceased))) == {"patient-deceased"}

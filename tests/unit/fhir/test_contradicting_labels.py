"""A label that names something else than the code beside it, or whose subject is nobody known."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fhir_builders import (
    LOINC,
    a_bundle,
    a_patient,
    a_quantity,
    an_observation,
    note_codes,
    prefetched,
    read,
    refused,
)

Json = dict[str, Any]
RESULTS = {
    "2132-9": a_quantity(98, "pg/mL"),
    "14685-2": a_quantity(98, "pmol/L"),
    "72160-5": a_quantity(30, "pmol/L"),
    "13964-2": a_quantity(500, "nmol/L"),
    "13965-9": a_quantity(30, "umol/L"),
}
OWN = {
    "2132-9": ["Vitamin B12", "Cobalamin (Vitamin B12) [Mass/volume] in Serum or Plasma", "B12"],
    "14685-2": ["Vitamin B12 and folate", "Vit. B12", "S-Kobalamin"],
    "72160-5": ["Holotranscobalamin", "Vitamin B12, active", "Vitamin B12"],
    "13964-2": ["Methylmalonic acid", "MMA (vitamin B12 deficiency)", "Methylmalonate, serum"],
    "13965-9": ["Homocysteine", "Homocystein i P", "Total homocysteine"],
}
OTHERS = ["Haemoglobin", "Serum folate", "Ferritin", "MCV", "Creatinine", "Platelets"]
FLUIDS = [
    "Vitamin B12 in CSF",
    "MMA, urine",
    "Homocysteine, cerebrospinal fluid",
    "Urine cobalamin",
]


def labelled(code: str, label: str, member: str) -> Json:
    coding = {"system": LOINC, "code": code}
    coded: Json = {"coding": [coding], "text": label}
    if member == "display":
        coded = {"coding": [{**coding, "display": label}]}
    return an_observation(code=coded, valueQuantity=RESULTS[code])


CODES = st.sampled_from(sorted(RESULTS))
MEMBERS = st.sampled_from(["text", "display"])


@given(code=CODES, label=st.sampled_from(OTHERS), member=MEMBERS)
def test_a_label_of_another_result_refuses_it(code: str, label: str, member: str) -> None:
    assert refused(labelled(code, label, member))[0] == "text-names-another"


@given(code=CODES, label=st.sampled_from(FLUIDS), member=MEMBERS)
def test_a_label_of_another_fluid_refuses_it(code: str, label: str, member: str) -> None:
    issue, _ = refused(labelled(code, label, member))
    assert issue in ("text-names-another", "specimen-of-another-kind")


@given(data=st.data(), code=CODES, member=MEMBERS)
def test_its_own_label_takes_nothing_away(data: st.DataObject, code: str, member: str) -> None:
    facts = read(labelled(code, data.draw(st.sampled_from(OWN[code])), member))
    assert (len(facts.results), facts.refusals) == (1, ())


@given(code=CODES, label=st.text(max_size=30), member=MEMBERS)
def test_any_other_label_is_read_or_refused_in_words(code: str, label: str, member: str) -> None:
    facts = read(labelled(code, label, member))
    assert len(facts.results) + len(facts.refusals) == 1


@pytest.mark.parametrize(
    "label", ["B12 binding capacity", "Unsaturated B12 binding", "B12 antibody"]
)
def test_what_only_begins_with_its_name_is_something_else(label: str) -> None:
    assert refused(labelled("2132-9", label, "text"))[0] == "text-names-another"


# --- subjects that say little


@pytest.mark.parametrize("subject", [{"display": "Somebody"}, {"reference": "#nobody"}])
def test_a_subject_that_cannot_be_compared_is_said(subject: Json) -> None:
    sent = an_observation(subject=subject)
    assert "subject-missing" in note_codes(read(a_bundle(a_patient(), sent)))
    assert "subject-missing" in note_codes(prefetched(labs=a_bundle(sent)).facts)


@pytest.mark.parametrize("kind", ["Device", "Group", "RelatedPerson", "Location"])
def test_a_subject_of_another_type_is_not_the_patient(kind: str) -> None:
    for subject in ({"type": kind}, {"type": kind, "reference": "Patient/p1"}):
        facts = prefetched(labs=a_bundle(an_observation(subject=subject))).facts
        assert (facts.results, "other-patient" in note_codes(facts)) == ((), True)
    own = {"type": "Patient", "reference": "Patient/p1"}
    assert len(prefetched(labs=a_bundle(an_observation(subject=own))).facts.results) == 1


def test_a_period_that_ends_before_it_starts_is_no_time() -> None:
    period = {"start": "2026-11-02", "end": "2020-01-01"}
    sent = an_observation(effectiveDateTime=None, effectivePeriod=period)
    assert refused(sent)[0] == "date-not-read"

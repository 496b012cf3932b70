"""A label that names something else than the code beside it, or whose subject is nobody known."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fhir_builders import (
    HISTORY,
    LOINC,
    a_bundle,
    a_code,
    a_patient,
    a_quantity,
    a_resource,
    an_observation,
    note_codes,
    prefetched,
    read,
    refused,
)
from orders import a_test, answer, medicine, order_call, reasons

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


# --- statuses in words, ends without a status, texts that deny


def condition(**members: object) -> Json:
    code = a_code("nitrous_oxide_recreational", HISTORY)
    return a_resource("Condition", code=code, **members)


@given(
    word=st.sampled_from(["Refuted", "refuted", "Entered in error", "entered-in-error"]),
    member=st.sampled_from(["text", "display", "code"]),
)
def test_a_status_in_words_is_read_as_the_code(word: str, member: str) -> None:
    status = {"text": word} if member == "text" else {"coding": [{member: word}]}
    facts = read(a_bundle(condition(verificationStatus=status)))
    assert (facts.history, "not-established" in note_codes(facts)) == ((), True)


@given(word=st.sampled_from(["Resolved", "inactive", "Remission"]), is_text=st.booleans())
def test_a_clinical_status_in_words_is_over_as_well(word: str, *, is_text: bool) -> None:
    status = {"text": word} if is_text else {"coding": [{"display": word}]}
    (fact,) = read(a_bundle(condition(clinicalStatus=status))).history
    assert not fact.active


@pytest.mark.parametrize("element", ["clinicalStatus", "verificationStatus"])
def test_a_status_that_fhir_has_not_is_said(element: str) -> None:
    facts = read(a_bundle(condition(**{element: {"coding": [{"code": "nobody-knows"}]}})))
    assert "status-not-known" in note_codes(facts)
    allergy = a_resource(
        "AllergyIntolerance",
        code=a_code("cobalamin_allergy", HISTORY),
        **{element: {"text": "nobody knows"}},
    )
    assert "status-not-known" in note_codes(read(a_bundle(allergy)))


@pytest.mark.parametrize(
    ("end", "is_over"),
    [
        ({"abatementString": "2010"}, True),
        ({"abatementBoolean": True}, True),
        ({"abatementBoolean": False}, False),
        ({"abatementAge": {"value": 30, "unit": "a"}}, True),
        ({"abatementRange": {"low": {"value": 1}}}, True),
        ({"abatementDateTime": "2010-01-01"}, True),
        ({"abatementDateTime": "2010-01-01", "clinicalStatus": {"text": "active"}}, False),
        ({}, False),
    ],
)
def test_an_end_without_a_clinical_status_ends_it(end: Json, *, is_over: bool) -> None:
    (fact,) = read(a_bundle(condition(**end))).history
    assert fact.active is not is_over


@pytest.mark.parametrize(
    "text", ["No Crohn's disease", "? Crohn", "Family history of Crohn's", "Suspected Crohn's"]
)
@pytest.mark.parametrize("kind", ["Condition", "Procedure"])
def test_a_text_that_denies_its_code_is_said(kind: str, text: str) -> None:
    status = {"status": "completed"} if kind == "Procedure" else {}
    coded = {**a_code("gastrectomy_total", HISTORY), "text": text}
    assert "text-contradicts-code" in note_codes(
        read(a_bundle(a_resource(kind, code=coded, **status)))
    )
    said = {**coded, "text": "Crohn's disease without bleeding, not active"}
    facts = read(a_bundle(a_resource(kind, code=said, **status)))
    assert "text-contradicts-code" not in note_codes(facts)


# --- medicines and orders

RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"


def medicine_named(code: str, text: str) -> Json:
    coded = {**a_code(code, RXNORM), "text": text}
    return a_resource(
        "MedicationRequest", status="active", intent="order", medicationCodeableConcept=coded
    )


@pytest.mark.parametrize(
    ("code", "text", "differs"),
    [
        ("6809", "Folic acid 5 mg", True),
        ("6809", "Neo-Cytamen", True),
        ("6809", "Glucophage 500", False),
        ("6809", "Metformin with folic acid", False),
        ("6809", "one tablet", False),
        ("4511", "Vitamin B12 1 mg", True),
    ],
)
def test_a_medicine_whose_text_names_another_leaves_its_list_not_known(
    code: str, text: str, *, differs: bool
) -> None:
    facts = read(a_bundle(medicine_named(code, text)))
    assert ("text-contradicts-code" in note_codes(facts)) is differs
    assert ("medications" in facts.unread) is differs
    assert facts.history


def test_a_medication_that_was_entered_in_error_is_none() -> None:
    product = {"resourceType": "Medication", "id": "m", "code": a_code("6809", RXNORM)}
    order = a_resource(
        "MedicationRequest",
        status="active",
        intent="order",
        medicationReference={"reference": "Medication/m"},
    )
    assert read(a_bundle(order, product)).history
    facts = read(a_bundle(order, {**product, "status": "entered-in-error"}))
    assert (facts.history, "entered-in-error" in note_codes(facts)) == ((), True)


def ordered(draft: Json) -> list[str]:
    return reasons(answer(order_call(draft)))


def test_an_order_whose_text_names_something_else_is_not_taken_for_harmless() -> None:
    blood = a_test("t", "718-7")
    assert ordered(blood) == ["order-no-concern"]
    for text in ("Hydroxocobalamin injection", "Vitamin B12 level"):
        assert ordered({**blood, "code": {**blood["code"], "text": text}}) == ["order-not-read"]
    metformin = medicine("m", "6809")
    coded = {**metformin["medicationCodeableConcept"], "text": "Folic acid 5 mg"}
    assert "order-not-read" in ordered({**metformin, "medicationCodeableConcept": coded})

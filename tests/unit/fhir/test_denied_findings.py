"""What denies a code, answers no question or is on hold is never counted in silence."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fhir_builders import (
    HISTORY,
    INTERPRETATION,
    SNOMED,
    a_bundle,
    a_code,
    a_resource,
    an_observation,
    note_codes,
    read,
)

Json = dict[str, Any]
PARAESTHESIA = a_code("91019004", SNOMED)
TRUTHS: dict[str, Json] = {
    "code": {"code": PARAESTHESIA},
    "value": {"code": a_code("75325-1"), "valueCodeableConcept": PARAESTHESIA},
    "yes": {"code": PARAESTHESIA, "valueBoolean": True},
    "no": {"code": PARAESTHESIA, "valueBoolean": False},
}


@given(
    said=st.sampled_from(sorted(TRUTHS)), flag=st.sampled_from(["NEG", "POS", "N", "A", "H", "zz"])
)
def test_an_interpretation_that_denies_a_symptom_is_never_passed_over(said: str, flag: str) -> None:
    interpretation = [a_code(flag, INTERPRETATION)]
    sent = {"valueQuantity": None, **TRUTHS[said], "interpretation": interpretation}
    facts = read(an_observation(**sent))
    present = [fact.present for fact in facts.features]
    is_denied = flag in ("NEG", "N")
    if said == "no":
        assert present == ([] if flag == "POS" else [False])
    elif flag == "NEG" and said != "yes":
        assert present == [False]
    else:
        assert present == ([] if is_denied else [True])
    assert bool(facts.notes) is (present != [said != "no"] or flag == "zz")


DENIALS = ["No {}", "Denies {}", "?{}", "{} ruled out", "{} - NOT TAKING", "{} (patient declined)"]
CODED_ELSEWHERE: dict[str, Any] = {
    "Condition": lambda coded: a_resource("Condition", code=coded),
    "Procedure": lambda coded: a_resource("Procedure", status="completed", code=coded),
    "MedicationStatement": lambda coded: a_resource(
        "MedicationStatement", status="active", medicationCodeableConcept=coded
    ),
    "FamilyMemberHistory": lambda coded: a_resource(
        "FamilyMemberHistory", status="completed", condition=[{"code": coded}]
    ),
    "Observation": lambda coded: an_observation(code=coded, valueQuantity=None),
}
CODE_OF = {
    "Condition": (SNOMED, "84027009"),
    "Procedure": (HISTORY, "gastrectomy_total"),
    "MedicationStatement": ("http://www.whocc.no/atc", "A10BA02"),
    "FamilyMemberHistory": (SNOMED, "84027009"),
    "Observation": (SNOMED, "91019004"),
}


@given(
    kind=st.sampled_from(sorted(CODE_OF)),
    denial=st.sampled_from(DENIALS),
    member=st.sampled_from(["text", "display"]),
)
def test_a_name_that_denies_its_code_is_said_wherever_it_stands(
    kind: str, denial: str, member: str
) -> None:
    system, code = CODE_OF[kind]
    for text, is_denied in (("it", False), (denial.format("it"), True)):
        coding = {"system": system, "code": code}
        coded = {"coding": [coding], "text": text}
        if member == "display":
            coded = {"coding": [{**coding, "display": text}]}
        facts = read(a_bundle(CODED_ELSEWHERE[kind](coded)))
        assert ("text-contradicts-code" in note_codes(facts)) is is_denied


@given(
    code=st.sampled_from(["10828004", "260385009", "52101004", "2667000"]),
    text=st.sampled_from(["Positive", "Negative", "Present", "Absent", "see comment"]),
)
def test_a_value_whose_text_says_otherwise_is_not_read(code: str, text: str) -> None:
    value = {"coding": [{"system": SNOMED, "code": code}], "text": text}
    antibody = an_observation(
        code=a_code("31444-3"), valueQuantity=None, valueCodeableConcept=value
    )
    is_positive = code in ("10828004", "52101004")
    agrees = text == "see comment" or (text in ("Positive", "Present")) is is_positive
    facts = read(antibody)
    assert [one.finding for one in facts.results] == (
        ["positive" if is_positive else "negative"] if agrees else []
    )
    assert agrees or {one.code for one in facts.refusals} == {"value-not-read"}


STATUS = "http://terminology.hl7.org/CodeSystem/condition-ver-status"


@given(code=st.sampled_from(["refuted", "entered-in-error", "confirmed"]), after=st.booleans())
def test_a_status_of_fhir_counts_before_a_local_one(code: str, after: bool) -> None:  # noqa: FBT001
    codings = [{"system": "urn:local", "code": "C"}, {"system": STATUS, "code": code}]
    status = {"coding": codings if after else codings[::-1]}
    pernicious = a_code("84027009", SNOMED)
    facts = read(a_bundle(a_resource("Condition", code=pernicious, verificationStatus=status)))
    assert bool(facts.history) is (code == "confirmed")
    assert facts.history or note_codes(facts) == {"not-established"}


@pytest.mark.parametrize("kind", ["MedicationStatement", "MedicationAdministration"])
def test_vitamin_b12_on_hold_is_not_a_treatment_that_goes_on(kind: str) -> None:
    b12 = a_code("B03BA03", "http://www.whocc.no/atc")
    facts = read(a_bundle(a_resource(kind, status="on-hold", medicationCodeableConcept=b12)))
    assert [fact.active for fact in facts.history] == [False]
    assert note_codes(facts) == {"not-in-use"}


# A symptom is the value itself, so it is told as a code is.
OF_SYMPTOM = {
    "value-missing": {"code-missing"},
    "value-not-read": {"free-text-not-read", "code-missing"},
}
QUESTIONS = {"82810-3": "Not pregnant", "72166-2": "Never smoker", "75325-1": "Pins and needles"}


@pytest.mark.parametrize("code", QUESTIONS)
@pytest.mark.parametrize(
    ("answer", "note"),
    [
        ({"valueCodeableConcept": {"text": "TEXT"}}, ""),
        ({"valueString": "TEXT"}, "value-not-read"),
        ({"valueBoolean": False}, "value-not-read"),
        ({"dataAbsentReason": {"text": "not asked"}}, "value-absent"),
        ({}, "value-missing"),
    ],
)
def test_an_answer_that_is_not_read_is_said(code: str, answer: Json, note: str) -> None:
    filled = json.loads(json.dumps(answer).replace("TEXT", QUESTIONS[code]))
    facts = read(an_observation(code=a_code(code), valueQuantity=None, **filled))
    assert (facts.history, facts.features, facts.patient.pregnant) == ((), (), None)
    said = {note, *OF_SYMPTOM.get(note, ())} if code == "75325-1" else {note}
    assert not note or not said.isdisjoint(note_codes(facts))
    assert facts.notes


def test_a_symptom_that_was_asked_for_and_not_told_is_said() -> None:
    reason = {"dataAbsentReason": {"text": "asked but declined"}}
    facts = read(an_observation(code=PARAESTHESIA, valueQuantity=None, **reason))
    assert (facts.features, note_codes(facts)) == ((), {"value-absent"})

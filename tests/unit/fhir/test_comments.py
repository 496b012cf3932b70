"""Comments, methods and interpretations beside a result: none is silent, and none is a fact."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fhir_builders import (
    INTERPRETATION,
    SNOMED,
    a_bundle,
    a_code,
    a_resource,
    an_observation,
    note_codes,
    read,
    refused,
)

Json = dict[str, Any]
TEXT = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=80)
MEDICINE = {"medicationCodeableConcept": a_code("B03BB01", "http://www.whocc.no/atc")}
COMMENTED: dict[str, tuple[str, Json]] = {
    "result": ("note", an_observation()),
    "result of STU3": ("comment", an_observation()),
    "result of DSTU2": ("comments", an_observation()),
    "report": ("conclusion", a_resource("DiagnosticReport", status="final")),
    "diagnosis": ("note", a_resource("Condition", code=a_code("84027009", SNOMED))),
    "operation": (
        "note",
        a_resource("Procedure", status="completed", code=a_code("26452005", SNOMED)),
    ),
    "order": (
        "note",
        a_resource("MedicationRequest", status="active", intent="order", **MEDICINE),
    ),
    "statement": ("note", a_resource("MedicationStatement", status="active", **MEDICINE)),
}
DOUBTS = ["Sample haemolysed", "Probe hämolytisch, nicht verwertbar.", "Clotted. Please resend"]
TREATED = ["On hydroxocobalamin since 2020", "Received B12 injection yesterday"]


def commented(kind: str, text: str) -> Json:
    element, resource = COMMENTED[kind]
    plain = element in ("comment", "comments", "conclusion")
    return {**resource, element: text if plain else [{"text": text}]}


@given(kind=st.sampled_from(sorted(COMMENTED)), text=TEXT)
def test_any_comment_is_said_and_changes_no_fact(kind: str, text: str) -> None:
    facts, plain = (read(a_bundle(one)) for one in (commented(kind, text), COMMENTED[kind][1]))
    assert note_codes(facts) - note_codes(plain) == {"comment-not-read"}
    assert msgspec.structs.replace(facts, notes=plain.notes) == plain


@pytest.mark.parametrize("text", [*DOUBTS, *TREATED])
@pytest.mark.parametrize("kind", ["result", "result of STU3", "report"])
def test_what_bears_on_the_result_warns(kind: str, text: str) -> None:
    facts = read(a_bundle(commented(kind, text)))
    assert {note.severity for note in facts.notes if note.code == "comment-not-read"} == {
        "information",
        "warning",
    }
    assert text not in str(facts.notes)


def test_a_comment_on_a_medicine_may_name_another() -> None:
    facts = read(a_bundle(commented("order", "give with vitamin B12 1000 ug")))
    assert [n.severity for n in facts.notes if n.code == "comment-not-read"][-1] == "warning"


@pytest.mark.parametrize(
    "text", ["Family history only", "Verdacht auf, nicht bestätigt", "recorded in error"]
)
@pytest.mark.parametrize("kind", ["diagnosis", "statement", "result"])
def test_a_comment_that_doubts_what_it_is_beside_warns(kind: str, text: str) -> None:
    facts = read(a_bundle(commented(kind, text)))
    assert [n.severity for n in facts.notes if n.code == "comment-not-read"][-1] == "warning"


def test_a_comment_on_a_relative_may_name_the_condition() -> None:
    sent = a_resource("FamilyMemberHistory", status="partial", note=[{"text": "mother had PA, "}])
    named = {**sent, "note": [{"text": "mother: pernicious anaemia"}]}
    severities = [[n.severity for n in read(a_bundle(one)).notes] for one in (sent, named)]
    assert severities == [["information"], ["information", "warning"]]


def test_a_thousand_comments_are_said_once() -> None:
    sent = [commented("result", f"comment {number}") for number in range(1000)]
    notes = read(a_bundle(*sent)).notes
    assert [note.code for note in notes].count("comment-not-read") == 1


def test_names_are_looked_for_in_so_many_texts_and_no_more() -> None:
    notes = [{"text": "a"}] * 3000
    facts = read(an_observation(note=[*notes, {"text": DOUBTS[0]}]))
    assert [n.severity for n in facts.notes if n.code == "comment-not-read"] == ["information"]


# --- the method


@given(st.sampled_from(["Holotranscobalamin immunoassay", "HoloTC", "aktives Vitamin B12"]))
def test_total_b12_measured_as_the_active_one_is_refused(text: str) -> None:
    assert refused(an_observation(method={"text": text})) == (
        "text-names-another",
        "Observation.method",
    )
    coded = {"coding": [{"code": "x", "display": text}]}
    assert refused(an_observation(method=coded))[0] == "text-names-another"


@given(st.one_of(TEXT, st.just("Competitive binding to intrinsic factor"), st.just("GC-MS")))
def test_any_other_method_is_no_contradiction(text: str) -> None:
    assert len(read(an_observation(method={"text": text})).results) == 1


# --- the interpretation


@given(
    st.from_regex(r"[A-Z]{4,6}[0-9]", fullmatch=True), st.sampled_from([INTERPRETATION, "x", None])
)
def test_an_interpretation_that_is_not_known_is_said(code: str, system: str | None) -> None:
    for sent in ([a_code(code, system)], [a_code("L", INTERPRETATION), a_code(code, system)]):
        facts = read(an_observation(interpretation=sent))
        assert (len(facts.results), note_codes(facts)) == (1, {"interpretation-not-read"})


@pytest.mark.parametrize("codes", [("L", "H"), ("N", "A")])
def test_interpretations_that_exclude_each_other_are_said(codes: tuple[str, ...]) -> None:
    sent = [a_code(code, INTERPRETATION) for code in codes]
    assert note_codes(read(an_observation(interpretation=sent))) == {"interpretation-not-read"}


@pytest.mark.parametrize("sent", [[], None, [a_code("L", INTERPRETATION)]])
def test_a_known_interpretation_is_not(sent: object) -> None:
    assert note_codes(read(an_observation(interpretation=sent))) == set()


@pytest.mark.parametrize("system", [INTERPRETATION, "http://hl7.org/fhir/v2/0078", None])
def test_a_result_that_failed_its_control_is_refused(system: str | None) -> None:
    sent = [a_code("QCF", system)]
    assert refused(an_observation(interpretation=sent)) == (
        "quality-control-failed",
        "Observation.interpretation",
    )


# --- texts and specimens


@given(st.sampled_from(["Vitamin B12 120 ng/L low", *DOUBTS, *TREATED]))
def test_a_result_of_an_unknown_code_that_is_a_text_warns(text: str) -> None:
    local = a_code("comment", "urn:oid:1.2.3")
    facts = read(an_observation(code=local, valueQuantity=None, valueString=text))
    assert (facts.results, "comment-not-read" in note_codes(facts)) == ((), True)


CONDITIONS = st.from_regex(r"[A-Z]{2,5}", fullmatch=True).filter(
    lambda code: code not in {"COOL", "FROZ", "LIVE", "ROOM"}
)


@given(code=CONDITIONS, beside=st.sampled_from([[], [a_code("COOL", None)]]))
def test_the_condition_of_a_specimen_is_said(code: str, beside: list[Json]) -> None:
    specimen = {"resourceType": "Specimen", "id": "s", "condition": [*beside, a_code(code, None)]}
    sent = an_observation(contained=[specimen], specimen={"reference": "#s"})
    facts = read(sent)
    assert (len(facts.results), note_codes(facts)) == (1, {"specimen-condition"})

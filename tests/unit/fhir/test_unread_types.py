"""Types of resources that are not read, and name what matters: said, and never a fact."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fhir_builders import (
    SNOMED,
    a_bundle,
    a_code,
    a_resource,
    an_observation,
    note_codes,
    prefetched,
    read,
)

Json = dict[str, Any]
NAMES = ("Vitamin B12 injection", "Hydroxocobalamin 1 mg", "cobalamin", "Neo-Cytamen", "Metformin")
MEMBERS: dict[str, Any] = {
    "Basic": lambda name: {"code": {"text": name}},
    "BodyStructure": lambda name: {"morphology": {"text": name}},
    "ImagingStudy": lambda name: {"description": name},
    "Media": lambda name: {"content": {"title": name}},
    "Immunization": lambda name: {"vaccineCode": {"text": name}},
    "Flag": lambda name: {"code": {"coding": [{"display": name}]}},
    "Goal": lambda name: {"description": {"text": name}},
    "CarePlan": lambda name: {"activity": [{"detail": {"code": {"text": name}}}]},
    "Appointment": lambda name: {"serviceType": [{"text": name}]},
    "ChargeItem": lambda name: {"productCodeableConcept": {"text": name}},
    "Communication": lambda name: {"payload": [{"contentString": name}]},
    "DetectedIssue": lambda name: {"detail": name},
    "DiagnosticOrder": lambda name: {"item": [{"code": {"text": name}}]},
    "DocumentReference": lambda name: {"content": [{"attachment": {"title": name}}]},
    "Encounter": lambda name: {"reasonCode": [{"text": name}]},
    "List": lambda name: {"title": name},
    "ReferralRequest": lambda name: {"reason": {"text": name}},
    "RequestGroup": lambda name: {"action": [{"title": name}]},
    "ServiceRequest": lambda name: {"code": {"coding": [{"display": name}]}},
    "SupplyDelivery": lambda name: {"suppliedItem": {"itemCodeableConcept": {"text": name}}},
    "SupplyRequest": lambda name: {"itemCodeableConcept": {"text": name}},
    "Task": lambda name: {"input": [{"valueString": name}]},
}
LISTS = {
    "Immunization": "administrations",
    "ChargeItem": "administrations",
    "SupplyDelivery": "administrations",
    "Flag": "conditions",
    "CarePlan": "medications",
}


@given(kind=st.sampled_from(sorted(MEMBERS)), name=st.sampled_from(NAMES))
def test_a_type_that_is_not_read_says_so_where_it_names_what_matters(kind: str, name: str) -> None:
    facts = read(a_bundle(a_resource(kind, **MEMBERS[kind](name))))
    assert (facts.history, note_codes(facts)) == ((), {"resource-type-not-read"})
    assert set(facts.unread) == ({LISTS[kind]} if kind in LISTS else set())
    assert name not in str(facts.notes)


@pytest.mark.parametrize("title", ["Vitamin B12 injections every 3 months", "Folic acid"])
def test_the_title_of_a_plan_is_looked_at(title: str) -> None:
    facts = read(a_bundle(a_resource("CarePlan", title=title)))
    assert note_codes(facts) == {"resource-type-not-read"}


CODED = [
    a_code("B03BA03", "http://www.whocc.no/atc"),
    a_code("84027009", SNOMED),
    a_code("D51.0", "http://hl7.org/fhir/sid/icd-10"),
    a_code("309593", "http://www.nlm.nih.gov/research/umls/rxnorm"),
]
PLACES: dict[str, Any] = {
    "Immunization": lambda coded: {"vaccineCode": coded},
    "Flag": lambda coded: {"code": coded},
    "CarePlan": lambda coded: {"activity": [{"detail": {"code": coded}}]},
    "Encounter": lambda coded: {"reasonCode": [coded]},
    "RiskAssessment": lambda coded: {"prediction": [{"outcome": coded}]},
    "ServiceRequest": lambda coded: {"reasonCode": [coded]},
    "SupplyDelivery": lambda coded: {"suppliedItem": {"itemCodeableConcept": coded}},
}


@given(kind=st.sampled_from(sorted(PLACES)), coded=st.sampled_from(CODED))
def test_a_code_names_as_a_text_does(kind: str, coded: Json) -> None:
    facts = read(a_bundle(a_resource(kind, **PLACES[kind](coded))))
    assert (facts.history, note_codes(facts)) == ((), {"resource-type-not-read"})
    harmless = a_code("38341003", SNOMED)
    assert read(a_bundle(a_resource(kind, **PLACES[kind](harmless)))).notes == ()


CONTAINED = [
    an_observation(),
    a_resource("Condition", code=CODED[1]),
    a_resource("MedicationRequest", status="active", medicationCodeableConcept=CODED[0]),
]


@given(
    kind=st.sampled_from(["Encounter", "ServiceRequest", "Condition", "MedicationRequest"]),
    held=st.sampled_from(CONTAINED),
)
def test_what_is_contained_where_nothing_is_looked_for_is_said(kind: str, held: Json) -> None:
    facts = read(a_bundle(a_resource(kind, contained=[{**held, "id": "held"}])))
    assert (facts.results, facts.history) == ((), ())
    assert "resource-type-not-read" in note_codes(facts)


def test_what_a_report_contains_beside_results_is_said() -> None:
    report = a_resource("DiagnosticReport", status="final", contained=[*CONTAINED[:2]])
    facts = read(a_bundle(report))
    assert len(facts.results) == 1
    assert "resource-type-not-read" in note_codes(facts)


@given(
    kind=st.from_regex(r"[A-Z][a-z]{3,12}s", fullmatch=True).filter(
        lambda name: name != "Parameters"
    )
)
def test_a_type_that_fhir_does_not_have_is_said(kind: str) -> None:
    facts = read(a_bundle(a_resource(kind, code=CODED[1])))
    assert (facts.history, note_codes(facts)) == ((), {"resource-type-not-read"})


LISTED = {
    "Metformin 500 mg": {"medications"},
    "Pernicious anaemia": {"conditions"},
    "Cobalt": {"allergies"},
    "Vitamin B12": {"medications", "conditions", "allergies"},
    "Influenza": set(),
}


@pytest.mark.parametrize("name", LISTED)
def test_an_item_of_a_list_that_refers_to_nothing_is_said_by_its_name(name: str) -> None:
    items = [{"item": {"display": "Influenza"}}, {"item": {"display": name}}]
    facts = read(a_bundle(a_resource("List", entry=items)))
    assert (facts.history, set(facts.unread)) == ((), LISTED[name])
    assert note_codes(facts) == ({"resource-type-not-read"} if LISTED[name] else set())


@pytest.mark.parametrize(
    "item",
    [
        {"item": {"display": "Metformin", "reference": "Encounter/r1"}},
        {"item": None},
        {},
    ],
)
def test_an_item_that_refers_to_nothing_that_is_read_is_passed_over(item: Json) -> None:
    facts = read(a_bundle(a_resource("List", entry=[item])))
    assert (facts.notes, facts.unread) == ((), ())


@pytest.mark.parametrize("named", [{"display": "Metformin"}, {"reference": "Condition/r1"}])
def test_an_item_that_was_taken_out_is_said(named: Json) -> None:
    facts = read(a_bundle(a_resource("List", entry=[{"item": named, "deleted": True}])))
    assert (note_codes(facts), facts.unread) == ({"list-item-removed"}, ())


def test_items_of_another_shape_are_said() -> None:
    assert note_codes(read(a_bundle(a_resource("List", entry=[7])))) == {"element-not-read"}


@given(kind=st.sampled_from(sorted(MEMBERS)), name=st.sampled_from(["Influenza", "Fall risk", ""]))
def test_anything_else_is_passed_over(kind: str, name: str) -> None:
    facts = read(a_bundle(a_resource(kind, **MEMBERS[kind](name))))
    assert (facts.notes, facts.unread) == ((), ())


@given(st.recursive(st.none() | st.integers() | st.text(max_size=5), st.lists, max_leaves=5))
def test_any_shape_of_it_is_harmless(value: object) -> None:
    sent = [a_resource(kind, **{name: value}) for kind in MEMBERS for name in ("code", "activity")]
    assert read(a_bundle(*sent)).history == ()


def test_it_is_said_once_for_each_type() -> None:
    sent = a_resource("Immunization", vaccineCode={"text": "Vitamin B12"})
    assert len(read(a_bundle(sent, sent, sent)).notes) == 1


@pytest.mark.parametrize("kind", ["observation", "OBSERVATION", "Observation ", "observatioN"])
def test_a_type_in_another_spelling_is_not_passed_over(kind: str) -> None:
    facts = read(a_bundle({**an_observation(), "resourceType": kind}))
    assert ([one.code for one in facts.refusals], facts.results) == (["entry-not-read"], ())


# --- more than was sent


@pytest.mark.parametrize(
    ("members", "is_partial"),
    [
        ({"total": 2}, True),
        ({"total": 1}, False),
        ({"total": 0}, False),
        ({"total": "many"}, False),
        ({"link": [{"relation": "next", "url": "https://ehr.example/2"}]}, True),
        ({}, False),
    ],
)
def test_a_bundle_that_holds_less_than_it_tells_of_is_not_the_whole_list(
    members: Json, *, is_partial: bool
) -> None:
    labs = a_bundle(an_observation(), **members)
    assert ("list-incomplete" in note_codes(read(labs))) is is_partial
    facts = prefetched(labs=labs).facts
    assert ("labs" in facts.unread, "list-incomplete" in note_codes(facts)) == (is_partial,) * 2


def test_a_count_alone_is_no_empty_list() -> None:
    counted = {"resourceType": "Bundle", "type": "searchset", "total": 3}
    assert "allergies" in prefetched(allergies=counted).facts.unread
    assert "allergies" not in prefetched(allergies={**counted, "total": 0}).facts.unread

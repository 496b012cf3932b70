"""Types of resources that are not read, and name what matters: said, and never a fact."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fhir_builders import a_bundle, a_resource, an_observation, note_codes, prefetched, read

Json = dict[str, Any]
NAMES = ("Vitamin B12 injection", "Hydroxocobalamin 1 mg", "cobalamin", "Neo-Cytamen", "Metformin")
MEMBERS: dict[str, Any] = {
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

"""Types of resources that are not read, and name what matters: said, and never a fact."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fhir_builders import a_bundle, a_resource, note_codes, read

Json = dict[str, Any]
NAMES = ("Vitamin B12 injection", "Hydroxocobalamin 1 mg", "cobalamin", "Neo-Cytamen", "Metformin")
MEMBERS: dict[str, Any] = {
    "Immunization": lambda name: {"vaccineCode": {"text": name}},
    "Flag": lambda name: {"code": {"coding": [{"display": name}]}},
    "Goal": lambda name: {"description": {"text": name}},
    "CarePlan": lambda name: {"activity": [{"detail": {"code": {"text": name}}}]},
}
LISTS = {"Immunization": "administrations", "Flag": "conditions", "CarePlan": "medications"}


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

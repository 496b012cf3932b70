"""Drafts that are somebody else's, or whose meaning something unknown changes: never harmless."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app import KEY
from orders import answer, daily, folic_acid, medicine, order_call, reasons, subject

Json = dict[str, Any]
MRN = "http://hospital.example/mrn"
OTHER = {"system": MRN, "value": "OTHER"}
OWN = {"system": MRN, "value": "OWN"}
NOT_READ = ["order-not-read"]
HOOKS = ("order-sign", "order-select")
OTHERS: dict[str, Json] = {
    "reference": {"subject": {"reference": "Patient/other"}},
    "absolute reference": {"subject": {"reference": "https://ehr.example.org/fhir/Patient/other"}},
    "identifier": {"subject": {"identifier": OTHER}},
    "identifier beside the reference": {
        "subject": {"reference": "Patient/example-57", "identifier": OTHER}
    },
    "contained": {
        "subject": {"reference": "#p"},
        "contained": [{"resourceType": "Patient", "id": "p", "identifier": [OTHER]}],
    },
    "contained, born on another day": {
        "subject": {"reference": "#p"},
        "contained": [{"resourceType": "Patient", "id": "p", "birthDate": "1902-02-02"}],
    },
    "contained relative": {
        "subject": {"reference": "#p"},
        "contained": [{"resourceType": "RelatedPerson", "id": "p"}],
    },
    "conditional reference": {"subject": {"reference": f"Patient?identifier={MRN}|OTHER"}},
    "group": {"subject": {"reference": "Group/g"}},
    "DSTU2": {"subject": None, "patient": {"reference": "Patient/other"}},
}
MODIFIERS = [{"url": "http://example.org/not", "valueBoolean": True}]


def asked(draft: Json, hook: str, **changed: object) -> tuple[list[str], set[str], list[Json]]:
    """The reasons, the codes of the notes and the cards of an order of the example patient."""
    call = order_call({k: v for k, v in draft.items() if v is not None}, hook=hook)
    call["prefetch"]["patient"] |= {"identifier": [OWN]}
    for member, value in changed.items():
        where = call["context"]["draftOrders"]
        (where["entry"][0] if member == "modifierExtension" else where)[member] = value
    whole = answer(call)
    notes = {note["code"] for note in whole["extension"][KEY]["notes"]}
    return reasons(whole), notes, whole["cards"]


@pytest.mark.parametrize("hook", HOOKS)
@pytest.mark.parametrize("whose", OTHERS)
def test_an_order_of_another_is_not_checked_and_said(whose: str, hook: str) -> None:
    found, notes, cards = asked(folic_acid() | OTHERS[whose], hook)
    assert (found, cards) == (NOT_READ, [])
    assert "other-patient" in notes


@pytest.mark.parametrize("hook", HOOKS)
@pytest.mark.parametrize(
    "own",
    [
        {"subject": {"identifier": OWN}},
        {"subject": {"reference": f"Patient?identifier={MRN}|OWN"}},
        {
            "subject": {"reference": "#p"},
            "contained": [{"resourceType": "Patient", "id": "p", "identifier": [OWN]}],
        },
    ],
)
def test_an_order_of_the_patient_by_an_identifier_is_checked(own: Json, hook: str) -> None:
    found, notes, cards = asked(folic_acid() | own, hook)
    assert found == ["order-folic-acid-first"]
    assert cards
    assert "other-patient" not in notes


@settings(max_examples=60, deadline=None)
@given(
    value=st.text(min_size=1, max_size=20).filter(lambda text: text.strip() not in ("", "OWN")),
    hook=st.sampled_from(HOOKS),
    beside=st.booleans(),
)
def test_any_other_identifier_is_not_the_patients(value: str, hook: str, *, beside: bool) -> None:
    named = {"identifier": {"system": MRN, "value": value}}
    whose = named | ({"reference": subject()} if beside else {})
    assert asked(folic_acid() | {"subject": whose}, hook)[0] == NOT_READ


@pytest.mark.parametrize("hook", HOOKS)
@pytest.mark.parametrize(
    ("inside", "outside"),
    [
        ({"modifierExtension": MODIFIERS}, {}),
        ({"implicitRules": "http://example.org/rules"}, {}),
        ({}, {"modifierExtension": MODIFIERS}),
        ({}, {"implicitRules": "http://example.org/rules"}),
    ],
)
def test_what_changes_the_meaning_of_a_draft_is_not_passed_over(
    inside: Json, outside: Json, hook: str
) -> None:
    found, notes, cards = asked(folic_acid() | inside, hook, **outside)
    assert (found, cards) == (NOT_READ, [])
    assert notes & {"modifier-extension-not-known", "implicit-rules-not-known"}


@pytest.mark.parametrize(
    "kind",
    ["NutritionOrder", "RequestGroup", "RequestOrchestration", "CarePlan", "Task", "Immunization"],
)
def test_a_type_that_may_hold_an_order_is_not_taken_for_harmless(kind: str) -> None:
    draft = {
        "resourceType": kind,
        "id": "x",
        "status": "draft",
        "subject": {"reference": subject()},
    }
    for hook in HOOKS:
        found, notes, cards = asked(draft, hook)
        assert (found, cards) == (NOT_READ, [])
        assert "resource-type-not-read" in notes


@pytest.mark.parametrize("kind", ["VisionPrescription", "DeviceRequest", "Appointment"])
def test_a_type_that_can_hold_none_is_no_concern(kind: str) -> None:
    draft = {"resourceType": kind, "id": "x", "status": "draft"}
    assert asked(draft, "order-sign")[0] == ["order-no-concern"]


@pytest.mark.parametrize(
    "kind", ["MedicationDispense", "MedicationAdministration", "MedicationUsage"]
)
def test_a_medicine_is_checked_whatever_resource_it_is_written_in(kind: str) -> None:
    draft = folic_acid() | {"resourceType": kind, "status": "preparation"}
    if kind == "MedicationAdministration":
        dose = draft.pop("dosageInstruction")[0]["doseAndRate"][0]["doseQuantity"]
        draft["dosage"] = {"dose": dose}
    for hook in HOOKS:
        assert asked(draft, hook)[0] == ["order-folic-acid-first"]


def test_an_order_of_another_that_is_not_selected_hides_nothing() -> None:
    mine = folic_acid("mine")
    other = medicine("b12", "11248", **daily(1, "mg")) | OTHERS["reference"]
    call = order_call(mine, other, hook="order-select", selections=["MedicationRequest/mine"])
    assert reasons(answer(call)) == ["order-folic-acid-first"]

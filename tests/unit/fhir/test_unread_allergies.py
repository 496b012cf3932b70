"""An allergy that may be one to vitamin B12 and is not read: never a fact, and never no allergy."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app import KEY
from fhir_builders import (
    HISTORY,
    SNOMED,
    a_bundle,
    a_code,
    a_resource,
    note_codes,
    prefetched,
    read,
)
from orders import answer, daily, medicine, order_call, reasons, subject

Json = dict[str, Any]
NAMES = (
    "Vitamin B12 injection",
    "cobalt",
    "cyanocobalamin",
    "Hydroxocobalamin 1 mg/ml",
    "KOBALT",
    "Cobalt (metal)",
    "Vitamin-B12",
    "Neo-Cytamen",
    "Berocca",
    "vit B 12",
    "Mecobalamin",
)
PLACES: dict[str, Any] = {
    "text": lambda name: {"code": {"text": name}},
    "display of a code that is not known": lambda name: {
        "code": {"coding": [{"system": SNOMED, "code": "999999999", "display": name}]}
    },
    "display in a system that is not read": lambda name: {
        "code": {"coding": [{"system": "http://example.org/own", "code": "7", "display": name}]}
    },
    "text beside a code of something else": lambda name: {
        "code": {**a_code("416098002", SNOMED), "text": name}
    },
    "substance": lambda name: {"substance": {"text": name}},
    "reaction": lambda name: {
        "code": {"text": "tablets"},
        "reaction": [{"substance": {"text": name}}],
    },
    "a modified reaction": lambda name: {
        "code": {"text": "tablets"},
        "reaction": [{"substance": {"text": name}, "modifierExtension": [{"url": "http://x"}]}],
    },
    "a modified allergy": lambda name: {
        "code": {"text": name},
        "modifierExtension": [{"url": "http://x", "valueBoolean": True}],
    },
    "implicit rules": lambda name: {"code": {"text": name}, "implicitRules": "http://x"},
    "another shape": lambda name: {"code": {"text": name}, "reaction": "rash"},
}
B12 = medicine("tablets", "11248", **daily(1, "mg"))
WARNED = ["order-allergy-not-read"]


def an_allergy(**members: object) -> Json:
    return a_resource("AllergyIntolerance", **members)


@given(name=st.sampled_from(NAMES), place=st.sampled_from(sorted(PLACES)))
def test_text_that_names_it_is_no_fact_and_leaves_the_list_not_known(name: str, place: str) -> None:
    facts = read(a_bundle(an_allergy(**PLACES[place](name))))
    assert (facts.history, facts.unread_allergy) == ((), True)
    assert "allergies" in facts.unread
    assert note_codes(facts)


@given(st.sampled_from(["penicillin", "Nickel", "latex", "metformin", "folic acid", "cobweb"]))
def test_any_other_allergy_bars_nothing(name: str) -> None:
    assert not read(a_bundle(an_allergy(code={"text": name}))).unread_allergy


@pytest.mark.parametrize(
    "over",
    [
        {"verificationStatus": a_code("refuted")},
        {"verificationStatus": a_code("entered-in-error")},
        {"clinicalStatus": a_code("resolved")},
        {"clinicalStatus": a_code("inactive")},
    ],
)
def test_one_that_is_over_or_never_was_bars_nothing(over: Json) -> None:
    facts = read(a_bundle(an_allergy(code={"text": "cyanocobalamin"}, **over)))
    assert not facts.unread_allergy


def test_a_coded_one_that_is_not_usable_may_bar_as_well() -> None:
    sent = an_allergy(code=a_code("cobalamin_allergy", HISTORY), modifierExtension=[{"url": "x"}])
    facts = read(a_bundle(sent))
    assert (facts.history, facts.unread_allergy) == ((), True)


@pytest.mark.parametrize(
    ("members", "may_bar"),
    [
        ({"code": a_code("cobalamin_allergy", HISTORY), "reaction": 1}, True),
        ({"code": 1}, True),
        ({"code": {"text": "penicillin"}, "reaction": 1}, False),
        ({"code": a_code("999", SNOMED), "reaction": 1}, False),
    ],
)
def test_one_of_another_shape_may_bar_unless_it_names_something_else(
    members: Json, *, may_bar: bool
) -> None:
    facts = prefetched(allergies=a_bundle(an_allergy(**members))).facts
    assert facts.unread_allergy is may_bar
    assert "allergies" in facts.unread


def asked(draft: Json, **allergy: object) -> Json:
    sent = {**an_allergy(**allergy), "patient": {"reference": subject()}}
    return answer(order_call(draft, allergies=a_bundle(sent)))


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("place", sorted(PLACES))
def test_an_order_of_it_is_not_checked_and_a_card_says_so(place: str, name: str) -> None:
    whole = asked(B12, **PLACES[place](name))
    assert reasons(whole) == WARNED
    assert "not checked" in whole["cards"][0]["detail"]


def test_an_order_of_something_else_is_not_concerned() -> None:
    assert reasons(asked(medicine("m", "6809"), code={"text": "cobalt"})) != WARNED


@pytest.mark.parametrize("hook", ["patient-view", "order-sign"])
def test_no_vitamin_b12_is_drafted_beside_it(hook: str) -> None:
    """The example lacks vitamin B12, and its card drafts injections."""

    def drafted(allergy: str) -> tuple[list[str], Json]:
        sent = an_allergy(code={"text": allergy}) | {"patient": {"reference": subject()}}
        call = order_call(
            medicine("folate", "4511", **daily(5, "mg")), hook=hook, allergies=a_bundle(sent)
        )
        whole = answer(call)
        actions = (
            a for c in whole["cards"] for s in c.get("suggestions", []) for a in s["actions"]
        )
        made = [a["resource"]["resourceType"] for a in actions if a["type"] == "create"]
        return made, whole["extension"][KEY]

    usual, _ = drafted("penicillin")
    barred, extension = drafted("cobalt")
    assert "MedicationRequest" in usual
    assert "MedicationRequest" not in barred
    if hook == "patient-view":
        assert "allergy-not-read" in json.dumps(extension)

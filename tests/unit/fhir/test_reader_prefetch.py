"""What a CDS client prefetched: every state of a key, and what becomes of the rest."""

import json

import msgspec
import pytest

from cobalamin.fhir.prefetch import KEYS, KeyState, read_prefetch
from cobalamin.service.knowledge.codes import load_codes
from cobalamin.service.knowledge.units import load_units
from fhir_builders import a_bundle, a_patient, an_observation, prefetched, values_of

OUTCOME = {"resourceType": "OperationOutcome", "issue": []}
NEXT = [{"relation": "next", "url": "https://fhir.example.org/?page=2"}]
B12 = {"b12_total": "98 pg/mL"}


@pytest.mark.parametrize(
    ("value", "state"),
    [
        (None, KeyState.null),
        (a_bundle(), KeyState.empty),
        ({"resourceType": "Bundle"}, KeyState.empty),
        ({"resourceType": "Bundle", "entry": None}, KeyState.empty),
        ({"resourceType": "Bundle", "entry": [{}, {"fullUrl": "urn:x"}]}, KeyState.empty),
        (a_bundle({"resourceType": "Practitioner"}), KeyState.empty),
        (a_bundle(an_observation()), KeyState.read),
        (a_bundle(an_observation(), type="collection"), KeyState.read),
        (a_bundle(an_observation(), type="transaction"), KeyState.read),
        (an_observation(), KeyState.read),
        (a_bundle(an_observation(), link=NEXT), KeyState.first_page),
        (OUTCOME, KeyState.operation_outcome),
        (a_bundle(OUTCOME), KeyState.operation_outcome),
        (a_bundle(an_observation(), OUTCOME), KeyState.read),
        ({"response": {"status": "200"}, "resource": a_bundle(an_observation())}, KeyState.read),
        ({"response": {"status": "404"}, "resource": {}}, KeyState.unreadable),
        ({"response": {"status": "404"}, "resource": None}, KeyState.null),
        ({"response": {"status": "404"}}, KeyState.null),
        ({"response": {"status": "204 No Content"}}, KeyState.null),
        ({"response": {"status": "500"}}, KeyState.unreadable),
        ({"response": {"status": "403 Forbidden"}, "resource": None}, KeyState.unreadable),
        ({"response": {"status": 503}, "resource": None}, KeyState.unreadable),
        ({}, KeyState.unreadable),
        ([], KeyState.unreadable),
        ("text", KeyState.unreadable),
        (7, KeyState.unreadable),
        ({"resourceType": "Bundle", "entry": 7}, KeyState.unreadable),
        ({"resourceType": "Practitioner"}, KeyState.unreadable),
        ({"resourceType": "Foo"}, KeyState.unreadable),
    ],
)
def test_every_state_of_a_key_is_told_apart(value: object, state: KeyState) -> None:
    found = prefetched(patient=a_patient(), labs=value)
    assert found.states["labs"] is state
    is_known = state in (KeyState.null, KeyState.empty, KeyState.read)
    assert ("labs" not in found.facts.unread) is is_known


@pytest.mark.parametrize(
    ("value", "is_missing"), [(None, False), (a_bundle(), False), (OUTCOME, True), (7, True)]
)
def test_a_required_key_is_missing_only_if_nothing_was_obtained(
    value: object,
    is_missing: bool,  # noqa: FBT001
) -> None:
    assert prefetched(patient=a_patient(), labs=value).unobtained == (
        ("labs",) if is_missing else ()
    )


def test_required_keys_that_were_not_sent_are_missing() -> None:
    assert prefetched().unobtained == ("patient", "labs")


def test_an_optional_list_that_was_not_sent_is_not_known() -> None:
    facts = prefetched(patient=a_patient(), labs=a_bundle(), conditions=a_bundle()).facts
    assert set(facts.unread) == set(KEYS) - {"patient", "labs", "conditions"}
    assert {n.where for n in facts.notes if n.code == "list-not-sent"} == {
        f"prefetch.{key}" for key in facts.unread
    }


def test_the_old_wrapper_of_a_value_is_opened() -> None:
    labs = {"response": {"status": "200"}, "resource": a_bundle(an_observation(unit="x"))}
    facts = prefetched(patient=a_patient(), labs=labs).facts
    assert [refusal.where for refusal in facts.refusals] == [
        "prefetch.labs.resource.entry[0].resource.valueQuantity"
    ]
    assert "resource-type-missing" not in {note.code for note in facts.notes}


def test_paths_begin_with_the_key() -> None:
    facts = prefetched(labs=a_bundle(an_observation(), an_observation(unit="x"))).facts
    assert [refusal.where for refusal in facts.refusals] == [
        "prefetch.labs.entry[1].resource.valueQuantity"
    ]


def test_the_next_page_is_named_and_read_when_it_was_fetched() -> None:
    first = a_bundle(an_observation(), link=NEXT)
    found = prefetched(patient=a_patient(), labs=first)
    assert found.next_pages == {"labs": NEXT[0]["url"]}
    second = json.dumps(a_bundle(an_observation(198, id="x", effectiveDateTime="2025"))).encode()
    raws = {"labs": msgspec.Raw(json.dumps(first).encode())}
    whole = read_prefetch(raws, "p1", load_codes(), load_units(), pages={"labs": [second]})
    assert whole.states["labs"] is KeyState.read
    assert "labs" not in whole.facts.unread
    assert whole.next_pages == {}
    assert len(whole.facts.results) == 2


def test_a_list_of_which_a_later_page_is_unreadable_stays_incomplete() -> None:
    first = a_bundle(an_observation(), link=NEXT)
    raws = {"labs": msgspec.Raw(json.dumps(first).encode())}
    found = read_prefetch(raws, "p1", load_codes(), load_units(), pages={"labs": [b"{"]})
    assert found.states["labs"] is KeyState.first_page
    assert "labs" in found.facts.unread


def test_other_keys_are_not_read() -> None:
    facts = prefetched(patient=a_patient(), anything=a_bundle(an_observation())).facts
    assert facts.results == ()


def test_one_bad_list_does_not_spoil_the_others() -> None:
    found = prefetched(patient=a_patient(), labs=a_bundle(an_observation()), conditions=[1])
    assert values_of(found.facts) == B12
    assert found.states["conditions"] is KeyState.unreadable

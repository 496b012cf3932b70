"""Bodies of every shape: odd, old, broken and hostile ones."""

import json
import time
from typing import Any

import msgspec
import pytest

from cobalamin.fhir.decode.errors import NotFhirError, NotJsonError, ReadError
from cobalamin.fhir.prefetch import KeyState
from cobalamin.fhir.readers.draft_orders import read_orders
from cobalamin.fhir.readers.draft_problems import read_problems
from cobalamin.fhir.values.subjects import Subjects
from cobalamin.service.knowledge.codes import load_codes
from cobalamin.service.knowledge.units import load_units
from fhir_builders import (
    a_bundle,
    a_code,
    a_patient,
    a_resource,
    an_observation,
    note_codes,
    prefetched,
    read,
    read_or_error,
    values_of,
)

B12 = {"b12_total": "98 pg/mL"}


@pytest.mark.parametrize(
    "body",
    [
        a_bundle(an_observation()),
        a_bundle(an_observation(), type="collection"),
        a_bundle(an_observation(), type="invalid-type"),
        a_bundle(an_observation(), type=None),
        a_bundle(an_observation(), type=7),
        an_observation(),
        {"resourceType": "Parameters", "parameter": [{"resource": a_bundle(an_observation())}]},
        a_bundle(a_bundle(an_observation())),
        a_bundle({"resourceType": "Foo"}, {"resourceType": "Practitioner"}, an_observation()),
        {"entry": [{"resource": an_observation()}], "resourceType": "Bundle"},
    ],
)
def test_a_body_of_any_shape_is_read(body: object) -> None:
    assert values_of(read(body)) == B12


def test_a_byte_order_mark_is_passed_over() -> None:
    assert values_of(read(b"\xef\xbb\xbf" + json.dumps(an_observation()).encode())) == B12


@pytest.mark.parametrize("kind", ["transaction", "batch", "history"])
@pytest.mark.parametrize("method", ["POST", "PUT", "put", None])
@pytest.mark.parametrize("beside", [[], [an_observation(code=7)]])
def test_entries_that_are_stored_are_read_as_what_they_hold(
    kind: str, method: str | None, beside: list[dict[str, Any]]
) -> None:
    body = a_bundle(an_observation(), *beside, type=kind)
    body["entry"][0]["request"] = {"method": method, "url": "Observation"}
    assert values_of(read(body)) == B12


@pytest.mark.parametrize("method", ["DELETE", "PATCH", "GET", "HEAD", " delete "])
@pytest.mark.parametrize("beside", [[], [an_observation(code=7)]])
def test_entries_that_are_not_stored_are_noted(method: str, beside: list[dict[str, Any]]) -> None:
    body = a_bundle(an_observation(), *beside, type="transaction")
    body["entry"][0]["request"] = {"method": method, "url": "Observation/1"}
    facts = read(body)
    assert facts.results == ()
    assert ("entry-not-stored", "Bundle.entry[0].resource") in [
        (note.code, note.where) for note in facts.notes
    ]


def test_a_request_of_another_shape_does_not_hide_its_resource() -> None:
    body = a_bundle(an_observation(), type="transaction")
    body["entry"][0]["request"] = 7
    assert values_of(read(body)) == B12


@pytest.mark.parametrize(
    ("body", "error"),
    [
        (b"", NotJsonError),
        (b"{", NotJsonError),
        (b"null", NotJsonError),
        (b"[]", NotJsonError),
        (b'"text"', NotJsonError),
        (b"7", NotJsonError),
        (b"\xff\xfe", NotJsonError),
        (b'{"value": NaN}', NotJsonError),
        (b"[" * 200_000, NotJsonError),
        (b'{"a":' * 200_000, NotJsonError),
        (b"{}", NotFhirError),
        (b'{"resourceType": 7}', NotFhirError),
        (b'{"resourceType": "<script>"}', NotFhirError),
        (b'{"a": 1, "b": 2}', NotFhirError),
    ],
)
def test_what_is_no_fhir_is_refused_in_words(body: bytes, error: type[ReadError]) -> None:
    with pytest.raises(error) as caught:
        read(body)
    assert "script" not in str(caught.value)


def test_a_type_that_is_not_read_is_said() -> None:
    facts = read({"resourceType": "List", "entry": []})
    assert note_codes(facts) == {"resource-type-not-read"}


def test_an_entry_that_is_a_resource_itself_is_said_and_costs_nothing_beside_it() -> None:
    good = a_bundle(an_observation())
    for beside in ({}, {"resource": {"resourceType": "Observation", "status": 7}}):
        sent = {**good, "entry": [an_observation(value=1), beside, *good["entry"]]}
        facts = read(sent)
        assert len(facts.results) == 1
        assert ("entry-not-read", "Bundle.entry[0]") in [(n.code, n.where) for n in facts.notes]


@pytest.mark.parametrize("kind", ["MedicationRequest", "ServiceRequest", "Condition"])
def test_a_draft_that_is_no_entry_is_not_taken_for_harmless(kind: str) -> None:
    raw = msgspec.Raw(json.dumps({"resourceType": "Bundle", "entry": [a_resource(kind)]}).encode())
    subjects, codes, units = Subjects("p1"), load_codes(), load_units()
    assert read_orders(raw, "drafts", subjects, codes, units).unread == 1
    assert read_problems(raw, "drafts", subjects, codes, units).unread == 1


BAD = {"resource": {"resourceType": "Observation", "status": 7}}


@pytest.mark.parametrize("beside", [{}, {"entry": [BAD]}, {"entry": [], "total": 0}])
def test_a_bundle_with_entries_for_entry_is_said(beside: dict[str, Any]) -> None:
    bundle = a_bundle(an_observation())
    sent = {"resourceType": "Bundle", "entries": bundle["entry"], **beside}
    facts = read(sent)
    assert facts.results == ()
    assert ("element-not-read", "Bundle.entries") in [(n.code, n.where) for n in facts.notes]
    if beside == {}:
        found = prefetched(patient=a_patient(), labs=sent)
        assert (found.states["labs"], found.unobtained) == (KeyState.unreadable, ("labs",))


def test_entries_cost_nothing_of_the_entry_beside_them() -> None:
    facts = read({**a_bundle(an_observation()), "entries": [{}]})
    assert (len(facts.results), note_codes(facts)) == (1, {"element-not-read"})
    assert note_codes(read({**a_bundle(an_observation()), "entries": None})) == set()


def test_drafts_in_entries_are_not_taken_for_harmless() -> None:
    draft = {"resource": a_resource("MedicationRequest")}
    raw = msgspec.Raw(json.dumps({"resourceType": "Bundle", "entries": [draft]}).encode())
    subjects, codes, units = Subjects("p1"), load_codes(), load_units()
    assert read_orders(raw, "drafts", subjects, codes, units).unread == 1
    assert read_problems(raw, "drafts", subjects, codes, units).unread == 1


# --- one bad entry of many


@pytest.mark.parametrize(
    "bad",
    [
        {"resource": 7},
        {"resource": {"no": "type"}},
        {"resource": {"resourceType": 7}},
        {"resource": {"resourceType": "Observation", "code": "B12"}},
        {"resource": {"resourceType": "Patient", "birthDate": 1951}},
        {"fullUrl": 7},
        "entry",
        7,
        [],
        None,
    ],
)
def test_one_bad_entry_costs_only_itself_and_is_said(bad: object) -> None:
    body = a_bundle(an_observation())
    body["entry"].insert(0, bad)
    facts = read(body)
    assert values_of(facts) == B12
    (note,) = facts.notes
    assert note.where.startswith("Bundle.entry[0]")


@pytest.mark.parametrize("bad", [{}, {"resource": None}, {"resource": {"resourceType": "Foo"}}])
def test_an_entry_without_anything_to_read_is_passed_over(bad: object) -> None:
    body = a_bundle(an_observation())
    body["entry"].insert(0, bad)
    facts = read(body)
    assert values_of(facts) == B12
    assert facts.notes == ()


@pytest.mark.parametrize(
    ("changed", "element"),
    [
        ({"status": 7}, ".status"),
        ({"effectiveDateTime": 2026}, ".effectiveDateTime"),
        ({"subject": "Patient/p1"}, ".subject"),
    ],
)
def test_a_result_of_a_wrong_shape_is_refused_by_its_analyte(
    changed: dict[str, object], element: str
) -> None:
    facts = read(a_bundle(an_observation(**changed)))
    (refusal,) = facts.refusals
    assert (refusal.analyte, refusal.code) == ("b12_total", "entry-not-read")
    assert refusal.where == f"Bundle.entry[0].resource{element}"


def test_a_bundle_of_outcomes_says_so() -> None:
    facts = read(a_bundle({"resourceType": "OperationOutcome", "issue": []}))
    assert note_codes(facts) == {"operation-outcome"}


def test_bundles_within_bundles_end_somewhere() -> None:
    body = a_bundle(an_observation())
    for _ in range(5):
        body = a_bundle(body)
    facts = read(body)
    assert facts.results == ()
    assert note_codes(facts) == {"nested-too-deeply"}


def test_the_shape_of_one_entry_does_not_change_the_reading_of_the_others() -> None:
    """The one-scan reading and the reading by entry give the same facts."""
    resources = [a_patient(), an_observation(), an_observation(unit="x", code=a_code("718-7"))]
    plain, odd = a_bundle(*resources), a_bundle(*resources)
    odd["entry"].append({"resource": {"resourceType": "Foo"}})
    assert read(plain) == read(odd)


# --- hostile bodies


def _deep(depth: int) -> str:
    return '{"extension":[' * depth + "]}" * depth


HOSTILE = {
    "deep extension": '{"resourceType":"Bundle","entry":[{"resource":{"resourceType":"Observation",'
    f'"status":"final","x":{_deep(50_000)}}}}}]}}',
    "deep value": '{"resourceType":"Observation","valueQuantity":{"value":' + "[" * 100_000,
    "many keys": "{" + ",".join(f'"k{i}":{i}' for i in range(300_000)) + "}",
    "many lists": '{"resourceType":"Bundle","entry":[' + ",".join(["[]"] * 100_000) + "]}",
    "long number": '{"resourceType":"Observation","status":"final","issued":"2026","code":'
    '{"coding":[{"system":"http://loinc.org","code":"2132-9"}]},'
    '"valueQuantity":{"code":"pg/mL","value":' + "9" * 1_000_000 + "}}",
    "long text": json.dumps(an_observation(valueQuantity=None, valueString="<" * 1_000_000)),
    "long unit": json.dumps(an_observation(unit="x" * 1_000_000)),
    "many codings": json.dumps(
        an_observation(code={"coding": [{"system": "http://loinc.org", "code": "1"}] * 50_000})
    ),
    "many corrections": json.dumps(
        a_bundle(*(an_observation(i + 10, status="corrected") for i in range(2000)))
    ),
    "bad escapes": '{"resourceType":"Observation","status":"\\ud800"}',
    "not utf-8": '{"resourceType":"Observation","status":"\udcff"}',
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_body_is_read_or_refused_and_soon(name: str) -> None:
    body = HOSTILE[name].encode("utf-8", "surrogateescape")
    started = time.process_time()
    facts = read_or_error(body)
    if isinstance(facts, ReadError):
        assert len(str(facts)) < 200
    else:
        assert all(len(note.text) < 200 for note in facts.notes)
        assert all(len(note.where) < 300 for note in facts.notes)
    assert time.process_time() - started < 2


def test_a_note_never_holds_what_was_measured() -> None:
    canary = 7654321.125
    bodies = [
        an_observation(canary),
        an_observation(canary, "canary"),
        an_observation(valueQuantity=None, valueString=f"{canary} canary"),
        an_observation(valueQuantity={"value": str(canary), "comparator": "canary"}),
        an_observation(effectiveDateTime="canary"),
        an_observation(status="canary"),
    ]
    for note in read(a_bundle(*bodies)).notes:
        assert "7654321" not in note.text + note.where
        assert "canary" not in note.text.replace('unit "canary"', "") + note.where


def test_a_type_that_may_hold_facts_and_is_not_read_is_said_once() -> None:
    others = ["NutritionIntake", "QuestionnaireResponse", "Encounter", "QuestionnaireResponse"]
    facts = read(a_bundle(an_observation(), *({"resourceType": kind} for kind in others)))
    assert values_of(facts) == B12
    said = [(note.code, note.where, note.text.partition(" (")[2]) for note in facts.notes]
    assert said == [
        ("resource-type-not-read", "Bundle.entry[1].resource", "NutritionIntake)"),
        ("resource-type-not-read", "Bundle.entry[2].resource", "QuestionnaireResponse)"),
    ]
    assert {note.severity for note in facts.notes} == {"information"}

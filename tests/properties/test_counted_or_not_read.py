"""What is counted is never said not to be read, and what is not counted is always said to be so."""

import json
import re
from collections.abc import Iterable
from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from cobalamin.fhir.decode.issues import Issue
from cobalamin.fhir.readers.draft_orders import read_orders
from cobalamin.fhir.values.subjects import Subjects
from cobalamin.service.knowledge.codes import load_codes
from cobalamin.service.knowledge.units import load_units
from cobalamin.service.rules.model.facts import Note
from fhir_builders import INTERPRETATION, LOINC, SNOMED, a_bundle, a_resource, an_observation, read

Json = dict[str, Any]
CODES, UNITS = load_codes(), load_units()
ATC = "http://www.whocc.no/atc"
RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"
# Why an entry as a whole is not read.
NOT_READ = frozenset(
    issue.code
    for issue in (
        Issue.code_not_known,
        Issue.code_system_not_read,
        Issue.code_missing,
        Issue.system_missing,
        Issue.free_text,
        Issue.codes_disagree,
        Issue.order_not_named,
        Issue.entry_not_read,
        Issue.modifier_not_known,
        Issue.rules_not_known,
        Issue.not_final,
        Issue.in_error,
        Issue.withdrawn,
        Issue.other_patient,
        Issue.medication_not_found,
        Issue.not_in_use,
        Issue.status_missing,
        Issue.status_unknown,
        Issue.report_withdrawn,
        Issue.quality_failed,
        Issue.specimen_not_usable,
        Issue.text_names_another,
    )
)
UNKNOWN = [
    {"system": LOINC, "code": "99999-9"},
    {"system": "http://example.org/local", "code": "x1"},
    {"system": "", "code": "x2"},
    {"code": "2132-9"},
    {"display": "Vitamin B12"},
    {"system": RXNORM, "code": "99999999", "display": "Folic acid 5 mg"},
    {"system": "http://example.org/local", "code": "x3", "display": "Hydroxocobalamin"},
]
RESULTS = [
    {"system": LOINC, "code": "2132-9"},
    {"system": "LNC", "code": " 2132-9"},
    {"system": LOINC, "code": "718-7"},
    {"system": SNOMED, "code": "91019004"},
]
MEDICINES = [
    {"system": ATC, "code": "B03BB01"},
    {"system": ATC, "code": "B03BA03"},
    {"system": ATC, "code": "A10BA02"},
    {"system": RXNORM, "code": "880945"},
    {"system": ATC, "code": "S01AA01"},
]
ODD: dict[str, st.SearchStrategy[Any]] = {
    "status": st.sampled_from(["preliminary", "entered-in-error", "cancelled", "unknown", "", "x"]),
    "interpretation": st.sampled_from(
        [[{"coding": [{"system": INTERPRETATION, "code": code}]}] for code in ("QCF", "L", "zz")]
    ),
    "method": st.sampled_from([{"text": "Holotranscobalamin"}, {"text": "immunoassay"}]),
    "note": st.just([{"text": "haemolysed; on hydroxocobalamin"}]),
    "modifierExtension": st.just([{"url": "http://example.org/x", "valueBoolean": True}]),
    "implicitRules": st.just("http://example.org/rules"),
    "subject": st.just({"reference": "Patient/other"}),
}


def concepts(known: list[Json]) -> st.SearchStrategy[Json]:
    """Up to three codings, known or not, perhaps with a text."""
    codings = st.lists(st.sampled_from([*known, *UNKNOWN]), max_size=3)
    texts = st.sampled_from([{}, {}, {"text": "Vitamin B12"}, {"text": "something"}])
    return st.builds(lambda coding, text: {"coding": coding, **text}, codings, texts)


def changes() -> st.SearchStrategy[Json]:
    """At most one thing that keeps a resource from being used."""
    none: st.SearchStrategy[Json] = st.just({})
    odd = [st.fixed_dictionaries({name: values}) for name, values in ODD.items()]
    return st.one_of(none, none, none, *odd)


@st.composite
def medications(draw: st.DrawFn) -> Json:
    """A Medication with a code, ingredients, both or neither."""
    ingredients = draw(st.lists(concepts(MEDICINES), max_size=3))
    return {
        "resourceType": "Medication",
        "id": "held",
        "ingredient": [{"itemCodeableConcept": one} for one in ingredients],
        **({"code": draw(concepts(MEDICINES))} if draw(st.booleans()) else {}),
    }


def medicine(named: Json, **members: object) -> Json:
    """A prescription of the patient."""
    return a_resource("MedicationRequest", intent="order", **named, **members)


def is_known(concept: Json) -> bool:
    """Whether the tables know a coding of the concept."""
    codings = concept.get("coding", ())
    return any(CODES.find(one.get("system"), one.get("code")) for one in codings)


def said_not_read(notes: Iterable[Note], where: str) -> set[str]:
    """The codes of the notes that say of the entry at this place that it is not read."""
    place = re.compile(rf"{re.escape(where)}(\.|$)")
    return {note.code for note in notes if note.code in NOT_READ and place.match(note.where)}


@settings(max_examples=300, deadline=None)
@given(coded=concepts(RESULTS), change=changes())
def test_a_result_is_counted_or_said_not_to_be_read(coded: Json, change: Json) -> None:
    facts = read(an_observation(code=coded, **change))
    counted = bool(facts.results or facts.features)
    said = said_not_read(facts.notes, "Observation")
    assert not (counted and said), (coded, change, facts.notes)
    assert counted or any(note.severity == "warning" for note in facts.notes) or said
    assert not (facts.results and facts.refusals)


@settings(max_examples=300, deadline=None)
@given(coded=concepts(MEDICINES), change=changes())
def test_a_medicine_is_counted_or_said_not_to_be_read(coded: Json, change: Json) -> None:
    sent = medicine({"medicationCodeableConcept": coded}, status="active") | change
    facts = read(sent)
    said = said_not_read(facts.notes, "MedicationRequest")
    assert not (facts.history and said), (sent, facts.notes)
    assert facts.history or said or is_known(coded), (sent, facts.notes)


@settings(max_examples=300, deadline=None)
@given(held=medications())
def test_an_ingredient_is_counted_or_said_not_to_be_read(held: Json) -> None:
    sent = medicine({"contained": [held], "medicationReference": {"reference": "#held"}})
    facts = read({**sent, "status": "active"})
    said = said_not_read(facts.notes, "MedicationRequest")
    parts = [one["itemCodeableConcept"] for one in held["ingredient"]]
    product = held.get("code", {})
    all_known = is_known(product) or (bool(parts) and all(map(is_known, parts)))
    assert bool(said) is not all_known, (held, facts.notes)
    assert facts.history or said or all_known


@settings(max_examples=300, deadline=None)
@given(
    named=st.one_of(
        st.builds(lambda coded: {"medicationCodeableConcept": coded}, concepts(MEDICINES)),
        st.builds(
            lambda held: {"contained": [held], "medicationReference": {"reference": "#held"}},
            medications(),
        ),
    ),
    change=changes(),
)
def test_an_order_is_looked_at_or_said_not_to_be_read(named: Json, change: Json) -> None:
    sent = medicine(named, status="draft") | change
    raw = msgspec.Raw(json.dumps(a_bundle(sent)).encode())
    found = read_orders(raw, "drafts", Subjects("p1"), CODES, UNITS)
    said = said_not_read(found.notes, "drafts.entry[0].resource")
    if change.get("status") in ("cancelled", "entered-in-error"):
        assert (found.selected, found.unread) == ((), 0)
        return
    if "subject" in change:
        assert (found.selected, found.unread) == ((), 1)
        return
    assert len(found.selected) + found.unread == 1
    is_contradicted = Issue.text_contradicts.code in {note.code for note in found.notes}
    assert said or found.selected or is_contradicted
    assert not (is_contradicted and found.selected)
    if "contained" not in named:
        is_counted = any(order.history for order in found.selected)
        assert not (is_counted and said), (sent, found.notes)


@settings(max_examples=50, deadline=None)
@given(text=st.text(st.characters(categories=["L", "N", "P"]), min_size=1, max_size=40))
def test_a_comment_on_an_order_is_said_and_changes_nothing_of_it(text: str) -> None:
    plain = medicine({"medicationCodeableConcept": {"coding": [MEDICINES[0]]}}, status="draft")
    orders = [
        read_orders(
            msgspec.Raw(json.dumps(a_bundle(sent)).encode()), "drafts", Subjects("p1"), CODES, UNITS
        )
        for sent in (plain, {**plain, "note": [{"text": text}]})
    ]
    assert orders[0].selected == orders[1].selected
    assert {note.code for note in orders[1].notes} >= {Issue.comment_not_read.code}

"""A code that is not known is never silent, and what it is called is never a fact."""

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cobalamin.fhir.readers.draft_orders import DraftOrders, read_orders
from cobalamin.fhir.values.subjects import Subjects
from cobalamin.service.knowledge.codes import load_codes
from cobalamin.service.knowledge.names import NameKind, find_name
from cobalamin.service.knowledge.units import load_units
from cobalamin.service.rules.model.facts import Facts, Note
from fhir_builders import (
    LOINC,
    SNOMED,
    a_bundle,
    a_code,
    a_quantity,
    a_resource,
    an_observation,
    note_codes,
    prefetched,
    read,
    values_of,
)

Json = dict[str, Any]
CODES = load_codes()
COUNTED = {
    "code-not-known",
    "code-system-not-read",
    "code-system-missing",
    "free-text-not-read",
    "code-missing",
}
# Letters alone are no code of any system that is read.
UNKNOWN = st.text("abcdefghijklmnopqrstuvwxyz", min_size=12, max_size=20).filter(
    lambda code: not any(find_name(kind, code) for kind in NameKind)
)
READ = [LOINC, SNOMED, "http://www.nlm.nih.gov/research/umls/rxnorm", "http://www.whocc.no/atc"]
SYSTEMS = st.one_of(
    st.none(), st.sampled_from(READ), st.text(max_size=30), st.just("http://example.org/local")
)


def a_concept(code: str, system: str | None, display: str | None = None) -> Json:
    coding = {"system": system, "code": code, "display": display}
    return {"coding": [{key: value for key, value in coding.items() if value is not None}]}


def entries(concept: Json) -> dict[str, Json]:
    """An entry of every list with this code alone."""
    medicine = {"status": "active", "intent": "order", "medicationCodeableConcept": concept}
    return {
        "Observation": an_observation(code=concept),
        "component": an_observation(
            code=a_code("58410-2"),
            valueQuantity=None,
            component=[{"code": concept, "valueQuantity": a_quantity(1, "mg")}],
        ),
        "Condition": a_resource("Condition", code=concept),
        "Procedure": a_resource("Procedure", status="completed", code=concept),
        **{
            kind: a_resource(kind, **medicine)
            for kind in ("MedicationRequest", "MedicationStatement", "MedicationOrder")
        },
        "MedicationUsage": a_resource("MedicationUsage", **medicine),
        "MedicationAdministration": a_resource(
            "MedicationAdministration", **{**medicine, "status": "completed"}
        ),
        "MedicationDispense": a_resource(
            "MedicationDispense", **{**medicine, "status": "completed"}
        ),
        "AllergyIntolerance": a_resource("AllergyIntolerance", code=concept),
        "FamilyMemberHistory": a_resource(
            "FamilyMemberHistory", status="completed", condition=[{"code": concept}]
        ),
    }


def counted(facts: Facts) -> list[Note]:
    return [note for note in facts.notes if note.code in COUNTED]


@given(code=UNKNOWN, system=SYSTEMS, kind=st.sampled_from(sorted(entries({}))))
def test_an_unknown_code_in_any_list_is_counted(code: str, system: str | None, kind: str) -> None:
    facts = read(a_bundle(entries(a_concept(code, system))[kind]))
    assert (facts.results, facts.features, facts.history) == ((), (), ())
    (note,) = counted(facts)
    assert "1 in this list" in note.text
    is_read = CODES.find_system(system) is not None
    if is_read:
        assert note.code == "code-not-known"
    elif system and system.strip():
        assert note.code == "code-system-not-read"
    else:
        assert note.code == "code-system-missing"
    assert code not in note.text or code == system


@pytest.mark.parametrize("kind", sorted(entries({})))
def test_many_are_one_note_for_each_system_and_list(kind: str) -> None:
    sent = [
        {**entries(a_concept(f"unknown-{n}", system))[kind], "id": f"r{n}"}
        for n, system in enumerate([LOINC, "http://x", "http://x", "http://y", LOINC, LOINC])
    ]
    notes = counted(read(a_bundle(*sent)))
    assert [(note.code, note.text.rpartition("(")[2]) for note in notes] == [
        ("code-not-known", "system http://loinc.org, 3 in this list)"),
        ("code-system-not-read", "system http://x, 2 in this list)"),
        ("code-system-not-read", "system http://y, 1 in this list)"),
    ]
    lists = read(a_bundle(*sent, entries(a_concept("z", "http://x"))["Condition"])).notes
    assert len(lists) == (3 if kind == "Condition" else 4)


@given(st.text(max_size=150))
def test_a_system_that_may_be_anything_is_not_repeated(system: str) -> None:
    facts = read(an_observation(code=a_concept("unknown", system)))
    (note,) = counted(facts)
    shown = note.text.rpartition("(")[2]
    assert "\n" not in shown
    assert not any(c in shown for c in "<>\"'&=?")


def test_one_known_code_is_enough() -> None:
    both = {"coding": [{"system": "http://local", "code": "x"}, *a_code("2132-9")["coding"]]}
    facts = read(an_observation(code=both))
    assert values_of(facts) == {"b12_total": "98 pg/mL"}
    assert counted(facts) == []


def test_a_code_that_no_rule_reads_is_known() -> None:
    harmless = next(code for code, m in CODES.systems[LOINC].exact.items() if m.unread)
    assert counted(read(an_observation(code=a_code(harmless)))) == []


def test_a_panel_is_read_by_its_members_and_not_counted() -> None:
    panel = an_observation(
        code=a_code("58410-2"), valueQuantity=None, hasMember=[{"reference": "Observation/o2"}]
    )
    assert counted(read(a_bundle(panel))) == []


# --- names that matter


@pytest.mark.parametrize(
    ("name", "analyte"),
    [
        ("Serum vitamin B12", "b12_total"),
        ("VIT B-12", "b12_total"),
        ("Vitamina B12", "b12_total"),
        ("Cobalamine", "b12_total"),
        ("Holotranscobalamin", "b12_active"),
        ("Active B12", "b12_active"),
        ("Methylmalonsäure", "mma"),
        ("Homozystein", "homocysteine"),
        ("Hämoglobin", "haemoglobin"),
        ("Hgb", "haemoglobin"),
        ("MCV", "mcv"),
        ("Kreatinin", "creatinine"),
        ("eGFR (CKD-EPI)", "egfr"),
        ("Thrombozyten", "platelets"),
        ("Folsäure", "folate_serum"),
    ],
)
@pytest.mark.parametrize("where", ["display", "text"])
def test_a_result_that_is_named_is_refused(name: str, analyte: str, where: str) -> None:
    concept = a_concept("x1", "http://local", name if where == "display" else None)
    if where == "text":
        concept["text"] = name
    facts = read(an_observation(code=concept))
    assert facts.results == ()
    assert [(r.analyte, r.code) for r in facts.refusals] == [(analyte, "code-system-not-read")]
    warned = [note for note in facts.notes if "names" in note.text]
    assert [note.severity for note in warned] == ["warning"]


@pytest.mark.parametrize(
    "name",
    [
        "Hemoglobin A1c",
        "Mean corpuscular hemoglobin",
        "Creatinine [Mass/volume] in Urine",
        "Creatine kinase",
        "Mean platelet volume",
        "Unsaturated B12 binding capacity",
        "Body weight",
        "Neutrophil cytoplasmic antibody",
        "x" * 300 + " vitamin B12",
    ],
)
def test_other_results_are_not_taken_for_it(name: str) -> None:
    facts = read(an_observation(code=a_concept("x1", "http://local", name)))
    assert facts.refusals == ()


@pytest.mark.parametrize(
    ("kind", "name", "unread"),
    [
        ("MedicationRequest", "Hydroxocobalamin 1mg/ml injection", "medications"),
        ("MedicationStatement", "Acide folique 5 mg", "statements"),
        ("MedicationAdministration", "Cyanokobalamin", "administrations"),
        ("MedicationDispense", "Metformin 500 mg", "administrations"),
        ("Condition", "Perniziöse Anämie", "conditions"),
        ("Condition", "Morbus Crohn", "conditions"),
        ("Procedure", "Total gastrectomy", "procedures"),
        ("AllergyIntolerance", "Vitamin B12 injection", "allergies"),
        ("FamilyMemberHistory", "Pernicious anaemia", "family"),
    ],
)
def test_a_list_with_something_named_is_not_known(kind: str, name: str, unread: str) -> None:
    facts = read(a_bundle(entries(a_concept("x1", "http://local", name))[kind]))
    assert facts.history == ()
    assert facts.unread == (unread,)


def test_a_medicine_that_was_not_sent_leaves_its_list_not_known() -> None:
    sent = a_resource(
        "MedicationRequest",
        status="active",
        intent="order",
        medicationReference={"reference": "Medication/x"},
    )
    assert read(a_bundle(sent)).unread == ("medications",)


@pytest.mark.parametrize(
    "members",
    [
        {"medicationReference": {"display": "Hydroxocobalamin 1 mg/ml"}},
        {"medicationReference": {"display": "Folic acid", "identifier": {"value": "9"}}},
        {"medication": {"reference": {"display": "Metformin 500 mg"}}},
    ],
)
def test_a_medicine_that_is_only_shown_is_named(members: Json) -> None:
    sent = a_resource("MedicationRequest", status="active", intent="order", **members)
    facts = read(a_bundle(sent))
    assert (facts.history, facts.unread) == ((), ("medications",))
    assert "free-text-not-read" in note_codes(facts)


def test_symptoms_that_are_named_leave_their_list_not_known() -> None:
    symptoms = a_bundle(an_observation(code=a_concept("x", "http://local", "Paraesthesia")))
    assert "symptoms" in prefetched(symptoms=symptoms).facts.unread


# --- which lists a Bundle holds


def test_one_condition_does_not_make_the_medicines_known() -> None:
    facts = read(a_bundle(a_resource("Condition", code=a_code("D51.0", "ICD-10"))))
    assert "medications" in facts.not_sent
    assert "conditions" not in facts.not_sent
    statement = entries(a_code("B03BA03", "http://www.whocc.no/atc"))["MedicationStatement"]
    facts = read(a_bundle(statement))
    assert not {"medications", "statements", "administrations"}.intersection(facts.not_sent)


# --- orders


def drafts(*resources: Json) -> DraftOrders:
    return read_orders(
        msgspec.Raw(json.dumps(a_bundle(*resources)).encode()),
        "draftOrders",
        Subjects("p1"),
        CODES,
        load_units(),
    )


def an_order(concept: Json) -> Json:
    return a_resource("MedicationRequest", status="draft", medicationCodeableConcept=concept)


@given(code=UNKNOWN, system=SYSTEMS)
def test_an_order_is_read_only_if_its_system_is(code: str, system: str | None) -> None:
    found = drafts(an_order(a_concept(code, system)))
    assert found.unread == (CODES.find_system(system) is None)
    assert found.named == 0
    assert COUNTED.intersection(note.code for note in found.notes)


@given(code=UNKNOWN, system=SYSTEMS, kind=st.sampled_from(["display", "text"]))
def test_an_order_that_is_named_is_never_taken_for_harmless(
    code: str, system: str | None, kind: str
) -> None:
    concept = a_concept(code, system, "Folic acid 5mg tablets" if kind == "display" else None)
    if kind == "text":
        concept["text"] = "Folic acid 5mg tablets"
    found = drafts(an_order(concept))
    assert (found.unread, found.named, found.selected) == (1, 1, ())


@pytest.mark.parametrize("is_test", [True, False])
def test_a_known_code_beside_an_unknown_one_is_read(is_test: object) -> None:
    known = a_code("2132-9") if is_test else a_code("B03BB01", "http://www.whocc.no/atc")
    concept = {"coding": [{"system": "http://local", "code": "x"}, *known["coding"]]}
    sent = (
        a_resource("ServiceRequest", status="draft", code=concept) if is_test else an_order(concept)
    )
    found = drafts(sent)
    assert (found.unread, len(found.selected)) == (0, 1)
    assert not COUNTED.intersection(note.code for note in found.notes)


# --- medicines of other kinds and versions


ATC_INJECTION = a_code("B03BA03", "http://www.whocc.no/atc")


@pytest.mark.parametrize(
    ("kind", "members", "counts"),
    [
        ("MedicationDispense", {"status": "completed", "whenHandedOver": "2026-10-01"}, True),
        ("MedicationDispense", {"status": "in-progress", "whenPrepared": "2026-10-01"}, True),
        ("MedicationDispense", {"status": "cancelled", "whenHandedOver": "2026-10-01"}, False),
        ("MedicationDispense", {"status": "declined"}, False),
        ("MedicationOrder", {"status": "active", "dateWritten": "2026-10-01"}, True),
        ("MedicationOrder", {"status": "draft", "dateWritten": "2026-10-01"}, False),
        ("MedicationUsage", {"status": "active", "effectiveDateTime": "2026-10-01"}, True),
        ("MedicationStatement", {"status": "active", "taken": "y"}, True),
        ("MedicationStatement", {"status": "active", "taken": "n"}, False),
        ("MedicationStatement", {"status": "active", "wasNotTaken": True}, False),
        (
            "MedicationStatement",
            {"status": "recorded", "adherence": {"code": {"coding": [{"code": "not-taking"}]}}},
            False,
        ),
        (
            "MedicationStatement",
            {"status": "recorded", "adherence": {"code": {"coding": [{"code": "taking"}]}}},
            True,
        ),
        ("MedicationAdministration", {"status": "completed", "notGiven": True}, False),
        ("MedicationAdministration", {"status": "completed", "wasNotGiven": True}, False),
        (
            "MedicationAdministration",
            {"status": "completed", "effectiveTimeDateTime": "2026-10-01"},
            True,
        ),
    ],
)
def test_medicines_of_other_versions_are_read_or_said(
    kind: str,
    members: Json,
    counts: bool,  # noqa: FBT001 - a column of the table
) -> None:
    sent = a_resource(kind, medicationCodeableConcept=ATC_INJECTION, **members)
    facts = read(a_bundle(sent))
    assert bool(facts.history) is counts
    if counts and any(str(value).startswith("2026") for value in members.values()):
        (fact,) = facts.history
        assert fact.since is not None
        assert fact.since.text == "2026-10-01"
        assert fact.reference == f"{kind}/r1"
    if not counts:
        assert "not-in-use" in {note.code for note in facts.notes}


# --- orders and medicines of several parts


def a_medication(*parts: Json, code: Json | None = None) -> Json:
    """Members of a medicine that refers to a Medication with these ingredients."""
    held = a_resource("Medication", ingredient=[{"itemCodeableConcept": one} for one in parts])
    del held["subject"]
    held |= {"id": "held"} | ({} if code is None else {"code": code})
    return {"contained": [held], "medicationReference": {"reference": "#held"}}


FOLIC_ACID = a_code("B03BB01", "http://www.whocc.no/atc")
LOCAL = a_concept("x1", "http://local")


def test_an_unknown_ingredient_beside_a_known_one_is_said_and_takes_nothing_away() -> None:
    draft = a_resource("MedicationRequest", status="draft", **a_medication(FOLIC_ACID, LOCAL))
    found = drafts(draft)
    (order,) = found.selected
    assert [fact.code for fact in order.history] == ["folic_acid"]
    assert found.unread == 0
    assert [note.code for note in found.notes if note.code in COUNTED] == ["code-system-not-read"]
    facts = read(a_bundle({**draft, "status": "active", "intent": "order"}))
    assert [fact.code for fact in facts.history] == ["folic_acid"]
    assert [note.code for note in counted(facts)] == ["code-system-not-read"]


def test_an_unknown_ingredient_beside_a_harmless_one_is_not_taken_for_harmless() -> None:
    harmless = a_code("S01AA01", "http://www.whocc.no/atc")
    draft = a_resource("MedicationRequest", status="draft", **a_medication(harmless, LOCAL))
    assert (drafts(draft).unread, drafts(draft).selected) == (1, ())


def test_a_product_that_is_known_needs_none_of_its_ingredients() -> None:
    named = a_medication(LOCAL, code=FOLIC_ACID)
    found = drafts(a_resource("MedicationRequest", status="draft", **named))
    assert (found.unread, len(found.selected), found.notes) == (0, 1, ())


def test_an_ingredient_by_reference_is_looked_at() -> None:
    inner = {"resourceType": "Medication", "id": "inner", "code": FOLIC_ACID}
    held = {
        "resourceType": "Medication",
        "id": "held",
        "ingredient": [{"itemReference": {"reference": "#inner"}}],
    }
    draft = a_resource(
        "MedicationRequest",
        status="draft",
        contained=[held, inner],
        medicationReference={"reference": "#held"},
    )
    found = drafts(draft)
    assert (found.unread, len(found.selected), found.notes) == (0, 1, ())
    assert found.selected[0].history != ()


def test_each_test_of_an_order_is_looked_at() -> None:
    items = [{"code": a_code("2132-9")}, {"code": LOCAL}]
    found = drafts(a_resource("DiagnosticOrder", status="draft", item=items))
    assert (found.unread, len(found.selected)) == (0, 1)
    assert [note.code for note in found.notes] == ["code-system-not-read"]


def test_a_draft_of_another_type_is_said_and_not_read() -> None:
    other = {"resourceType": "NutritionOrder", "id": "n1"}
    found = drafts(other, an_order(FOLIC_ACID))
    assert (found.unread, len(found.selected)) == (1, 1)
    assert [note.code for note in found.notes] == ["resource-type-not-read"]
    raw = msgspec.Raw(json.dumps(a_bundle(other)).encode())
    for selected in ("NutritionOrder/n1", "n1"):
        found = read_orders(raw, "draftOrders", Subjects("p1"), CODES, load_units(), [selected])
        assert (found.unread, found.selected) == (1, ())
        assert [note.code for note in found.notes] == ["resource-type-not-read"]


RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"


@pytest.mark.parametrize("code", ["327529002", "11558811000001104"])
def test_a_code_of_dmd_under_the_address_of_rxnorm_is_read(code: str) -> None:
    found = drafts(an_order(a_concept(code, RXNORM)))
    (order,) = found.selected
    assert [fact.code for fact in order.history] == ["b12_replacement_parenteral"]
    assert "code-of-other-system" in {note.code for note in found.notes}
    assert not COUNTED.intersection(note.code for note in found.notes)


def test_a_code_that_rxnorm_may_have_is_not_looked_for_elsewhere() -> None:
    snomed = next(c for c in CODES.systems[SNOMED].exact if len(c) == 8)
    assert CODES.find(SNOMED, snomed) is not None
    assert CODES.find(RXNORM, snomed) is None


@pytest.mark.parametrize(
    ("code", "analyte"),
    [("VITB12", "b12_total"), ("HGB", "haemoglobin"), ("EGFR", "egfr"), ("4035", None)],
)
def test_a_local_code_of_a_result_may_be_its_name(code: str, analyte: str | None) -> None:
    facts = read(an_observation(code=a_concept(code, "L")))
    assert [refusal.analyte for refusal in facts.refusals] == ([analyte] if analyte else [])


@given(code=st.sampled_from(["2132-9", "14685-2", "13964-2", "718-7", " 2132-9 "]), system=SYSTEMS)
def test_a_loinc_code_in_any_other_system_is_read_or_refused_but_never_passed_over(
    code: str, system: str | None
) -> None:
    concept = a_concept(code, system)
    for sent in (
        an_observation(code=concept),
        an_observation(code=a_code("55430-3"), component=[{"code": concept}]),
    ):
        facts = read(a_bundle(sent))
        assert len(facts.results) + len(facts.refusals) == 1
        is_loinc = CODES.find_system(system) is CODES.find_system(LOINC)
        assert facts.refusals or is_loinc or CODES.find(system, code) is not None


@pytest.mark.parametrize(
    "system", ["urn:oid: 2.16.840.1.113883.6.1", "http:loinc.org", "http://loinc.org?x", SNOMED]
)
def test_a_loinc_code_beside_a_read_one_of_the_same_result_costs_nothing(system: str) -> None:
    coding = [{"system": system, "code": "2132-9"}, {"system": LOINC, "code": "2132-9"}]
    facts = read(a_bundle(an_observation(code={"coding": coding})))
    assert (len(facts.results), facts.refusals) == (1, ())

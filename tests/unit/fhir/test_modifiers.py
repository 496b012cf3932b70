"""What changes the meaning of a resource is never ignored: modifiers, rules, withdrawn reports."""

from collections.abc import Callable
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cobalamin.service.rules.model.facts import Facts
from cobalamin.service.rules.model.vocabulary import History
from fhir_builders import (
    HISTORY,
    SNOMED,
    a_bundle,
    a_code,
    a_finding,
    a_patient,
    a_quantity,
    a_resource,
    an_observation,
    note_codes,
    prefetched,
    read,
    values_of,
)
from messages import OBR, message, obx, send

Json = dict[str, Any]
PERNICIOUS = a_code("84027009", SNOMED)
INJECTION = a_code("B03BA03", "http://www.whocc.no/atc")
RESOURCES = {
    "result": an_observation(),
    "sign": a_finding("paraesthesia"),
    "condition": a_resource("Condition", code=PERNICIOUS),
    "procedure": a_resource(
        "Procedure", status="completed", code=a_code("gastrectomy_total", HISTORY)
    ),
    "request": a_resource(
        "MedicationRequest", status="active", intent="order", medicationCodeableConcept=INJECTION
    ),
    "statement": a_resource(
        "MedicationStatement", status="active", medicationCodeableConcept=INJECTION
    ),
    "administration": a_resource(
        "MedicationAdministration", status="completed", medicationCodeableConcept=INJECTION
    ),
    "allergy": a_resource("AllergyIntolerance", code=a_code("cobalamin_allergy", HISTORY)),
    "relative": a_resource(
        "FamilyMemberHistory",
        status="completed",
        condition=[{"code": a_code("family_history_b12", HISTORY)}],
    ),
    "patient": a_patient(),
    "report": a_resource("DiagnosticReport", status="final", contained=[an_observation()]),
}
URLS = st.one_of(st.text(max_size=40), st.just("http://hl7.org/fhir/StructureDefinition/x"))


def nothing_of(facts: Facts) -> bool:
    patient = facts.patient
    lists = (facts.results, facts.features, facts.history, facts.courses)
    return not any(lists) and patient.sex is None and patient.birth_date is None


@given(
    kind=st.sampled_from(sorted(RESOURCES)),
    url=URLS,
    value=st.sampled_from([{"valueBoolean": True}, {"valueString": "x"}, {}]),
)
def test_a_modifier_extension_makes_a_resource_not_usable(kind: str, url: str, value: Json) -> None:
    facts = read(a_bundle({**RESOURCES[kind], "modifierExtension": [{"url": url, **value}]}))
    assert nothing_of(facts), kind
    assert "modifier-extension-not-known" in note_codes(facts)


@given(kind=st.sampled_from(sorted(RESOURCES)), url=URLS, status=st.sampled_from(["final", 7]))
def test_a_modifier_extension_of_an_entry_is_one_of_what_it_holds(
    kind: str, url: str, status: object
) -> None:
    bundle = a_bundle(RESOURCES[kind])
    bundle["entry"][0]["modifierExtension"] = [{"url": url, "valueBoolean": True}]
    # A malformed entry beside it has the Bundle read entry by entry.
    bundle["entry"].append({"resource": {"resourceType": "Observation", "status": status}})
    facts = read(bundle)
    assert nothing_of(facts), kind
    assert "modifier-extension-not-known" in note_codes(facts)


@pytest.mark.parametrize("kind", sorted(RESOURCES))
@pytest.mark.parametrize("rules", ["http://example.org/rules", 7])
def test_implicit_rules_make_a_resource_not_usable(kind: str, rules: object) -> None:
    facts = read(a_bundle({**RESOURCES[kind], "implicitRules": rules}))
    assert nothing_of(facts), kind
    assert "implicit-rules-not-known" in note_codes(facts)


@pytest.mark.parametrize("kind", sorted(RESOURCES))
@pytest.mark.parametrize(
    "empty", [{"modifierExtension": []}, {"modifierExtension": None}, {"implicitRules": ""}]
)
def test_an_empty_one_changes_nothing(kind: str, empty: Json) -> None:
    expected, facts = read(a_bundle(RESOURCES[kind])), read(a_bundle({**RESOURCES[kind], **empty}))
    assert facts == expected
    assert not nothing_of(facts) or kind == "allergy"


def test_a_result_with_a_modifier_is_refused_by_its_analyte() -> None:
    panel = an_observation(
        code=a_code("58410-2"),
        valueQuantity=None,
        component=[{"code": a_code("2132-9"), "valueQuantity": a_quantity(98, "pg/mL")}],
    )
    for sent in (an_observation(), panel):
        facts = read(a_bundle({**sent, "modifierExtension": [{"url": "x"}]}))
        assert [refusal.analyte for refusal in facts.refusals] == ["b12_total"]


def test_a_modifier_within_a_component_costs_that_component_alone() -> None:
    components: list[Json] = [
        {"code": a_code("2132-9"), "valueQuantity": a_quantity(98, "pg/mL")},
        {"code": a_code("718-7"), "valueQuantity": a_quantity(12, "g/dL")},
        {"code": a_code("8480-6"), "valueQuantity": a_quantity(120, "mm[Hg]")},
    ]
    for component in (components[0], components[2]):
        component["modifierExtension"] = [{"url": "x"}]
    panel = an_observation(code=a_code("58410-2"), valueQuantity=None, component=components)
    facts = read(a_bundle(panel))
    assert values_of(facts) == {"haemoglobin": "12 g/dL"}
    assert [refusal.analyte for refusal in facts.refusals] == ["b12_total"]
    where = [note.where for note in facts.notes if note.code == "modifier-extension-not-known"]
    assert [path.rpartition("component")[2] for path in where] == [
        "[0].modifierExtension",
        "[2].modifierExtension",
    ]


# --- parts of a resource, and what holds several


MODIFIER = [{"url": "http://example.org/x", "valueBoolean": True}]


def a_request(**members: object) -> Json:
    return a_resource("MedicationRequest", status="active", intent="order", **members)


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"modifierExtension": MODIFIER}, "modifier-extension-not-known"),
        ({"implicitRules": "http://example.org/rules"}, "implicit-rules-not-known"),
    ],
)
@pytest.mark.parametrize("is_contained", [True, False])
def test_a_medication_that_is_modified_is_no_fact(
    changed: Json,
    code: str,
    is_contained: bool,  # noqa: FBT001 - a column of the table
) -> None:
    held = {"resourceType": "Medication", "id": "m", "code": INJECTION, **changed}
    reference = {"reference": "#m" if is_contained else "Medication/m"}
    sent = a_request(medicationReference=reference, contained=[held] if is_contained else [])
    facts = read(a_bundle(sent) if is_contained else a_bundle(held, sent))
    assert facts.history == ()
    assert code in note_codes(facts)
    assert facts.unread == ("medications",)


def test_an_ingredient_that_is_modified_is_no_fact() -> None:
    folic_acid = a_code("B03BB01", "http://www.whocc.no/atc")
    ingredients = [
        {"itemCodeableConcept": INJECTION, "modifierExtension": MODIFIER},
        {"itemCodeableConcept": folic_acid},
    ]
    held = {"resourceType": "Medication", "id": "m", "ingredient": ingredients}
    facts = read(a_bundle(a_request(medicationReference={"reference": "#m"}, contained=[held])))
    assert [fact.code for fact in facts.history] == [History.folic_acid]
    assert "modifier-extension-not-known" in note_codes(facts)


@pytest.mark.parametrize("where", ["dosage", "timing"])
def test_a_dosage_that_is_modified_says_nothing(where: str) -> None:
    timing: Json = {"repeat": {"frequency": 1, "period": 1, "periodUnit": "d"}}
    dosage: Json = {"timing": timing, "doseAndRate": [{"doseQuantity": a_quantity(5, "mg")}]}
    coded = a_code("B03BB01", "http://www.whocc.no/atc")
    sent = a_request(medicationCodeableConcept=coded, dosageInstruction=[dosage])
    (plain,) = read(a_bundle(sent)).history
    assert str(plain.dose) == "5 mg/d"
    (timing if where == "timing" else dosage)["modifierExtension"] = MODIFIER
    facts = read(a_bundle(sent))
    assert [fact.dose for fact in facts.history] == [None]
    assert "modifier-extension-not-known" in note_codes(facts)


@pytest.mark.parametrize("odd", [[], [7], [{"resource": {"resourceType": "Encounter"}}]])
def test_the_rules_of_a_bundle_are_those_of_all_that_it_holds(odd: list[object]) -> None:
    bundle = a_bundle(a_patient(), an_observation(), implicitRules="http://example.org/rules")
    bundle["entry"] += odd
    for sent in (bundle, a_bundle(bundle)):
        facts = read(sent)
        assert nothing_of(facts)
        assert [refusal.code for refusal in facts.refusals] == ["implicit-rules-not-known"]


# --- reports that were withdrawn


def pointing_at(reference: str, status: str) -> Json:
    return a_resource("DiagnosticReport", status=status, result=[{"reference": reference}])


@pytest.mark.parametrize("status", ["entered-in-error", "cancelled", " Cancelled"])
def test_a_withdrawn_report_withdraws_what_it_contains(status: str) -> None:
    report = a_resource("DiagnosticReport", status=status, contained=[an_observation()])
    facts = read(a_bundle(report))
    assert facts.results == ()
    assert [refusal.analyte for refusal in facts.refusals] == ["b12_total"]


@pytest.mark.parametrize("status", ["entered-in-error", "cancelled"])
@pytest.mark.parametrize(
    "reference",
    ["Observation/o1", "https://a/fhir/Observation/o1", "Observation/o1/_history/2", "urn:uuid:1"],
)
@pytest.mark.parametrize("order", [1, -1])
def test_a_withdrawn_report_withdraws_what_it_points_at(
    status: str, reference: str, order: int
) -> None:
    both = [pointing_at(reference, status), {**an_observation(), "id": "o1"}]
    bundle = a_bundle(*both[::order])
    for entry in bundle["entry"]:
        if entry["resource"]["resourceType"] == "Observation":
            entry["resource"]["id"] = "o1" if reference != "urn:uuid:1" else None
            entry["fullUrl"] = "urn:uuid:1"
    facts = read(bundle)
    assert facts.results == ()
    assert "report-withdrawn" in note_codes(facts)
    assert [refusal.analyte for refusal in facts.refusals] == ["b12_total"]


@pytest.mark.parametrize("status", ["final", "preliminary", "corrected", None])
def test_any_other_report_leaves_its_results_as_they_are(status: str) -> None:
    report = pointing_at("Observation/o1", status)
    facts = read(a_bundle(report, {**an_observation(), "id": "o1"}))
    assert values_of(facts) == {"b12_total": "98 pg/mL"}


def test_a_withdrawn_report_of_somebody_else_withdraws_nothing() -> None:
    report = {**pointing_at("Observation/o1", "cancelled"), "subject": {"reference": "Patient/p2"}}
    labs = a_bundle(report, {**an_observation(), "id": "x"})
    labs["entry"][1]["resource"]["id"] = "o1"
    facts = prefetched(patient=a_patient(), labs=labs).facts
    assert values_of(facts) == {"b12_total": "98 pg/mL"}


def test_an_order_that_was_cancelled_withdraws_its_results_in_hl7() -> None:
    cancelled = f"{OBR}{'|' * 18}X"
    answer = send(message(cancelled, obx(), OBR, obx("718-7", "12", "g/dL"))).get_data(as_text=True)
    assert "status-withdrawn" in answer
    assert "ZCB|not-assessable" in answer
    assert "ERR||OBX^1^11" in answer
    assert "ERR||OBX^2" not in answer


# --- the certainty of German diagnoses


def certain(
    code: str, url: str = "http://fhir.de/StructureDefinition/icd-10-gm-diagnosesicherheit"
) -> Json:
    coding = {
        "system": "http://fhir.de/CodeSystem/bfarm/icd-10-gm",
        "code": "D51.0",
        "extension": [{"url": url, "valueCoding": {"code": code}}],
    }
    return a_resource("Condition", code={"coding": [coding]})


@pytest.mark.parametrize("code", ["A", "V", "a", " V "])
def test_a_diagnosis_that_is_ruled_out_or_suspected_does_not_count(code: str) -> None:
    facts = read(a_bundle(certain(code)))
    assert facts.history == ()
    assert "not-established" in note_codes(facts)


@pytest.mark.parametrize("code", ["G", "Z", "?"])
def test_a_diagnosis_that_is_certain_counts(code: str) -> None:
    facts = read(a_bundle(certain(code)))
    assert [fact.code for fact in facts.history] == [History.pernicious_anaemia]
    assert ("status-not-known" in note_codes(facts)) is (code == "?")


GERMAN = "http://fhir.de/CodeSystem/bfarm/icd-10-gm"
COUNTS, IS_SAID = [History.pernicious_anaemia], "not-established"


@given(
    blanks=st.sampled_from(["", " ", ".", "  ", "-", "! "]),
    side=st.sampled_from(["", "R", "L", "B", " R"]),
    letter=st.sampled_from("AVGZav"),
    where=st.sampled_from(["code", "concept", "resource", "as code", "as text"]),
)
def test_a_certainty_counts_wherever_it_is_written(
    blanks: str, side: str, letter: str, where: str
) -> None:
    said: dict[str, object] = {"valueCoding": {"code": letter}}
    if where.startswith("as "):
        said = {"valueCode" if where == "as code" else "valueString": letter}
    extension = [{"url": "http://fhir.de/StructureDefinition/ICD-10-GM-Diagnosesicherheit", **said}]
    code = f"D51.0{blanks}{letter}{side}" if where == "code" else "D51.0"
    concept: Json = {"coding": [{"system": GERMAN, "code": code}]}
    if where == "concept":
        concept["extension"] = extension
    elif where.startswith("as "):
        concept["coding"][0]["extension"] = extension
    more = {"extension": extension} if where == "resource" else {}
    facts = read(a_bundle(a_resource("Condition", code=concept, **more)))
    denied = letter.upper() in "AV"
    assert [fact.code for fact in facts.history] == ([] if denied else COUNTS)
    assert (IS_SAID in note_codes(facts)) is denied


def test_the_last_letter_of_icd_10_cm_is_no_certainty() -> None:
    concept = a_code("D51.0A", "http://hl7.org/fhir/sid/icd-10-cm")
    assert read(a_bundle(a_resource("Condition", code=concept))).history


def test_another_extension_says_nothing_of_certainty() -> None:
    assert read(a_bundle(certain("A", "http://example.org/x"))).history


@pytest.mark.parametrize("flag", ["notDone", "notPerformed"])
def test_a_procedure_that_was_not_done_does_not_count(flag: str) -> None:
    sent = {**RESOURCES["procedure"], flag: True}
    facts = read(a_bundle(sent))
    assert facts.history == ()
    assert "not-in-use" in note_codes(facts)


# --- what is withdrawn by something that is withdrawn itself


def held_by(kind: str, identity: str, member: Json, **members: object) -> Json:
    """A report or a panel that holds one other thing."""
    if kind == "report":
        return a_resource("DiagnosticReport", **members) | {"id": identity, "result": [member]}
    coded = a_code("58410-2")
    panel = an_observation(code=coded, valueQuantity=None, hasMember=[member], **members)
    return {**panel, "id": identity}


@given(
    kinds=st.lists(st.sampled_from(["report", "panel"]), min_size=1, max_size=4),
    shuffled=st.randoms(use_true_random=False),
    status=st.sampled_from(["entered-in-error", "cancelled", "final"]),
    named=st.sampled_from(["reference", "version", "identifier"]),
)
def test_a_result_is_withdrawn_through_everything_that_holds_it(
    kinds: list[str], shuffled: Random, status: str, named: str
) -> None:
    token = {"system": "urn:lab", "value": "77"}
    points: Json = {"reference": "Observation/b12"}
    if named == "version":
        points = {"reference": "http://ehr.example.org/Observation/b12/_history/3"}
    elif named == "identifier":
        points = {"identifier": {"system": "URN:LAB", "value": " 77"}}
    resources = [{**an_observation(identifier=[token]), "id": "b12"}]
    for depth, kind in enumerate(reversed(kinds)):
        state = status if depth == len(kinds) - 1 else "final"
        resources.append(held_by(kind, f"h{depth}", points, status=state))
        of = "DiagnosticReport" if kind == "report" else "Observation"
        points = {"reference": f"{of}/h{depth}"}
    shuffled.shuffle(resources)
    facts = read(a_bundle(a_patient(), *resources))
    assert bool(facts.results) is (status == "final")
    assert bool(facts.refusals) is (status != "final")


@pytest.mark.parametrize("spelled", [str.upper, str.lower])
def test_the_case_of_a_uuid_tells_nothing_apart(spelled: Callable[[str], str]) -> None:
    uuid = "urn:uuid:5b7c0c2e-0000-4000-8000-00000000000a"
    report = a_resource("DiagnosticReport", status="cancelled", result=[{"reference": uuid}])
    sent = a_bundle(report, an_observation())
    sent["entry"][1]["fullUrl"] = spelled(uuid)
    assert read(sent).results == ()


@given(status=st.text("xyzq-", min_size=9, max_size=20))
def test_a_status_of_a_report_that_fhir_does_not_have_is_said(status: str) -> None:
    report = a_resource("DiagnosticReport", status=status, result=[{"reference": "Observation/o"}])
    assert "status-not-known" in note_codes(read(a_bundle(report)))

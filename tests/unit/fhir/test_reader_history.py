"""Symptoms, signs, conditions, procedures, allergies and family."""

import pytest

from cobalamin.service.rules.model.facts import Facts
from cobalamin.service.rules.model.vocabulary import BodySite, Feature, History
from fhir_builders import (
    FEATURE,
    HISTORY,
    SNOMED,
    a_bundle,
    a_code,
    a_finding,
    a_resource,
    an_observation,
    note_codes,
    read,
)

ICD10 = "http://hl7.org/fhir/sid/icd-10"
ICD10CM = "http://hl7.org/fhir/sid/icd-10-cm"
CLINICAL = "http://terminology.hl7.org/CodeSystem/condition-clinical"
VERIFICATION = "http://terminology.hl7.org/CodeSystem/condition-ver-status"
EXTENSION = "https://cobalamin.org/fhir/StructureDefinition/feature-"


def features(facts: Facts) -> dict[str, bool]:
    return {fact.code.value: fact.present for fact in facts.features}


def history(facts: Facts) -> dict[str, bool]:
    return {fact.code.value: fact.active for fact in facts.history}


def a_condition(code: str, system: str = ICD10CM, **members: object) -> dict[str, object]:
    return a_resource("Condition", code=a_code(code, system), **members)


# --- Observations


@pytest.mark.parametrize(
    ("value", "present"),
    [
        ({}, True),
        ({"valueBoolean": True}, True),
        ({"valueBoolean": False}, False),
        ({"valueCodeableConcept": a_code("52101004", SNOMED)}, True),
        ({"valueCodeableConcept": a_code("2667000", SNOMED)}, False),
        ({"valueCodeableConcept": a_code("373067005", SNOMED)}, False),
        ({"valueString": "No"}, False),
    ],
)
def test_a_symptom_is_present_by_its_code_or_by_its_value(
    value: dict[str, object],
    present: bool,  # noqa: FBT001
) -> None:
    facts = read(a_finding("91019004", SNOMED, **value))
    assert features(facts) == {"paraesthesia": present}


@pytest.mark.parametrize(
    "value",
    [
        {"valueString": "a little, on Sundays"},
        {"valueQuantity": {"value": 3}},
        {"valueBoolean": True, "valueString": "no"},
        {"dataAbsentReason": a_code("unknown")},
    ],
)
def test_a_symptom_with_another_value_is_not_known(value: dict[str, object]) -> None:
    facts = read(a_finding("91019004", SNOMED) | value)
    assert facts.features == ()


def test_the_value_may_name_the_symptom() -> None:
    value = a_code("91019004", SNOMED)
    body = an_observation(code=a_code("75325-1"), valueQuantity=None, valueCodeableConcept=value)
    assert features(read(body)) == {"paraesthesia": True}


def test_any_other_question_with_a_symptom_as_its_value_is_not_a_symptom() -> None:
    value = a_code("91019004", SNOMED)
    body = an_observation(code=a_code("8670-2"), valueQuantity=None, valueCodeableConcept=value)
    assert read(body).features == ()


def test_what_is_said_of_a_symptom_is_read() -> None:
    said = [
        {"url": f"{EXTENSION}progressive", "valueBoolean": True},
        {"url": f"{EXTENSION}objective", "valueBoolean": False},
        {"url": f"{EXTENSION}intermittent", "valueBoolean": True},
        {"url": f"{EXTENSION}onset", "valueDateTime": "2026-08"},
        {"url": "urn:other", "valueBoolean": True},
    ]
    site = a_code("feet", "https://cobalamin.org/fhir/CodeSystem/body-site")
    (fact,) = read(a_finding("numbness", extension=said, bodySite=site)).features
    assert (fact.progressive, fact.objective, fact.intermittent) == (True, False, True)
    assert fact.onset is not None
    assert fact.onset.text == "2026-08"
    assert fact.site is BodySite.feet


def test_a_concept_may_name_its_site() -> None:
    (fact,) = read(a_finding("309538000", SNOMED)).features
    assert (fact.code, fact.site) == (Feature.numbness, BodySite.feet)


def test_every_word_of_the_vocabulary_has_a_code_of_the_project() -> None:
    signs = a_bundle(*(a_finding(code, FEATURE) for code in Feature))
    assert set(features(read(signs))) == {code.value for code in Feature}
    past = a_bundle(*(a_finding(code, HISTORY) for code in History))
    assert set(history(read(past))) == {code.value for code in History}


@pytest.mark.parametrize(
    ("code", "pregnant"), [("77386006", True), ("60001007", False), ("102874004", None)]
)
def test_pregnancy_status_is_yes_no_or_not_known(code: str, pregnant: bool | None) -> None:  # noqa: FBT001
    body = an_observation(
        code=a_code("82810-3"), valueQuantity=None, valueCodeableConcept=a_code(code, SNOMED)
    )
    facts = read(body)
    assert history(facts) == ({} if pregnant is None else {"pregnancy": pregnant})
    assert facts.patient.pregnant is (False if pregnant is False else None)


def test_the_newest_answer_counts() -> None:
    def answered(code: str, day: str) -> dict[str, object]:
        value = a_code(code, SNOMED)
        return an_observation(
            code=a_code("72166-2"),
            valueQuantity=None,
            valueCodeableConcept=value,
            effectiveDateTime=day,
        )

    for bundle in (
        a_bundle(answered("449868002", "2020-01-01"), answered("8517006", "2026-01-01")),
        a_bundle(answered("8517006", "2026-01-01"), answered("449868002", "2020-01-01")),
    ):
        assert history(read(bundle)) == {"smoking": False}


# --- Conditions


@pytest.mark.parametrize(
    ("code", "system", "expected"),
    [
        ("D51.0", ICD10CM, {"pernicious_anaemia": True}),
        ("D510", ICD10CM, {"pernicious_anaemia": True}),
        ("K50.012", ICD10CM, {"crohns_disease": True}),
        ("N18.30", ICD10CM, {"chronic_kidney_disease": True}),
        ("K90.0", ICD10, {"coeliac_disease": True}),
        ("38106008", SNOMED, {"crohns_disease": True, "ileal_disease": True}),
        ("vegan", "http://terminology.hl7.org/CodeSystem/diet", {"vegan_diet": True}),
        ("E53.8", ICD10CM, {}),
        ("E53.8", ICD10, {}),
        ("Z79.84", ICD10CM, {}),
        ("Z79.899", ICD10CM, {}),
        ("190634004", SNOMED, {}),
        ("230109000", SNOMED, {}),
        ("J45.909", ICD10CM, {}),
    ],
)
def test_conditions_become_history_by_their_code(
    code: str, system: str, expected: dict[str, bool]
) -> None:
    assert history(read(a_condition(code, system))) == expected


def test_cramp_and_spasm_share_a_code() -> None:
    facts = read(a_condition("R25.2"))
    assert features(facts) == {"muscle_cramp": True, "muscle_spasm": True}


def test_a_code_that_cannot_identify_b12_deficiency_is_said() -> None:
    (note,) = read(a_condition("E53.8")).notes
    assert (note.code, note.severity) == ("code-without-fact", "information")
    assert "folate deficiency" in note.text


@pytest.mark.parametrize("status", ["resolved", "remission", "inactive"])
def test_a_symptom_that_is_over_is_no_fact(status: str) -> None:
    over = a_code(status, CLINICAL)
    assert read(a_condition("R20.2", clinicalStatus=over)).features == ()
    assert history(read(a_condition("E03.9", clinicalStatus=over))) == {"hypothyroidism": False}


@pytest.mark.parametrize("status", ["active", "recurrence", "relapse"])
def test_a_symptom_that_is_there_counts(status: str) -> None:
    facts = read(a_condition("R20.2", clinicalStatus=a_code(status, CLINICAL)))
    assert features(facts) == {"paraesthesia": True}


def test_what_does_not_end_stays_active_and_is_said() -> None:
    facts = read(a_condition("D51.0", clinicalStatus=a_code("resolved", CLINICAL)))
    assert history(facts) == {"pernicious_anaemia": True}
    assert note_codes(facts) == {"lifelong-condition"}


@pytest.mark.parametrize("status", ["refuted", "entered-in-error", "differential"])
def test_a_diagnosis_that_does_not_stand_is_no_fact(status: str) -> None:
    facts = read(a_condition("D51.0", verificationStatus=a_code(status, VERIFICATION)))
    assert facts.history == ()
    assert note_codes(facts) == {"not-established"}


def test_a_status_of_an_older_version_is_a_word() -> None:
    facts = read(a_condition("D51.0", verificationStatus="entered-in-error"))
    assert facts.history == ()


def test_the_onset_of_a_condition_is_kept() -> None:
    (fact,) = read(a_condition("D51.0", onsetDateTime="2019")).history
    assert fact.since is not None
    assert fact.since.text == "2019"
    (feature,) = read(a_condition("R20.2", onsetDateTime="2026-08")).features
    assert feature.onset is not None
    assert feature.onset.text == "2026-08"


def test_free_text_is_never_interpreted_and_said_once() -> None:
    told = a_resource("Condition", code={"text": "vegan, pins and needles"})
    facts = read(a_bundle(told, told))
    assert (facts.features, facts.history) == ((), ())
    named, counted = facts.notes
    assert (named.code, counted.code) == ("free-text-not-read", "free-text-not-read")
    assert "2 in this list" in counted.text
    assert facts.unread == ("conditions",)


# --- procedures


def test_a_procedure_that_was_done_has_its_day() -> None:
    done = a_resource(
        "Procedure",
        status="completed",
        code=a_code("26452005", SNOMED),
        performedDateTime="2014-06-01",
    )
    (fact,) = read(done).history
    assert (fact.code, fact.active) == (History.gastrectomy_total, True)
    assert fact.since is not None
    assert fact.since.text == "2014-06-01"


@pytest.mark.parametrize("status", ["not-done", "entered-in-error", "preparation"])
def test_a_procedure_that_was_not_done_is_no_fact(status: str) -> None:
    procedure = a_resource("Procedure", status=status, code=a_code("26452005", SNOMED))
    facts = read(procedure)
    assert facts.history == ()
    assert note_codes(facts) == {"not-in-use"}


def test_injections_that_were_stopped_have_ended() -> None:
    stopped = a_resource(
        "Procedure",
        status="completed",
        code=a_code("170826002", SNOMED),
        performedDateTime="2026-05-01",
    )
    (fact,) = read(stopped).history
    assert (fact.code, fact.active) == (History.b12_replacement_parenteral, False)
    assert fact.since is None
    assert fact.last is not None
    assert fact.last.text == "2026-05-01"


# --- allergies


@pytest.mark.parametrize(
    ("coded", "expected"),
    [
        ({"code": a_code("294933004", SNOMED)}, "hydroxocobalamin_allergy"),
        ({"code": a_code("294934005", SNOMED)}, "cyanocobalamin_allergy"),
        (
            {"code": a_code("5514", "http://www.nlm.nih.gov/research/umls/rxnorm")},
            "hydroxocobalamin_allergy",
        ),
        ({"reaction": [{"substance": a_code("30010009", SNOMED)}]}, "cyanocobalamin_allergy"),
        ({"code": a_code("417532002", SNOMED)}, "food_allergy_fish"),
        ({"code": a_code("cobalt_allergy", HISTORY)}, "cobalt_allergy"),
    ],
)
def test_an_allergy_is_read_by_its_code_or_its_substance(
    coded: dict[str, object], expected: str
) -> None:
    assert history(read(a_resource("AllergyIntolerance", **coded))) == {expected: True}


def test_a_medicine_is_no_allergy_and_an_allergy_no_medicine() -> None:
    metformin = a_code("6809", "http://www.nlm.nih.gov/research/umls/rxnorm")
    assert read(a_resource("AllergyIntolerance", code=metformin)).history == ()


def test_a_refuted_allergy_is_no_fact() -> None:
    refuted = a_resource(
        "AllergyIntolerance",
        code=a_code("294933004", SNOMED),
        verificationStatus=a_code("refuted", "x"),
    )
    facts = read(refuted)
    assert facts.history == ()
    assert note_codes(facts) == {"not-established"}


# --- family


@pytest.mark.parametrize(
    ("code", "system", "expected"),
    [
        ("84027009", SNOMED, {"family_history_b12": True}),
        ("190634004", SNOMED, {"family_history_b12": True}),
        ("58610003", SNOMED, {"family_history_leber": True}),
        ("E06.3", ICD10, {"family_history_autoimmune": True}),
        ("R20.2", ICD10, {}),
    ],
)
def test_what_a_relative_had_is_family_history(
    code: str, system: str, expected: dict[str, bool]
) -> None:
    relative = a_resource(
        "FamilyMemberHistory", status="completed", condition=[{"code": a_code(code, system)}]
    )
    facts = read(relative)
    assert history(facts) == expected
    assert facts.features == ()


@pytest.mark.parametrize(
    ("status", "note"),
    [
        ("entered-in-error", "entered-in-error"),
        ("health-unknown", "not-established"),
        ("unheard-of", "not-established"),
        (None, "status-missing"),
    ],
)
def test_family_history_that_does_not_stand_is_no_fact_and_said(
    status: str | None, note: str
) -> None:
    relative = a_resource(
        "FamilyMemberHistory", status=status, condition=[{"code": a_code("84027009", SNOMED)}]
    )
    facts = read(relative)
    assert facts.history == ()
    assert note_codes(facts) == {note}

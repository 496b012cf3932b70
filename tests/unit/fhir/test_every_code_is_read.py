"""Every code of the knowledge, sent as FHIR, becomes the fact that it stands for."""

import json
from decimal import Decimal
from typing import Any

import pytest

from cobalamin.fhir.reader import read_body
from cobalamin.service.knowledge.code_meanings import Meaning, Topic
from cobalamin.service.knowledge.profile import load_profile
from cobalamin.service.rules.model.facts import Facts
from cobalamin.service.rules.model.vocabulary import Analyte, Feature, History

LIBRARY = load_profile("uk-nice")
UNITS = LIBRARY.knowledge.units
SUBJECT = {"reference": "Patient/1"}
DAY = "2026-11-02"


SYSTEMS = [
    url
    for url, table in LIBRARY.codes.systems.items()
    if not table.aliased and table.url == url and table.exact
]


def read(*resources: dict[str, Any]) -> Facts:
    entry = [{"resource": resource} for resource in resources]
    body = json.dumps({"resourceType": "Bundle", "type": "collection", "entry": entry})
    return read_body(body.encode(), LIBRARY.codes, UNITS)


def concept(url: str, code: str) -> dict[str, Any]:
    return {"coding": [{"system": url, "code": code}]}


def observation(url: str, code: str, **value: object) -> dict[str, Any]:
    return {
        "resourceType": "Observation",
        "status": "final",
        "code": concept(url, code),
        "subject": SUBJECT,
        "effectiveDateTime": DAY,
        **value,
    }


def measured(meaning: Meaning) -> dict[str, Any]:
    """A value that the analyte can have: in a unit of the code, or a word."""
    assert meaning.analyte is not None
    table = UNITS.get(meaning.analyte)
    if table is None:
        return {"valueString": "positive"}
    unit = next(iter(sorted(meaning.units or {table.canonical})))
    low, high = table.plausible.get(unit, (Decimal(1), Decimal(1)))
    value = float((low + high) / 2)
    return {"valueQuantity": {"value": value, "code": unit, "system": "http://unitsofmeasure.org"}}


def anything(url: str, code: str) -> dict[str, Any]:
    """The code in every kind of resource that may hold a symptom, a history or a medicine."""
    coded, common = concept(url, code), {"subject": SUBJECT}
    return {
        "Condition": {"code": coded, "clinicalStatus": concept("x", "active"), **common},
        "Observation": {"code": coded, "status": "final", "effectiveDateTime": DAY, **common},
        "Procedure": {"code": coded, "status": "completed", "performedDateTime": DAY, **common},
        "MedicationRequest": {
            "medicationCodeableConcept": coded,
            "status": "active",
            "intent": "order",
            "authoredOn": DAY,
            **common,
        },
        "AllergyIntolerance": {"code": coded, "patient": SUBJECT},
        "FamilyMemberHistory": {
            "status": "completed",
            "patient": SUBJECT,
            "condition": [{"code": coded}],
        },
    }


def facts_of_anything(url: str, code: str) -> list[Facts]:
    return [
        read({"resourceType": kind, **members}) for kind, members in anything(url, code).items()
    ]


@pytest.mark.parametrize("url", SYSTEMS)
def test_a_code_becomes_what_it_stands_for(url: str) -> None:
    for code, meaning in sorted(LIBRARY.codes.systems[url].exact.items()):
        _becomes_what_it_stands_for(url, code, meaning)


def _becomes_what_it_stands_for(url: str, code: str, meaning: Meaning) -> None:
    if meaning.refused is not None:
        facts = read(observation(url, code, valueQuantity={"value": 9, "code": "pg/mL"}))
        assert not facts.results
        assert facts.notes
    elif meaning.analyte is not None:
        (result,) = read(observation(url, code, **measured(meaning))).results
        assert result.analyte is meaning.analyte
    elif meaning.topic is Topic.pregnancy_status:
        answer = concept("http://snomed.info/sct", "77386006")
        (pregnancy,) = read(observation(url, code, valueCodeableConcept=answer)).history
        assert (pregnancy.code, pregnancy.active) == (History.pregnancy, True)
    elif meaning.topic is Topic.smoking_status:
        answer = concept("http://snomed.info/sct", "77176002")
        (smoking,) = read(observation(url, code, valueCodeableConcept=answer)).history
        assert smoking.code is History.smoking
    elif meaning.topic is Topic.symptom:
        answer = concept("http://snomed.info/sct", "91019004")
        (symptom,) = read(observation(url, code, valueCodeableConcept=answer)).features
        assert symptom.code is Feature.paraesthesia
    elif meaning.topic is not None:
        gestation = {"valueQuantity": {"value": 20, "unit": "wk", "code": "wk"}}
        delivery = {"valueDateTime": "2026-11-20"}
        sent = gestation if meaning.topic is Topic.gestational_age else delivery
        assert read(observation(url, code, **sent)).patient.gestation_begun is not None
    elif meaning.unread is None:
        _becomes_a_fact(facts_of_anything(url, code), meaning)


def _becomes_a_fact(read_ones: list[Facts], meaning: Meaning) -> None:
    features = {fact.code for facts in read_ones for fact in facts.features}
    history = {fact.code for facts in read_ones for fact in facts.history}
    assert set(meaning.features) <= features
    assert set(meaning.history) <= history
    for one in (meaning.family, meaning.allergy):
        assert one is None or one in history
    if meaning.cobalamin is not None:
        assert any(code.startswith(("b12_", "hydroxocobalamin_antidote")) for code in history)
    assert features or history


# --- whole vocabularies, and the plain-language sources


@pytest.mark.parametrize("name", ["analyte", "feature", "history"])
def test_every_word_of_a_vocabulary_is_reached_from_fhir(name: str) -> None:
    url = f"https://cobalamin.org/fhir/CodeSystem/{name}"
    vocabulary = {"analyte": Analyte, "feature": Feature, "history": History}[name]
    assert set(LIBRARY.codes.systems[url].exact) == set(vocabulary)


SYMPTOMS = """
    paraesthesia numbness ataxia gait_disturbance memory_loss confusion cognitive_impairment
    irritability depression fatigue weakness muscle_cramp muscle_spasm muscle_tension
    muscle_stiffness myalgia neuropathic_pain glossitis pallor jaundice dyspnoea dizziness
"""
CAUSES = """
    vegan_diet vegetarian_diet low_b12_diet pernicious_anaemia autoimmune_gastritis
    gastrectomy_total bariatric_surgery ileal_resection crohns_disease coeliac_disease metformin
    ppi h2_antagonist colchicine nitrous_oxide_recreational pancreatic_insufficiency
"""
FOODS = """
    clams liver sardines salmon trout tuna haddock beef lamb ham milk yogurt cheese egg chicken
    turkey cereal yeast plant bread
"""
TREATMENTS = """
    im-loading-standard im-loading-neurological im-maintenance diet-advice
    oral-replacement-dietary oral-replacement-high-dose nasal-maintenance
"""


@pytest.mark.parametrize("word", SYMPTOMS.split())
def test_every_symptom_of_the_plain_language_sources_is_known(word: str) -> None:
    assert Feature(word).value in LIBRARY.wording.facts


@pytest.mark.parametrize("word", CAUSES.split())
def test_every_cause_of_the_plain_language_sources_is_known(word: str) -> None:
    assert History(word).value in LIBRARY.wording.facts


@pytest.mark.parametrize("food", FOODS.split())
def test_every_food_is_in_the_knowledge(food: str) -> None:
    assert any(food in known.name.lower() for known in LIBRARY.wording.foods)


@pytest.mark.parametrize("treatment", TREATMENTS.split())
def test_every_treatment_is_in_the_knowledge(treatment: str) -> None:
    assert LIBRARY.wording.suggestions[treatment].label

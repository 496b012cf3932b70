"""Whatever the rules conclude has words, keeps the contract and can be ordered."""

import ast
import inspect
import json
import re
from collections.abc import Iterator
from itertools import product

import pytest

from assessments import PROFILES, TODAY, a_card_context, a_result, get_profile
from cobalamin.service.answers.cards import carries_on, to_cards
from cobalamin.service.answers.extension import summary_of, to_extension
from cobalamin.service.answers.headline import LONGEST, headline
from cobalamin.service.answers.plain import encode, to_plain
from cobalamin.service.answers.text import to_text
from cobalamin.service.cds_hooks import answered as answered_cards
from cobalamin.service.cds_hooks import discharge as discharge_hooks
from cobalamin.service.cds_hooks import hook_answer, signed
from cobalamin.service.cds_hooks import orders as order_hooks
from cobalamin.service.cds_hooks import problems as problem_hooks
from cobalamin.service.rules.assess import assess
from cobalamin.service.rules.findings import confounders
from cobalamin.service.rules.model.assessment import Assessment, Outcome
from cobalamin.service.rules.model.codes import CAUTION_CODES, ReasonCode
from cobalamin.service.rules.model.facts import (
    Facts,
    FeatureFact,
    HistoryFact,
    Patient,
    Refusal,
    Result,
)
from cobalamin.service.rules.model.vocabulary import Analyte, Feature, History, Sex
from cobalamin.service.rules.plan import cautions, missing_facts
from contract_checks import check_answer

RESULTS: tuple[tuple[Result, ...], ...] = (
    (),
    (a_result("98"),),
    (a_result("250"),),
    (a_result("250"), a_result("900", "nmol/L", analyte=Analyte.mma)),
    (a_result("500"),),
    (a_result("98"), a_result("68", "g/L", analyte=Analyte.haemoglobin)),
)
FEATURES: tuple[tuple[FeatureFact, ...], ...] = (
    (),
    (FeatureFact(code=Feature.paraesthesia),),
    (FeatureFact(code=Feature.vibration_loss, objective=True),),
    (FeatureFact(code=Feature.memory_loss, progressive=True),),
    (FeatureFact(code=Feature.extensor_plantar), FeatureFact(code=Feature.optic_atrophy)),
)
HISTORIES: tuple[tuple[History, ...], ...] = (
    (),
    (History.vegan_diet, History.food_allergy_milk),
    (History.metformin, History.folic_acid),
    (History.pernicious_anaemia, History.cobalamin_allergy),
    (History.nitrous_oxide_recreational,),
    (History.b12_replacement_parenteral,),
    (History.pregnancy, History.anticoagulant),
)
AGES = (None, 9, 75)


def assessments(profile: str) -> Iterator[Assessment]:
    """What the real rules say about a grid of patients."""
    knowledge = get_profile(profile).knowledge
    for results, features, history, age in product(RESULTS, FEATURES, HISTORIES, AGES):
        refusals = () if results else (Refusal(analyte=Analyte.b12_total, code="x", where="y"),)
        facts = Facts(
            patient=Patient(id="p1", sex=Sex.female, age=age),
            results=results,
            features=features,
            history=tuple(HistoryFact(code=code) for code in history),
            refusals=refusals if age == 75 else (),
        )
        yield assess(facts, knowledge, TODAY)


@pytest.mark.parametrize("profile", PROFILES)
def test_every_answer_keeps_the_contract(profile: str) -> None:
    seen = set()
    for one in assessments(profile):
        cards = to_cards(a_card_context(one, profile), show_unavailable=True)
        summary = summary_of(one, get_profile(profile).wording)
        answer = {"cards": cards, "extension": to_extension(summary, get_profile(profile))}
        if one.plan.rung not in seen:
            check_answer(answer, patient="p1")
            seen.add(one.plan.rung)
        assert bool(cards) is (
            one.outcome is not Outcome.no_advice
            and not carries_on(one, get_profile(profile).wording)
        )
        assert len(headline(one, get_profile(profile).wording)) <= LONGEST
        assert not headline(one, get_profile(profile).wording).endswith("…")
    assert len(seen) >= 10


@pytest.mark.parametrize("profile", PROFILES)
def test_every_assessment_can_be_read_as_json_and_as_text(profile: str) -> None:
    for one in assessments(profile):
        read = json.loads(encode(to_plain(one, get_profile(profile), [])))
        assert read["outcome"] == one.outcome.value
        assert to_text(one, get_profile(profile)).endswith("who decide.\n")


def strings(module: object) -> set[str]:
    """Every string constant in the source of a module or function."""
    tree = ast.parse(inspect.getsource(module))  # type: ignore[arg-type]
    return {
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }


def test_every_reason_of_the_rules_has_its_words_and_no_other_has() -> None:
    modules = (order_hooks, problem_hooks, discharge_hooks, answered_cards, hook_answer, signed)
    of_hooks = {text for module in modules for text in strings(module)}
    named = set(get_profile().wording.reasons)
    assert set(ReasonCode) <= named
    assert named <= set(ReasonCode) | of_hooks


def test_every_confounder_of_the_rules_has_its_words() -> None:
    named = strings(confounders.confounders)
    found = {text for text in named if re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", text)}
    emitted = found | {fact.replace("_", "-") for fact in confounders.RECORDED.order}
    assert emitted == set(get_profile().wording.confounders)


def test_every_caution_of_the_rules_has_its_words() -> None:
    assert {code for code, _ in cautions.CAUTIONS} <= CAUTION_CODES


def test_everything_that_the_rules_may_ask_for_has_a_name() -> None:
    asked = {question.fact for question in missing_facts.QUESTIONS}
    assert asked <= set(get_profile().wording.facts)

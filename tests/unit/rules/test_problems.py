"""Which new problems bear on vitamin B12, and when one asks for a level."""

from collections.abc import Mapping

import pytest

from cobalamin.service.knowledge.loader import load_knowledge
from cobalamin.service.rules.facts import Problem
from cobalamin.service.rules.problems import UNMEASURED, bearing, unmeasured, with_problems
from cobalamin.service.rules.vocabulary import Diagnosis
from spec_tables import ON, read_facts, read_feature, read_history

KNOWLEDGE = load_knowledge("uk-nice")


def history(text: str) -> Problem:
    return Problem(where="conditions", history=(read_history(text),))


def feature(text: str) -> Problem:
    return Problem(where="conditions", features=(read_feature(text),))


def diagnosis(one: Diagnosis) -> Problem:
    return Problem(where="conditions", diagnosis=one)


BEARING = [
    *(pytest.param(diagnosis(one), id=one) for one in Diagnosis),
    pytest.param(history("pernicious_anaemia"), id="a cause"),
    pytest.param(history("gastrectomy_partial"), id="an operation"),
    pytest.param(history("family_history_b12"), id="a risk factor"),
    pytest.param(feature("paraesthesia"), id="a nerve symptom"),
]
PASSED_OVER = [
    pytest.param(Problem(where="conditions"), id="nothing that is known"),
    pytest.param(history("statin"), id="no risk factor"),
    pytest.param(history("metformin since 2026-10"), id="too short to count"),
    pytest.param(feature("fatigue"), id="no nerve symptom"),
]


@pytest.mark.parametrize("problem", BEARING)
def test_a_problem_that_bears_on_vitamin_b12_asks_for_a_level(problem: Problem) -> None:
    assert codes({"age": "50"}, problem) == [UNMEASURED]


@pytest.mark.parametrize("problem", PASSED_OVER)
def test_another_problem_is_passed_over(problem: Problem) -> None:
    assert codes({"age": "50"}, problem) == []


@pytest.mark.parametrize(
    "given",
    [
        {"age": "50", "b12": "400 ng/L"},
        {"age": "12"},
        {"age": "?"},
        {"age": "50", "history": "b12_replacement_oral 1 mg/d"},
    ],
    ids=["measured", "a child", "no age", "replaced"],
)
def test_a_level_is_asked_for_only_where_it_is_missing(given: Mapping[str, str]) -> None:
    assert codes(given, history("pernicious_anaemia")) == []


def codes(given: Mapping[str, str], *problems: Problem) -> list[str]:
    facts = read_facts(dict(given))
    relevant = bearing(facts, KNOWLEDGE, ON, problems)
    found = unmeasured(with_problems(facts, problems), KNOWLEDGE, ON, relevant)
    assert [concern.about for concern in found] == list(relevant[: len(found)])
    return [concern.code for concern in found]


def test_what_is_new_does_not_bear_by_what_was_known_before() -> None:
    facts = read_facts({"age": "50", "history": "pernicious_anaemia", "features": "paraesthesia"})
    assert bearing(facts, KNOWLEDGE, ON, [history("statin")]) == ()


def test_the_problems_join_the_record() -> None:
    facts = read_facts({"age": "50", "history": "statin", "features": "fatigue"})
    joined = with_problems(facts, [history("pernicious_anaemia"), feature("paraesthesia")])
    assert [fact.code for fact in joined.history] == ["statin", "pernicious_anaemia"]
    assert [fact.code for fact in joined.features] == ["fatigue", "paraesthesia"]


def test_the_test_is_that_of_the_patient() -> None:
    facts = read_facts({"age": "30", "pregnant": "yes"})
    (concern,) = unmeasured(facts, KNOWLEDGE, ON, [history("pernicious_anaemia")])
    assert concern.suggestions == ("test-b12-active",)

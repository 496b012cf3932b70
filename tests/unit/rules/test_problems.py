"""Which new problems bear on vitamin B12, and when one asks for a level."""

from collections.abc import Mapping

import pytest

from cobalamin.service.knowledge.loader import load_knowledge
from cobalamin.service.rules.assess import assess
from cobalamin.service.rules.evidence.case import Case
from cobalamin.service.rules.model.facts import DraftProblem
from cobalamin.service.rules.model.vocabulary import Diagnosis
from cobalamin.service.rules.workflow.plan_changes import differs
from cobalamin.service.rules.workflow.problems import (
    UNMEASURED,
    problem_alerts,
    relevant_problems,
    with_problems,
)
from spec_tables import ON, read_facts, read_feature, read_history

KNOWLEDGE = load_knowledge("uk-nice")


def history(text: str) -> DraftProblem:
    return DraftProblem(where="conditions", history=(read_history(text),))


def feature(text: str) -> DraftProblem:
    return DraftProblem(where="conditions", features=(read_feature(text),))


def diagnosis(one: Diagnosis) -> DraftProblem:
    return DraftProblem(where="conditions", diagnosis=one)


BEARING = [
    *(pytest.param(diagnosis(one), id=one) for one in Diagnosis),
    pytest.param(history("pernicious_anaemia"), id="a cause"),
    pytest.param(history("gastrectomy_partial"), id="an operation"),
    pytest.param(feature("paraesthesia"), id="a nerve symptom"),
]
PASSED_OVER = [
    pytest.param(DraftProblem(where="conditions"), id="nothing that is known"),
    pytest.param(history("statin"), id="no risk factor"),
    pytest.param(history("vitiligo"), id="a disease that only goes with a lack"),
    pytest.param(history("family_history_b12"), id="a family history"),
    pytest.param(history("metformin since 2026-10"), id="too short to count"),
    pytest.param(feature("fatigue"), id="no nerve symptom"),
]


@pytest.mark.parametrize("problem", BEARING)
def test_a_problem_that_bears_on_vitamin_b12_asks_for_a_level(problem: DraftProblem) -> None:
    assert codes({"age": "50"}, problem) == [UNMEASURED]


@pytest.mark.parametrize("risk", ["vitiligo", "family_history_b12", "pernicious_anaemia"])
def test_every_risk_factor_bears_on_the_plan(risk: str) -> None:
    assert (
        len(relevant_problems(Case(read_facts({"age": "50"}), KNOWLEDGE, ON), [history(risk)])) == 1
    )


def test_the_first_that_asks_for_a_level_is_named() -> None:
    vitiligo, anaemia = history("vitiligo"), history("pernicious_anaemia")
    facts = with_problems(read_facts({"age": "50"}), [vitiligo, anaemia])
    (concern,) = problem_alerts(Case(facts, KNOWLEDGE, ON), [vitiligo, anaemia])
    assert concern.about == anaemia


TABLETS = {"age": "50", "history": "b12_replacement_oral 1 mg/d since 2024"}
INJECTIONS = {"age": "50", "history": "b12_replacement_parenteral since 2024 last 2026-10-01"}


@pytest.mark.parametrize(
    ("given", "problem", "changed"),
    [
        pytest.param(TABLETS, history("leber_optic_neuropathy"), True, id="the form is barred"),
        pytest.param(INJECTIONS, history("hydroxocobalamin_allergy"), True, id="an allergy"),
        pytest.param(INJECTIONS, feature("vibration_loss objective"), True, id="a sign"),
        pytest.param(
            {"age": "50", "history": "metformin since 2020"},
            feature("fatigue"),
            True,
            id="a symptom beside a risk factor",
        ),
        pytest.param(INJECTIONS, history("pernicious_anaemia"), False, id="the cause of it"),
        pytest.param(TABLETS, history("statin"), False, id="no risk factor"),
        pytest.param({"age": "50"}, feature("fatigue"), False, id="a symptom alone"),
        pytest.param({"age": "50", "b12": "100 ng/L"}, history("statin"), False, id="a plan"),
    ],
)
def test_whether_a_problem_changes_the_plan(
    given: Mapping[str, str], problem: DraftProblem, *, changed: bool
) -> None:
    facts = read_facts(dict(given))
    before = assess(facts, KNOWLEDGE, ON).plan
    after = assess(with_problems(facts, [problem]), KNOWLEDGE, ON).plan
    assert differs(before, after) is changed


@pytest.mark.parametrize("problem", PASSED_OVER)
def test_another_problem_is_passed_over(problem: DraftProblem) -> None:
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


def codes(given: Mapping[str, str], *problems: DraftProblem) -> list[str]:
    facts = read_facts(dict(given))
    relevant = relevant_problems(Case(facts, KNOWLEDGE, ON), problems)
    found = problem_alerts(Case(with_problems(facts, problems), KNOWLEDGE, ON), relevant)
    assert [concern.about for concern in found] == list(relevant[: len(found)])
    return [concern.code for concern in found]


def test_what_is_new_does_not_bear_by_what_was_known_before() -> None:
    facts = read_facts({"age": "50", "history": "pernicious_anaemia", "features": "paraesthesia"})
    assert relevant_problems(Case(facts, KNOWLEDGE, ON), [history("statin")]) == ()


def test_the_problems_join_the_record() -> None:
    facts = read_facts({"age": "50", "history": "statin", "features": "fatigue"})
    joined = with_problems(facts, [history("pernicious_anaemia"), feature("paraesthesia")])
    assert [fact.code for fact in joined.history] == ["statin", "pernicious_anaemia"]
    assert [fact.code for fact in joined.features] == ["fatigue", "paraesthesia"]


def test_the_test_is_that_of_the_patient() -> None:
    facts = read_facts({"age": "30", "pregnant": "yes"})
    (concern,) = problem_alerts(Case(facts, KNOWLEDGE, ON), [history("pernicious_anaemia")])
    assert concern.suggestions == ("test-b12-active",)

"""Which problems that are being added bear on vitamin B12, and what is said of them."""

from collections.abc import Iterable

from msgspec.structs import replace

from cobalamin.service.rules.evidence.case import Case, FactSet
from cobalamin.service.rules.findings.b12_status import is_adult
from cobalamin.service.rules.findings.causes import CAUSES, RISK_FACTORS, exposure_counts
from cobalamin.service.rules.findings.neuropathy import N1, neuropathy_level
from cobalamin.service.rules.findings.tests_due import first_tests, is_unmeasured
from cobalamin.service.rules.findings.treatment import is_replaced
from cobalamin.service.rules.model.codes import AlertCode
from cobalamin.service.rules.model.facts import DraftProblem, Facts
from cobalamin.service.rules.workflow.alert import Alert

UNMEASURED = AlertCode.problem_b12_unmeasured


def with_problems(facts: Facts, added: Iterable[DraftProblem]) -> Facts:
    """The record as it would be with the problems on its list."""
    problems = tuple(added)
    return replace(
        facts,
        features=(*facts.features, *(fact for one in problems for fact in one.features)),
        history=(*facts.history, *(fact for one in problems for fact in one.history)),
    )


def relevant_problems(case: Case, added: Iterable[DraftProblem]) -> tuple[DraftProblem, ...]:
    """The problems that are a cause, a risk factor or a nerve finding, or ask for a level."""
    return tuple(problem for problem in added if _bears(case, problem, RISK_FACTORS))


def _bears(case: Case, problem: DraftProblem, group: FactSet) -> bool:
    if problem.diagnosis is not None:
        return True
    facts = replace(case.facts, features=problem.features, history=problem.history)
    alone = Case(facts, case.knowledge, case.on)
    return neuropathy_level(alone) >= N1 or any(
        exposure_counts(alone, fact) for fact in alone.active_history(group)
    )


def problem_alerts(case: Case, added: Iterable[DraftProblem]) -> tuple[Alert, ...]:
    """One alert, about the first problem that asks for a level, where none stands beside it.

    The case holds the problems already. A disease or a family history that only goes with a lack
    more often asks for none. Nothing for a child or without an age, and nothing where vitamin B12
    is being replaced.
    """
    asking = (problem for problem in added if _bears(case, problem, CAUSES))
    first = next(asking, None)
    if first is None or not is_adult(case) or not is_unmeasured(case) or is_replaced(case):
        return ()
    return (Alert(code=UNMEASURED, about=first, suggestions=first_tests(case)),)

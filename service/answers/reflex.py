"""Reflex tests: what a laboratory adds, or could add, to the sample that it has."""

from collections.abc import Iterator

from msgspec import Struct

from cobalamin.service.knowledge.profile import Profile
from cobalamin.service.knowledge.site_reflex import (
    REFLEX_TESTS,
    ReflexAction,
    ReflexGroup,
    ReflexRule,
)
from cobalamin.service.rules.evidence.case import Case
from cobalamin.service.rules.findings.tests_due import MEASURES
from cobalamin.service.rules.model.assessment import Assessment
from cobalamin.service.rules.model.codes import Codes, SuggestionCode
from cobalamin.service.rules.model.vocabulary import Sex

# A result that is under way has been asked for.
PENDING = frozenset({"status-not-final"})
PLAN, MINIMUM_DAYS = "plan", "minimum_days"
"""The rule of a test of which the site file says nothing: the plan names it."""


class ReflexTest(Struct, frozen=True, kw_only=True):
    """A test of the plan, what the laboratory does with it, and by which rule."""

    code: SuggestionCode
    action: ReflexAction
    rule: str


def reflex_tests(
    assessment: Assessment, profile: Profile, *, is_protected: bool = False
) -> tuple[ReflexTest, ...]:
    """The tests of the plan with neither a result nor one pending, those that are withheld too.

    Intervals between repeats are those of the plan, which names no test within its own, and those
    of the site file. `is_protected` says that the record of the patient is.
    """
    rules = {} if profile.site is None else profile.site.reflex
    case = Case(assessment.facts, profile.knowledge, assessment.on)
    return tuple(
        ReflexTest(code=SuggestionCode(code), action=ReflexAction.suggest, rule=PLAN)
        if code not in rules
        else _by_rule(SuggestionCode(code), rules[code], case, is_protected=is_protected)
        for code in _wanted(assessment)
    )


def offered_tests(tests: tuple[ReflexTest, ...]) -> tuple[ReflexTest, ...]:
    """Those that are added or suggested."""
    return tuple(test for test in tests if test.action is not ReflexAction.withhold)


def _wanted(assessment: Assessment) -> Codes:
    wanted = {suggestion.code for suggestion in assessment.plan.suggestions}
    under_way = {
        refusal.analyte for refusal in assessment.facts.refusals if refusal.code in PENDING
    }
    return tuple(
        code
        for code in REFLEX_TESTS
        if code in wanted and under_way.isdisjoint(MEASURES.get(code, ()))
    )


def _by_rule(
    code: SuggestionCode, rule: ReflexRule, case: Case, *, is_protected: bool
) -> ReflexTest:
    """What the rule of the site makes of a test; the first reason to withhold it is named."""
    name = f"site.reflex.{code}"
    group = next((one for one in _groups(case, is_protected) if one in rule.never_for), None)
    if group is not None:
        return ReflexTest(code=code, action=ReflexAction.withhold, rule=f"{name}.never_for.{group}")
    if rule.minimum_days is not None and _is_within(case, code, rule.minimum_days):
        return ReflexTest(code=code, action=ReflexAction.withhold, rule=f"{name}.{MINIMUM_DAYS}")
    return ReflexTest(code=code, action=rule.action, rule=name)


def _groups(case: Case, is_protected: bool) -> Iterator[ReflexGroup]:  # noqa: FBT001
    """The groups that a patient belongs to."""
    limits = case.thresholds
    if case.age is not None and case.age < limits.adult_age.number:
        yield ReflexGroup.children
    if case.is_pregnant:
        yield ReflexGroup.pregnancy
    may_be = case.age is None or case.age <= limits.childbearing_age_last.number
    if case.is_pregnant is None and may_be and case.sex is not Sex.male:
        yield ReflexGroup.pregnancy_not_known
    if is_protected:
        yield ReflexGroup.privacy


def _is_within(case: Case, code: SuggestionCode, days: int) -> bool:
    """Whether the last result of what a test measures is no older than so many days."""
    latest = (case.latest(analyte) for analyte in MEASURES.get(code, ()))
    return any(
        result is not None and 0 <= result.on.days_before(case.on) <= days for result in latest
    )

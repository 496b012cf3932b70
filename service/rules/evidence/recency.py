"""Which result still counts: the newest one, unless it has become too old for its kind."""

from cobalamin.service.rules.evidence.case import Case
from cobalamin.service.rules.evidence.groups import load_group
from cobalamin.service.rules.model.facts import Finding, Result
from cobalamin.service.rules.model.parameter import Parameter
from cobalamin.service.rules.model.vocabulary import Analyte, History

REPLACING = tuple(History(code) for code in load_group("replacement").order)


def current(case: Case, analyte: Analyte) -> Result | None:
    """The newest result if it is within the age limit of its kind."""
    return case.record.current.get(analyte)


def current_number(case: Case, analyte: Analyte) -> Result | None:
    """The same, only where it is a number."""
    result = current(case, analyte)
    return result if result is not None and result.quantity is not None else None


def is_within(case: Case, result: Result, limit: Parameter) -> bool:
    """Whether a result is at most so many days old; a partial date counts by its latest day."""
    return result.on.days_before(case.on) <= limit.number


def was_treated_since(case: Case, result: Result) -> bool:
    """Whether vitamin B12 replacement is recorded that may have been given after the result."""
    for code in REPLACING:
        product = case.history(code)
        if product is None or not product.begun:
            continue
        if product.last is None or product.last.last >= result.on.first:
            return True
    return False


def current_antibody(case: Case) -> Result | None:
    """The newest intrinsic-factor antibody; a positive one does not go stale, a negative does."""
    newest = case.latest(Analyte.intrinsic_factor_antibody)
    if newest is None or newest.finding is Finding.positive:
        return newest
    limit = case.thresholds.result_age_negative_antibody
    return newest if is_within(case, newest, limit) else None

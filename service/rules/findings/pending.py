"""Results that were asked for and are not final yet: shown, never used, and not asked for again."""

from cobalamin.service.rules.evidence.case import Case, concept
from cobalamin.service.rules.evidence.refusals import NOT_FINAL
from cobalamin.service.rules.model.facts import Refusal
from cobalamin.service.rules.model.vocabulary import Analyte as A

LEVELS = (A.b12_total, A.b12_active)


@concept
def pending_results(case: Case) -> tuple[Refusal, ...]:
    """Those of the last two weeks that no final result has overtaken.

    Without a date it is taken to be of these weeks; one that is dated later is not known yet.
    """
    return tuple(one for one in case.facts.refusals if _is_pending(case, one))


def _is_pending(case: Case, refusal: Refusal) -> bool:
    if refusal.code != NOT_FINAL:
        return False
    if refusal.on is None:
        return case.latest(refusal.analyte) is None
    newest = case.latest(refusal.analyte)
    if newest is not None and newest.on.last >= refusal.on.last:
        return False
    return refusal.on.days_before(case.on) <= case.thresholds.pending_result.number


def is_pending(case: Case, analyte: A) -> bool:
    """Whether a result of this analyte is under way."""
    return any(one.analyte is analyte for one in pending_results(case))


@concept
def is_level_pending(case: Case) -> bool:
    """Whether total or active B12 is under way."""
    return any(is_pending(case, analyte) for analyte in LEVELS)

"""What is left open when a patient goes home: what follows treatment, and results to come."""

from collections.abc import Callable
from datetime import date

from cobalamin.service.rules.evidence.case import Case
from cobalamin.service.rules.evidence.refusals import NOT_FINAL
from cobalamin.service.rules.evidence.result_selection import is_later
from cobalamin.service.rules.findings.b12_status import is_adult
from cobalamin.service.rules.findings.response import is_loading
from cobalamin.service.rules.findings.treatment import active_product
from cobalamin.service.rules.model.assessment import Route
from cobalamin.service.rules.model.codes import AlertCode, Codes
from cobalamin.service.rules.model.dates import months_after
from cobalamin.service.rules.model.facts import Course, HistoryFact, Refusal
from cobalamin.service.rules.model.vocabulary import Analyte as A
from cobalamin.service.rules.model.vocabulary import History as H
from cobalamin.service.rules.plan.contraindications import allergy_bars, continues_barred_form
from cobalamin.service.rules.plan.evidence_of_deficiency import is_deficient
from cobalamin.service.rules.plan.products import continued_maintenance
from cobalamin.service.rules.plan.step_suggestions import later_review
from cobalamin.service.rules.workflow.alert import Alert

MEDICATIONS = "medications"
DECIDING = frozenset({A.b12_total, A.b12_active, A.mma, A.homocysteine})


def open_actions(case: Case) -> tuple[Alert, ...]:
    """What to settle before the patient goes home; nothing for a child or without an age."""
    if not is_adult(case):
        return ()
    return tuple(
        Alert(code=code, suggestions=suggest(case), variant=variant)
        for code, variant, applies, suggest in LEFT_OPEN
        if applies(case)
    )


def may_lack_continuation(case: Case) -> bool:
    """Whether treatment was begun, and the prescriptions that would go on were not read."""
    begun = are_injections_begun(case) or are_tablets_begun(case)
    return bool(is_adult(case)) and MEDICATIONS in case.facts.unread and begun


# --- injections


def are_injections_not_continued(case: Case) -> bool:
    """Injections were begun lately, and the prescriptions name nothing that goes on."""
    if MEDICATIONS in case.facts.unread or not are_injections_begun(case):
        return False
    first = months_after(case.on, int(case.thresholds.maintenance_shortest.number))
    ordered = any(_lasts(course, first) for course in case.facts.courses)
    return not ordered and not _is_taken(case, H.b12_replacement_oral)


def are_injections_begun(case: Case) -> bool:
    """By what was given, or by an order of it, which may be carried out by now."""
    product = active_product(case)
    injected = product is not None and product.code is H.b12_replacement_parenteral
    return injected and is_loading(case)


# --- tablets


def are_tablets_not_continued(case: Case) -> bool:
    """Tablets were begun on the ward alone, and nothing on record lasts beyond the stay."""
    if MEDICATIONS in case.facts.unread or not are_tablets_begun(case):
        return False
    if any(_lasts(course, case.on) for course in case.facts.courses):
        return False
    return not any(_is_taken(case, code) for code in (H.b12_replacement_oral, H.b12_supplement))


def are_tablets_begun(case: Case) -> bool:
    """Tablets and no injections, begun lately, given on the ward or ordered for the stay alone."""
    product = active_product(case)
    swallowed = product is not None and product.code is H.b12_replacement_oral
    return swallowed and is_loading(case) and (_is_given(case) or _is_for_stay(case))


def _is_given(case: Case) -> bool:
    """Each giving has its day; what is ordered or taken has no last one while it goes on."""
    return any(fact.last is not None for fact in _facts_of(case, H.b12_replacement_oral))


def _is_for_stay(case: Case) -> bool:
    courses = case.facts.courses
    return any(c.in_hospital and c.code is H.b12_replacement_oral for c in courses)


# --- what goes on


def _lasts(course: Course, day: date) -> bool:
    """Whether an order goes on at home, and until that day at least."""
    return not course.in_hospital and (course.until is None or course.until >= day)


def _is_taken(case: Case, code: H) -> bool:
    """Said to be taken, without an end, apart from the orders in force of the same."""
    without_end = [fact for fact in _facts_of(case, code) if fact.last is None]
    ordered = [course for course in case.facts.courses if course.code is code]
    return len(without_end) > len(ordered)


def _facts_of(case: Case, code: H) -> list[HistoryFact]:
    """What is recorded as current, fact by fact: orders, statements and givings."""
    return [fact for fact in case.facts.history if fact.code is code and fact.active]


# --- results


def is_pending(case: Case) -> bool:
    """A result that could settle the status is to come, and nothing else has settled it."""
    waiting = any(_is_to_come(case, one) for one in case.facts.refusals)
    return waiting and not is_deficient(case)


def _is_to_come(case: Case, refusal: Refusal) -> bool:
    """Not final, no other result since, and not so old that it would no longer count."""
    if refusal.code != NOT_FINAL or refusal.analyte not in DECIDING:
        return False
    if refusal.on is None:
        return True
    newest = case.latest(refusal.analyte)
    if newest is not None and not is_later(refusal.on, newest.on):
        return False
    return refusal.on.days_before(case.on) <= case.thresholds.result_age_vitamin.number


# --- what to order


def _review(case: Case) -> Codes:
    return (later_review(case),)


def _maintenance(case: Case) -> Codes:
    barred = allergy_bars(case, Route.parenteral) or continues_barred_form(case)
    return () if barred else continued_maintenance(case)


def _nothing(_case: Case) -> Codes:
    return ()


Row = tuple[AlertCode, str | None, Callable[[Case], bool], Callable[[Case], Codes]]
LEFT_OPEN: tuple[Row, ...] = (
    (AlertCode.discharge_not_continued, None, are_injections_not_continued, _maintenance),
    (AlertCode.discharge_not_continued, "tablets", are_tablets_not_continued, _review),
    (AlertCode.discharge_result_pending, None, is_pending, _nothing),
)

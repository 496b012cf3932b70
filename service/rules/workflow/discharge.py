"""What is left open when a patient goes home: what follows loading, and results to come."""

from collections.abc import Callable
from datetime import date

from cobalamin.service.rules.evidence.case import Case
from cobalamin.service.rules.findings.b12_status import is_adult
from cobalamin.service.rules.findings.treatment import active_product, is_loading
from cobalamin.service.rules.model.codes import AlertCode, Codes
from cobalamin.service.rules.model.dates import months_after
from cobalamin.service.rules.model.facts import Course, Facts, Refusal
from cobalamin.service.rules.model.knowledge import Knowledge
from cobalamin.service.rules.model.vocabulary import Analyte as A
from cobalamin.service.rules.model.vocabulary import History as H
from cobalamin.service.rules.plan.contraindications import continues_barred_form, has_total_allergy
from cobalamin.service.rules.plan.evidence_of_deficiency import is_deficient
from cobalamin.service.rules.plan.products import maintenance
from cobalamin.service.rules.workflow.alert import Alert

MEDICATIONS = "medications"
NOT_FINAL = "status-not-final"
DECIDING = frozenset({A.b12_total, A.b12_active, A.mma, A.homocysteine})


def open_actions(facts: Facts, knowledge: Knowledge, on: date) -> tuple[Alert, ...]:
    """What to settle before the patient goes home; nothing for a child or without an age."""
    case = Case(facts, knowledge, on)
    if not is_adult(case):
        return ()
    return tuple(
        Alert(code=code, suggestions=suggest(case))
        for code, applies, suggest in LEFT_OPEN
        if applies(case)
    )


def may_lack_continuation(facts: Facts, knowledge: Knowledge, on: date) -> bool:
    """Whether injections were begun, and the prescriptions that would go on were not read."""
    case = Case(facts, knowledge, on)
    return bool(is_adult(case)) and MEDICATIONS in facts.unread and _is_begun(case)


def is_not_continued(case: Case) -> bool:
    """Injections were begun lately, and the prescriptions name nothing that goes on."""
    return MEDICATIONS not in case.facts.unread and _is_begun(case) and not _is_followed(case)


def _is_begun(case: Case) -> bool:
    """By what was given, or by an order of it, which may be carried out by now."""
    product = active_product(case)
    injected = product is not None and product.code is H.b12_replacement_parenteral
    return injected and is_loading(case)


def _is_followed(case: Case) -> bool:
    """An order that lasts until maintenance is due, or tablets that are taken without one."""
    courses = case.facts.courses
    if any(_lasts(case, course) for course in courses):
        return True
    tablets = case.history(H.b12_replacement_oral)
    ordered = any(course.code is H.b12_replacement_oral for course in courses)
    return tablets is not None and tablets.active and tablets.last is None and not ordered


def _lasts(case: Case, course: Course) -> bool:
    if course.in_hospital:
        return False
    first = months_after(case.on, int(case.thresholds.maintenance_shortest.number))
    return course.until is None or course.until >= first


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
    if newest is not None and newest.on.last >= refusal.on.last:
        return False
    return refusal.on.days_before(case.on) <= case.thresholds.result_age_vitamin.number


def _maintenance(case: Case) -> Codes:
    barred = has_total_allergy(case) or continues_barred_form(case)
    return () if barred else maintenance(case)


def _nothing(_case: Case) -> Codes:
    return ()


LEFT_OPEN: tuple[tuple[AlertCode, Callable[[Case], bool], Callable[[Case], Codes]], ...] = (
    (AlertCode.discharge_not_continued, is_not_continued, _maintenance),
    (AlertCode.discharge_result_pending, is_pending, _nothing),
)

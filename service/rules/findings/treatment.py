"""Whether vitamin B12 is already being replaced, and by what."""

from cobalamin.service.rules.evidence.case import Case, concept
from cobalamin.service.rules.evidence.recency import REPLACING
from cobalamin.service.rules.findings.causes import LASTING
from cobalamin.service.rules.model.assessment import Because
from cobalamin.service.rules.model.dates import When, days_after, months_after
from cobalamin.service.rules.model.facts import HistoryFact, Result
from cobalamin.service.rules.model.vocabulary import History as H


@concept
def active_product(case: Case) -> HistoryFact | None:
    """A therapeutic product in use, or last given recently enough to count; injected ones first."""
    return next(iter(active_products(case)), None)


@concept
def active_products(case: Case) -> tuple[HistoryFact, ...]:
    """Every therapeutic product in use, or last given recently enough to count."""
    recorded = (case.history(code) for code in REPLACING)
    return tuple([one for one in recorded if one is not None and _is_active(case, one)])


def _is_active(case: Case, product: HistoryFact) -> bool:
    if product.last is None:
        return product.active
    if product.last.days_before(case.on) <= case.thresholds.treatment_lasts.number:
        return True
    injected = product.code is H.b12_replacement_parenteral and product.begun
    return injected and bool(case.active_history(LASTING)) and _is_within_grace(case, product.last)


def _is_within_grace(case: Case, last: When) -> bool:
    """Whether the next injection is not overdue."""
    limits = case.thresholds
    due = months_after(last.last, int(limits.maintenance_longest.number))
    return case.on <= days_after(due, int(limits.maintenance_grace.number))


@concept
def lapsed_products(case: Case) -> tuple[HistoryFact, ...]:
    """Every therapeutic product with a last day on record that no longer counts."""
    recorded = (case.history(code) for code in REPLACING)
    return tuple(
        [
            one
            for one in recorded
            if one is not None and one.last is not None and not _is_active(case, one)
        ]
    )


@concept
def is_replaced(case: Case) -> bool:
    """Whether vitamin B12 is being replaced in a therapeutic dose."""
    return active_product(case) is not None


@concept
def is_injected(case: Case) -> bool:
    """Whether vitamin B12 is being injected."""
    product = active_product(case)
    return product is not None and product.code is H.b12_replacement_parenteral


def precedes_treatment(product: HistoryFact, result: Result) -> bool:
    """Whether a result is known to be dated on or before the start of the product."""
    return product.since is not None and result.on.last <= product.since.last


@concept
def is_established_treatment(case: Case) -> bool:
    """Replaced for so long that a finding of years ago is known to stay in spite of it."""
    product = active_product(case)
    if product is None or product.since is None:
        return False
    return product.since.days_before(case.on) >= case.thresholds.established_treatment.number


@concept
def is_dose_on_time(case: Case) -> bool:
    """Whether the last injection is known and the next one not overdue."""
    product = active_product(case)
    if product is None or product.last is None or not is_injected(case):
        return False
    return _is_within_grace(case, product.last)


def because_of_lapse(case: Case) -> tuple[Because, ...]:
    """What was given for a lasting cause and no longer counts."""
    if not case.active_history(LASTING) or is_replaced(case):
        return ()
    return tuple(Because(fact=one.code, evidence=one) for one in lapsed_products(case))


def because_of_treatment(case: Case) -> tuple[Because, ...]:
    """The product that makes this patient treated."""
    product = active_product(case)
    return () if product is None else (Because(fact=product.code, evidence=product),)

"""Kidney function, which decides whether a raised methylmalonic acid may be believed."""

from decimal import Decimal
from enum import StrEnum, auto

from cobalamin.service.rules.evidence.case import Case, concept
from cobalamin.service.rules.evidence.comparisons import because_of_limit, is_under, limit_for
from cobalamin.service.rules.evidence.groups import load_group
from cobalamin.service.rules.evidence.recency import current
from cobalamin.service.rules.model.assessment import Because
from cobalamin.service.rules.model.facts import Result
from cobalamin.service.rules.model.quantities import Quantity
from cobalamin.service.rules.model.vocabulary import Analyte, History, Sex

KIDNEY_DISEASE = load_group("kidney_disease")


class Kidney(StrEnum):
    """Kidney function as far as the reading of MMA needs it."""

    normal = auto()
    reduced = auto()
    severe = auto()
    unknown = auto()


@concept
def kidney(case: Case) -> Kidney:
    """Severe with dialysis or a very low eGFR, reduced by eGFR or recorded kidney disease."""
    if case.has(History.dialysis):
        return Kidney.severe
    egfr = estimated_filtration_rate(case)
    if egfr is None:
        return Kidney.reduced if case.active_history(KIDNEY_DISEASE) else Kidney.unknown
    if is_under(case, egfr, case.thresholds.egfr_severe):
        return Kidney.severe
    return Kidney.reduced if is_under(case, egfr, case.thresholds.egfr_reduced) else Kidney.normal


@concept
def estimated_filtration_rate(case: Case) -> Result | None:
    """The reported eGFR, else the one computed from creatinine, age and sex."""
    reported = current(case, Analyte.egfr)
    if reported is not None and reported.quantity is not None:
        return reported
    creatinine = current(case, Analyte.creatinine)
    return None if creatinine is None else _estimated(case, creatinine)


def _estimated(case: Case, creatinine: Result) -> Result | None:
    """CKD-EPI 2021; None without a plain number, age or sex."""
    thresholds, age, sex = case.thresholds, case.age, case.sex
    female = sex is Sex.female
    kappa = thresholds.egfr_kappa_female if female else thresholds.egfr_kappa_male
    published = limit_for(case, creatinine, kappa)
    if published is None or age is None or sex is None or creatinine.quantity is None:
        return None
    if creatinine.quantity.comparator is not None or not creatinine.quantity.value:
        return None
    share = creatinine.quantity.value / published
    below = (thresholds.egfr_alpha_female if female else thresholds.egfr_alpha_male).number
    slope = below if share < 1 else thresholds.egfr_slope.number
    scale = thresholds.egfr_scale.number * (thresholds.egfr_female_factor.number if female else 1)
    # Binary: decimal powers would be half of the cost of an assessment, and 15 digits are enough.
    by_age = float(thresholds.egfr_age_base.number) ** age
    value = Decimal(round(float(scale) * float(share) ** float(slope) * by_age))
    (unit,) = thresholds.egfr_reduced.value
    return Result(
        analyte=Analyte.egfr,
        on=creatinine.on,
        quantity=Quantity(value=value, unit=unit),
        reference=creatinine.reference,
    )


def because_of_kidney(case: Case) -> tuple[Because, ...]:
    """The reasons behind a reduced kidney function."""
    egfr = estimated_filtration_rate(case)
    if egfr is not None:
        return (because_of_limit(case, egfr, case.thresholds.egfr_reduced),)
    recorded = case.active_history(KIDNEY_DISEASE)
    return tuple(Because(fact=fact.code, evidence=fact) for fact in recorded)

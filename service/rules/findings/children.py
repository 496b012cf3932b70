"""What a child under 16 must not wait for; limits of children, never those of adults."""

from cobalamin.service.rules.evidence.case import Case, concept
from cobalamin.service.rules.evidence.comparisons import is_over, is_under
from cobalamin.service.rules.evidence.recency import current
from cobalamin.service.rules.findings.blood_count import (
    has_anaemia,
    has_schistocytes,
    is_macrocytic,
    is_severe_anaemia,
)
from cobalamin.service.rules.findings.blood_severity import (
    has_cytopenia,
    resembles_thrombotic_microangiopathy,
)
from cobalamin.service.rules.findings.markers import band, total_b12
from cobalamin.service.rules.findings.muscle import muscle_emergencies
from cobalamin.service.rules.findings.neuropathy import N1, N3, neuropathy_level
from cobalamin.service.rules.model.assessment import Band, Urgency
from cobalamin.service.rules.model.parameter import Parameter
from cobalamin.service.rules.model.vocabulary import Analyte as A


def is_younger(case: Case, limit: Parameter) -> bool:
    """Whether the age is known and below a limit in years."""
    return case.age is not None and case.age < limit.number


@concept
def child_urgency(case: Case) -> Urgency:
    """How soon a child is to be seen: today, this week, or no sooner than otherwise planned."""
    if _cannot_wait(case):
        return Urgency.urgent
    return Urgency.soon if _needs_this_week(case) else Urgency.routine


@concept
def needs_paediatrics(case: Case) -> bool:
    """A finding for today or this week, a low level, or a nerve symptom; a well child has none."""
    return (
        child_urgency(case) is not Urgency.routine
        or band(case) is Band.deficient
        or neuropathy_level(case) >= N1
        or bool(has_anaemia(case) or has_cytopenia(case) or is_macrocytic(case))
    )


def _cannot_wait(case: Case) -> bool:
    thresholds = case.thresholds
    return bool(
        is_severe_anaemia(case)
        or is_under(case, current(case, A.platelets), thresholds.platelets_bleeding)
        or is_under(case, current(case, A.neutrophils), thresholds.neutrophils_very_low)
        or has_schistocytes(case)
        or resembles_thrombotic_microangiopathy(case)
        or neuropathy_level(case) >= N3
        or muscle_emergencies(case)
    )


def _needs_this_week(case: Case) -> bool:
    thresholds = case.thresholds
    if is_younger(case, thresholds.young_child_age) and is_under(
        case, current(case, A.haemoglobin), thresholds.haemoglobin_severe
    ):
        return True
    if is_under(case, total_b12(case), thresholds.b12_total_very_low):
        return True
    infant = is_younger(case, thresholds.infant_age)
    if band(case) is Band.deficient:
        blood = has_anaemia(case) or has_cytopenia(case) or is_macrocytic(case)
        return infant or bool(blood) or neuropathy_level(case) >= N1
    # Breast milk can keep a level just above the limits of adults while the infant lacks it.
    level = total_b12(case)
    is_measured = level is not None and not is_over(case, level, thresholds.b12_total_unlikely)
    return infant and is_measured and bool(has_anaemia(case))

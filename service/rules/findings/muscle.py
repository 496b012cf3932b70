"""Emergencies of muscle and salts.

No muscle feature raises the tier of nerves. What is told here is told because vitamin B12 does not
explain it, whatever its level.
"""

from decimal import Decimal

from cobalamin.service.rules.evidence.case import Case, concept
from cobalamin.service.rules.evidence.comparisons import is_under, limit_for
from cobalamin.service.rules.evidence.groups import load_group
from cobalamin.service.rules.evidence.recency import current, is_within
from cobalamin.service.rules.findings.b12_status import is_adult
from cobalamin.service.rules.model.assessment import MuscleEmergency
from cobalamin.service.rules.model.facts import Result
from cobalamin.service.rules.model.quantities import is_above
from cobalamin.service.rules.model.vocabulary import Analyte as A
from cobalamin.service.rules.model.vocabulary import Feature as F

MUSCLE = load_group("muscle")
CRAMPING = load_group("cramping")
BREAKDOWN = load_group("muscle_breakdown")


@concept
def has_muscle_complaint(case: Case) -> bool:
    """A cramp, tension, spasm, stiffness, pain or weakness is recorded as present."""
    return bool(case.present_features(MUSCLE))


# --- emergencies


@concept
def muscle_emergencies(case: Case) -> tuple[MuscleEmergency, ...]:
    """Each value that calls for assessment the same day, at any age and whatever vitamin B12."""
    emergencies = (_breakdown(case), _very_low_potassium(case), *_tetany(case))
    return tuple([emergency for emergency in emergencies if emergency is not None])


@concept
def has_very_low_potassium(case: Case) -> bool:
    """Potassium so low that it is replaced into a vein."""
    potassium = current(case, A.potassium)
    return bool(is_under(case, potassium, case.thresholds.potassium_severe))


@concept
def needs_creatine_kinase_today(case: Case) -> bool:
    """Dark urine with a muscle complaint, and nobody measured creatine kinase lately."""
    dark = bool(is_adult(case)) and case.is_present(F.dark_urine) is True
    return dark and has_muscle_complaint(case) and _recent_creatine_kinase(case) is None


def _recent_creatine_kinase(case: Case) -> Result | None:
    """Muscle breakdown passes within days, so an old value is no emergency and settles nothing."""
    result = current(case, A.creatine_kinase)
    if result is None or not is_within(case, result, case.thresholds.result_age_same_day):
        return None
    return result


def _breakdown(case: Case) -> MuscleEmergency | None:
    """Creatine kinase far above its limit, or above 5 times beside dark urine or weakness."""
    result = _recent_creatine_kinase(case)
    if result is None or result.quantity is None:
        return None
    upper = upper_limit(case, result)
    if not upper:
        return None
    beside = next(iter(case.present_features(BREAKDOWN)), None)
    alone = case.thresholds.creatine_kinase_factor_alone.number
    factor = case.thresholds.creatine_kinase_factor.number if beside else alone
    if not is_above(result.quantity, upper * factor):
        return None
    times = int(result.quantity.value / upper)
    feature = None if beside is None else beside.code
    return MuscleEmergency(result=result, times=times, feature=feature)


def upper_limit(case: Case, result: Result) -> Decimal | None:
    """The report's own upper limit of creatine kinase, else the usual one in its unit."""
    own = result.limits.high if result.limits else None
    return own if own is not None else limit_for(case, result, case.thresholds.creatine_kinase_high)


def _very_low_potassium(case: Case) -> MuscleEmergency | None:
    result = current(case, A.potassium)
    if result is None or not has_very_low_potassium(case):
        return None
    return MuscleEmergency(result=result)


def _tetany(case: Case) -> tuple[MuscleEmergency, ...]:
    """Very low calcium or magnesium beside cramps or spasm; salts change within days."""
    beside = next(iter(case.present_features(CRAMPING)), None)
    if beside is None:
        return ()
    limits = (
        (A.calcium, case.thresholds.calcium_very_low),
        (A.magnesium, case.thresholds.magnesium_very_low),
    )
    return tuple(
        [
            MuscleEmergency(result=result, feature=beside.code)
            for analyte, limit in limits
            if (result := _recent_salt(case, analyte)) is not None and is_under(case, result, limit)
        ]
    )


def _recent_salt(case: Case, analyte: A) -> Result | None:
    result = current(case, analyte)
    if result is None or not is_within(case, result, case.thresholds.result_age_electrolytes):
        return None
    return result

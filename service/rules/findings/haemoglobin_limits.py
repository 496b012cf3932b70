"""Which limit of haemoglobin or haematocrit is the patient's: by age, sex and pregnancy."""

from cobalamin.service.rules.evidence.case import Case
from cobalamin.service.rules.findings.gestation import gestation_weeks
from cobalamin.service.rules.model.parameter import Parameter
from cobalamin.service.rules.model.thresholds import Thresholds
from cobalamin.service.rules.model.vocabulary import Sex


def haemoglobin_limits(case: Case) -> tuple[Parameter, ...]:
    """The limit of anaemia; several where sex or trimester, which decide it, are not known."""
    thresholds = case.thresholds
    if case.is_pregnant:
        return _trimester_limits(case)
    if case.age is not None and case.age < thresholds.adolescent_until.number:
        return (_limit_of_age(thresholds, case.age),)
    if case.sex is None:
        return (thresholds.haemoglobin_women, thresholds.haemoglobin_men)
    return (thresholds.haemoglobin_women if case.sex is Sex.female else thresholds.haemoglobin_men,)


def _limit_of_age(thresholds: Thresholds, age: int) -> Parameter:
    """The limit of a child's age group; that of infants also before their group begins."""
    groups = (
        (thresholds.infant_age, thresholds.haemoglobin_infant),
        (thresholds.young_child_age, thresholds.haemoglobin_young_child),
        (thresholds.school_age_until, thresholds.haemoglobin_school_age),
    )
    older = thresholds.haemoglobin_adolescent
    return next((limit for until, limit in groups if age < until.number), older)


def _trimester_limits(case: Case) -> tuple[Parameter, ...]:
    thresholds, weeks = case.thresholds, gestation_weeks(case)
    if weeks is None:
        return (thresholds.haemoglobin_second_trimester, thresholds.haemoglobin_pregnant)
    if thresholds.second_trimester_from.number <= weeks < thresholds.third_trimester_from.number:
        return (thresholds.haemoglobin_second_trimester,)
    return (thresholds.haemoglobin_pregnant,)


def haematocrit_limits(case: Case) -> tuple[Parameter, ...]:
    """The same for haematocrit."""
    thresholds = case.thresholds
    if case.is_pregnant:
        return (thresholds.haematocrit_pregnant,)
    if case.sex is None:
        return (thresholds.haematocrit_women, thresholds.haematocrit_men)
    return (thresholds.haematocrit_women if case.sex is Sex.female else thresholds.haematocrit_men,)


def moderate_limit(case: Case) -> Parameter:
    """Haemoglobin below which anaemia is moderate."""
    thresholds = case.thresholds
    if case.is_pregnant:
        return thresholds.haemoglobin_moderate_pregnant
    young = _is_young_child(case)
    return thresholds.haemoglobin_moderate_young_child if young else thresholds.haemoglobin_moderate


def severe_limit(case: Case) -> Parameter:
    """Haemoglobin below which anaemia is severe."""
    thresholds = case.thresholds
    if case.is_pregnant:
        return thresholds.haemoglobin_severe_pregnant
    young = _is_young_child(case)
    return thresholds.haemoglobin_severe_young_child if young else thresholds.haemoglobin_severe


def _is_young_child(case: Case) -> bool:
    return case.age is not None and case.age < case.thresholds.young_child_age.number

"""How many weeks a pregnancy has gone, which decides the limit of anaemia."""

from cobalamin.service.rules.evidence.case import Case, concept

DAYS_OF_A_WEEK = 7


@concept
def gestation_weeks(case: Case) -> int | None:
    """Completed weeks, as they were sent, else from the first day; None where they cannot be."""
    patient = case.facts.patient
    if patient.gestation_weeks is not None or not _is_plausible(case):
        return patient.gestation_weeks
    return _weeks_from_first_day(case)


def is_gestation_refused(case: Case) -> bool:
    """Whether a record puts the pregnancy before its beginning or long after any end."""
    is_stated = case.facts.patient.gestation_begun is not None
    return bool(case.is_pregnant) and is_stated and not _is_plausible(case)


def _is_plausible(case: Case) -> bool:
    weeks = _weeks_from_first_day(case)
    return weeks is not None and 0 <= weeks <= case.thresholds.gestation_longest.number


def _weeks_from_first_day(case: Case) -> int | None:
    begun = case.facts.patient.gestation_begun
    return None if begun is None else (case.on - begun).days // DAYS_OF_A_WEEK

"""A haemoglobin that was sent in a unit that stands for two quantities."""

from cobalamin.service.rules.evidence.case import Case, concept
from cobalamin.service.rules.evidence.refusals import is_newer
from cobalamin.service.rules.model.facts import Refusal
from cobalamin.service.rules.model.vocabulary import Analyte as A


@concept
def unclear_haemoglobin(case: Case) -> Refusal | None:
    """The newest haemoglobin of an adult in a unit that stands for two; None once it is settled.

    An old one is no reason to act today.
    """
    if case.age is None or case.age < case.thresholds.adult_age.number:
        return None
    measured = case.latest(A.haemoglobin)
    days = case.thresholds.result_age_same_day.number
    for refusal in case.facts.refusals:
        recent = refusal.on is None or refusal.on.days_before(case.on) <= days
        settled = measured is not None and (refusal.on is None or not is_newer(refusal, measured))
        if refusal.readings and recent and not settled:
            return refusal
    return None

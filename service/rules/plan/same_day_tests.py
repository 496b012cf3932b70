"""Tests that are due the same day, also where the step itself can wait until this week."""

from cobalamin.service.rules.evidence.case import Case, concept
from cobalamin.service.rules.findings.b12_status import is_adult
from cobalamin.service.rules.findings.blood_severity import is_severe_by_an_old_count
from cobalamin.service.rules.findings.muscle import muscle_emergencies, needs_creatine_kinase_today
from cobalamin.service.rules.findings.tests_due import is_unmeasured
from cobalamin.service.rules.findings.unclear_haemoglobin import unclear_haemoglobin
from cobalamin.service.rules.model.codes import Codes
from cobalamin.service.rules.model.codes import SuggestionCode as S
from cobalamin.service.rules.plan.haematology import needs_haematology
from cobalamin.service.rules.plan.megaloblastic import needs_count_for_symptoms
from cobalamin.service.rules.plan.suggestions import suggestions


@concept
def same_day_tests(case: Case) -> Codes:
    """A count that is old or missing beside symptoms, a film with no B12, creatine kinase."""
    if not is_adult(case):
        return ()
    count_is_due = (
        bool(unclear_haemoglobin(case))
        or needs_count_for_symptoms(case)
        or is_severe_by_an_old_count(case)
    )
    due_today = {
        S.test_fbc: count_is_due,
        S.test_film_retics: is_unmeasured(case) and needs_haematology(case),
        S.test_muscle_panel: bool(muscle_emergencies(case)) or needs_creatine_kinase_today(case),
    }
    return tuple([one.code for one in suggestions(case) if due_today.get(one.code, False)])

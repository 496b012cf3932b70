"""How soon: the worse of what nerves, blood, potassium and the situation ask for.

Today means today: the step is urgent exactly where one of the reasons of `is_for_today` holds, and
then a same-day referral is suggested. Whatever step was reached, a reason for this week makes it
soon. A step that suggests nothing is routine unless something is for today.
"""

from cobalamin.service.rules.evidence.case import Case, concept
from cobalamin.service.rules.evidence.comparisons import is_under
from cobalamin.service.rules.evidence.recency import current
from cobalamin.service.rules.findings.b12_status import is_adult
from cobalamin.service.rules.findings.blood_severity import (
    has_few_platelets,
    has_marked_anaemia,
    is_blood_for_today,
)
from cobalamin.service.rules.findings.causes import is_exposed_with_nerve_symptom
from cobalamin.service.rules.findings.children import child_urgency
from cobalamin.service.rules.findings.markers import is_low_long_ago
from cobalamin.service.rules.findings.muscle import (
    muscle_emergencies,
    needs_creatine_kinase_today,
)
from cobalamin.service.rules.findings.neuropathy import N1, N2, N3, is_established, neuropathy_level
from cobalamin.service.rules.findings.response import is_unexplained, new_findings
from cobalamin.service.rules.findings.tests_due import is_unmeasured
from cobalamin.service.rules.findings.treatment import is_injected
from cobalamin.service.rules.findings.unclear_haemoglobin import unclear_haemoglobin
from cobalamin.service.rules.model.assessment import Route, Urgency
from cobalamin.service.rules.model.vocabulary import Analyte as A
from cobalamin.service.rules.plan.contraindications import continues_barred_form
from cobalamin.service.rules.plan.doubtful_level import is_level_doubted_by_blood
from cobalamin.service.rules.plan.evidence_of_deficiency import (
    acting_level,
    is_deficient,
    is_on_treatment,
)
from cobalamin.service.rules.plan.haematology import needs_haematology
from cobalamin.service.rules.plan.lasting_causes import is_without_replacement, needs_lasting_care
from cobalamin.service.rules.plan.megaloblastic import (
    has_megaloblastic_anaemia,
    is_very_low_with_changed_blood,
    needs_count_for_symptoms,
)
from cobalamin.service.rules.plan.pathway_step import PathwayStep
from cobalamin.service.rules.plan.products import GIVING_ROUTES


@concept
def is_for_today(case: Case) -> bool:
    """Something that nobody should leave until tomorrow."""
    nerves = acting_level(case) >= N3 and not is_established(case)
    return nerves or is_blood_for_today(case) or bool(muscle_emergencies(case))


@concept
def has_rather_low_potassium(case: Case) -> bool:
    """Potassium so low that it is checked daily, with magnesium."""
    potassium = current(case, A.potassium)
    return bool(is_under(case, potassium, case.thresholds.potassium_moderate))


def urgency_of(case: Case, step: PathwayStep, route: Route) -> Urgency:
    """How soon this step is, given the route that was chosen for it."""
    if is_for_today(case):
        return Urgency.urgent
    if needs_creatine_kinase_today(case) or unclear_haemoglobin(case):
        return Urgency.soon
    if step.silent:
        return Urgency.routine
    if step.urgency is Urgency.soon or is_for_this_week(case):
        return Urgency.soon
    lowered = has_rather_low_potassium(case) and route in GIVING_ROUTES
    return Urgency.soon if lowered or continues_barred_form(case) else Urgency.routine


@concept
def is_for_this_week(case: Case) -> bool:
    """A reason that makes any step one for this week."""
    nerves = acting_level(case) >= N2 or is_exposed_with_nerve_symptom(case)
    treated = is_on_treatment(case) and bool(new_findings(case) or is_unexplained(case))
    # Also beside a level that shows deficiency: a lower one never makes it less soon.
    unreplaced = is_without_replacement(case) or needs_lasting_care(case)
    lasting = unreplaced and neuropathy_level(case) >= N1
    blood = _blood_is_for_this_week(case)
    return nerves or treated or lasting or blood or _deficiency_is_for_this_week(case)


def _blood_is_for_this_week(case: Case) -> bool:
    """Haematology is due, platelets are few in pregnancy, or anaemia marked with no new level."""
    open_level = is_unmeasured(case) or is_low_long_ago(case) or is_level_doubted_by_blood(case)
    marked = bool(has_marked_anaemia(case)) and open_level
    pregnant = bool(case.is_pregnant and has_few_platelets(case))
    return needs_haematology(case) or marked or pregnant


def _deficiency_is_for_this_week(case: Case) -> bool:
    """Deficiency that may not wait for the next appointment: by the blood or by the situation.

    Two lives depend on it in pregnancy and while breastfeeding, and a level that is low in spite
    of treatment means that treatment fails or was not given.
    """
    if not is_deficient(case):
        return False
    blood = (
        has_megaloblastic_anaemia(case)
        or is_very_low_with_changed_blood(case)
        or needs_count_for_symptoms(case)
    )
    return blood or bool(case.is_pregnant) or case.is_breastfeeding or is_injected(case)


def urgency_of_child(case: Case) -> Urgency:
    """By limits of children; where the age is not known, what is for today at any age."""
    if is_adult(case) is None:
        return Urgency.urgent if muscle_emergencies(case) else Urgency.routine
    return child_urgency(case)

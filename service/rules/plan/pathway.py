"""The pathway R0 to R21: the first step that applies gives route, urgency and suggestions.

`PATHWAY` holds the steps in the order in which they are tried, one row each. A cobalamin allergy
(R1) overrides whatever would have been given.
"""

from cobalamin.service.rules.evidence.case import Case, concept
from cobalamin.service.rules.findings.b12_status import is_adult, status
from cobalamin.service.rules.findings.blood_severity import is_severe_blood_picture
from cobalamin.service.rules.findings.children import needs_paediatrics
from cobalamin.service.rules.findings.neuropathy import N1, N2, is_a_sign_normal
from cobalamin.service.rules.findings.response import (
    is_insufficient,
    is_unexplained,
    is_worse,
    new_findings,
)
from cobalamin.service.rules.findings.worst_findings import (
    is_bladder_or_bowel_alone,
    level_without_bladder,
)
from cobalamin.service.rules.model.assessment import Route, Status, Urgency
from cobalamin.service.rules.plan import conditions, step_suggestions
from cobalamin.service.rules.plan.contraindications import (
    allergy_bars,
    continues_barred_form,
    has_allergy,
)
from cobalamin.service.rules.plan.evidence_of_deficiency import is_deficient, is_on_treatment
from cobalamin.service.rules.plan.first_measurement import needs_first_measurement
from cobalamin.service.rules.plan.lasting_causes import lacks_replacement, needs_lasting_care
from cobalamin.service.rules.plan.pathway_step import PathwayStep, PlannedStep, ReportComment
from cobalamin.service.rules.plan.products import (
    GIVING_ROUTES,
    route_of_deficiency,
    route_of_lasting_cause,
    route_of_low_total_in_pregnancy,
    route_with_symptoms,
)
from cobalamin.service.rules.plan.urgency import urgency_of, urgency_of_child


@concept
def plan_step(case: Case) -> PlannedStep:
    """The first step that applies, unless an allergy bars what it would give."""
    step = next(step for step in PATHWAY if step.applies(case))
    route = step.route_for(case)
    if route in GIVING_ROUTES and allergy_bars(case, route):
        step, route = PRODUCT_NOT_SUITABLE, Route.refer
    urgency = urgency_of(case, step, route) if is_adult(case) else urgency_of_child(case)
    return PlannedStep(step=step, route=route, urgency=urgency)


# --- routes that depend on the patient


def _route_of_child(case: Case) -> Route:
    """Without an age nothing is advised; a well child is not referred."""
    referred = is_adult(case) is False and needs_paediatrics(case)
    return Route.refer if referred else Route.none


def _route_unless_blood_is_severe(case: Case, route: Route) -> Route:
    """What the nerves ask for, unless the blood asks for more.

    A severe blood picture with deficiency is injected; without it haematology sees it first.
    """
    if conditions.severe_blood_with_deficiency(case):
        return Route.parenteral
    return Route.refer if is_severe_blood_picture(case) else route


def _route_for_life(case: Case, route: Route) -> Route:
    """A sign or a count takes nothing away from a lasting cause that nothing replaces."""
    return route_of_lasting_cause(case) if lacks_replacement(case) else route


def _route_of_serious_nerves(case: Case) -> Route:
    """Other causes first; injections that are called for without the finding stay."""
    route = Route.parenteral if _is_injected_whatever_the_bladder(case) else Route.refer
    return _route_for_life(case, _route_unless_blood_is_severe(case, route))


def _is_injected_whatever_the_bladder(case: Case) -> bool:
    """A bladder or bowel finding alone takes no injection away, and asks for none."""
    if not is_bladder_or_bowel_alone(case):
        return False
    if is_on_treatment(case):
        return is_insufficient(case)
    if not is_deficient(case) or level_without_bladder(case) >= N2:
        return is_deficient(case)
    by_symptom = level_without_bladder(case) == N1 and not is_a_sign_normal(case)
    by_level = route_with_symptoms if by_symptom else route_of_deficiency
    return by_level(case) is Route.parenteral


def _route_of_unexplained_blood(case: Case) -> Route:
    return _route_for_life(case, Route.refer)


def _route_of_other_nerve_signs(case: Case) -> Route:
    return _route_for_life(case, _route_unless_blood_is_severe(case, Route.test_first))


def _route_without_evidence(case: Case) -> Route:
    unlikely = status(case) is Status.unlikely
    route = Route.refer if unlikely else Route.test_first
    return _route_for_life(case, _route_unless_blood_is_severe(case, route))


def _route_on_treatment(case: Case) -> Route:
    worse = bool(is_worse(case) or new_findings(case)) and not is_unexplained(case)
    changes = worse or is_insufficient(case) or continues_barred_form(case)
    return Route.parenteral if changes else Route.continue_


# --- the steps

PRODUCT_NOT_SUITABLE = PathwayStep(
    id="R1",
    name="product_not_suitable",
    applies=has_allergy,
    route=Route.refer,
    suggests=step_suggestions.for_an_allergy,
)
OUTSIDE_ADULT_RULES = PathwayStep(
    id="R0",
    name="outside_adult_rules",
    applies=conditions.is_not_adult,
    route=_route_of_child,
    suggests=step_suggestions.for_a_child,
    comment=ReportComment.never,
)
SERIOUS_NERVES = PathwayStep(
    id="R2",
    name="serious_nerves",
    applies=conditions.serious_nerves_with_deficiency,
    route=Route.parenteral,
    urgency=Urgency.soon,
    suggests=step_suggestions.for_serious_nerves,
    treats_nerves=True,
    samples_first=True,
)
SERIOUS_NERVES_UNEXPLAINED = PathwayStep(
    id="R3",
    name="serious_nerves_unexplained",
    applies=conditions.serious_nerves,
    route=_route_of_serious_nerves,
    urgency=Urgency.soon,
    suggests=step_suggestions.for_serious_nerves_unexplained,
    others_first=True,
)
NERVE_SIGNS = PathwayStep(
    id="R4",
    name="nerve_signs",
    applies=conditions.nerve_signs_with_deficiency,
    route=Route.parenteral,
    urgency=Urgency.soon,
    suggests=step_suggestions.for_nerve_signs,
    treats_nerves=True,
    samples_first=True,
)
DECISIVE_NERVE_SIGNS = PathwayStep(
    id="R5",
    name="decisive_nerve_signs",
    applies=conditions.decisive_nerve_signs,
    route=Route.parenteral,
    urgency=Urgency.soon,
    suggests=step_suggestions.for_decisive_nerve_signs,
    names_competing=True,
    treats_nerves=True,
    samples_first=True,
)
OTHER_NERVE_SIGNS = PathwayStep(
    id="R6",
    name="other_nerve_signs",
    applies=conditions.other_nerve_signs,
    route=_route_of_other_nerve_signs,
    urgency=Urgency.soon,
    suggests=step_suggestions.for_other_nerve_signs,
    names_competing=True,
)
NERVE_SIGNS_UNEXPLAINED = PathwayStep(
    id="R7",
    name="nerve_signs_unexplained",
    applies=conditions.nerve_signs_without_evidence,
    route=_route_without_evidence,
    urgency=Urgency.soon,
    suggests=step_suggestions.for_unexplained_nerve_signs,
    names_competing=True,
    comment_by_route=(Route.refer, Route.parenteral),
    others_first=True,
)
SEVERE_BLOOD_PICTURE = PathwayStep(
    id="R8",
    name="severe_blood_picture",
    applies=conditions.severe_blood_with_deficiency,
    route=Route.parenteral,
    urgency=Urgency.soon,
    suggests=step_suggestions.for_severe_blood,
    samples_first=True,
)
SEVERE_BLOOD_PICTURE_UNEXPLAINED = PathwayStep(
    id="R9",
    name="severe_blood_picture_unexplained",
    applies=conditions.severe_blood_unexplained,
    route=_route_of_unexplained_blood,
    urgency=Urgency.soon,
    suggests=step_suggestions.for_severe_blood_unexplained,
)
ON_TREATMENT = PathwayStep(
    id="R10",
    name="on_treatment",
    applies=is_on_treatment,
    route=_route_on_treatment,
    suggests=step_suggestions.for_a_treated_patient,
    names_competing=True,
    comment_by_route=(Route.parenteral,),
)
LOW_TOTAL_IN_PREGNANCY = PathwayStep(
    id="R11",
    name="low_total_in_pregnancy",
    applies=conditions.low_total_in_pregnancy,
    route=route_of_low_total_in_pregnancy,
    suggests=step_suggestions.for_a_low_total_in_pregnancy,
    comment_by_route=(Route.oral, Route.parenteral),
)
DEFICIENT_WITH_SYMPTOMS = PathwayStep(
    id="R12",
    name="deficient_with_symptoms",
    applies=conditions.deficient_with_symptoms,
    route=route_with_symptoms,
    urgency=Urgency.soon,
    suggests=step_suggestions.for_deficiency,
)
DEFICIENT = PathwayStep(
    id="R13",
    name="deficient",
    applies=is_deficient,
    route=route_of_deficiency,
    suggests=step_suggestions.for_deficiency,
)
LASTING_CAUSE = PathwayStep(
    id="R21",
    name="lasting_cause",
    applies=needs_lasting_care,
    route=route_of_lasting_cause,
    suggests=step_suggestions.for_a_lasting_cause,
    comment_by_route=(Route.test_first,),
)
INDETERMINATE_WITH_NORMAL_MMA = PathwayStep(
    id="R14",
    name="indeterminate_with_normal_mma",
    applies=conditions.indeterminate_with_normal_mma,
    route=Route.none,
    suggests=step_suggestions.for_a_normal_mma,
    comment=ReportComment.always,
)
UNDECIDED = PathwayStep(
    id="R15",
    name="undecided",
    applies=conditions.undecided,
    route=Route.test_first,
    suggests=step_suggestions.for_an_undecided_status,
)
# Metformin, acid suppression or another reason to measure: first_measurement.py.
NOT_MEASURED = PathwayStep(
    id="R18",
    name="not_measured",
    applies=needs_first_measurement,
    route=Route.test_first,
    suggests=step_suggestions.for_an_unmeasured_status,
)
FOLIC_ACID_FIRST = PathwayStep(
    id="R19",
    name="folic_acid_first",
    applies=conditions.folic_acid_first,
    route=Route.test_first,
    suggests=step_suggestions.for_folic_acid_first,
)
INDETERMINATE = PathwayStep(
    id="R16",
    name="indeterminate",
    applies=conditions.is_indeterminate,
    route=Route.none,
    suggests=step_suggestions.nothing,
    silent=True,
    comment=ReportComment.always,
)
UNLIKELY = PathwayStep(
    id="R17",
    name="unlikely",
    applies=conditions.is_unlikely,
    route=Route.none,
    suggests=step_suggestions.nothing,
    silent=True,
)
NOTHING_TO_SUGGEST = PathwayStep(
    id="R20",
    name="nothing_to_suggest",
    applies=conditions.always,
    route=Route.none,
    suggests=step_suggestions.for_nothing_above,
    silent=True,
    comment=ReportComment.never,
)
PATHWAY = (
    OUTSIDE_ADULT_RULES,
    SERIOUS_NERVES,
    SERIOUS_NERVES_UNEXPLAINED,
    NERVE_SIGNS,
    DECISIVE_NERVE_SIGNS,
    OTHER_NERVE_SIGNS,
    NERVE_SIGNS_UNEXPLAINED,
    SEVERE_BLOOD_PICTURE,
    SEVERE_BLOOD_PICTURE_UNEXPLAINED,
    ON_TREATMENT,
    LOW_TOTAL_IN_PREGNANCY,
    DEFICIENT_WITH_SYMPTOMS,
    DEFICIENT,
    LASTING_CAUSE,
    INDETERMINATE_WITH_NORMAL_MMA,
    UNDECIDED,
    NOT_MEASURED,
    FOLIC_ACID_FIRST,
    INDETERMINATE,
    UNLIKELY,
    NOTHING_TO_SUGGEST,
)
STEPS_BY_ID = {step.id: step for step in (PRODUCT_NOT_SUITABLE, *PATHWAY)}

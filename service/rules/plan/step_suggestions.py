"""What each step of the pathway suggests by itself, the recommended suggestion first."""

from cobalamin.service.rules.differential.lookalikes import tests_for_nerves
from cobalamin.service.rules.evidence.case import Case
from cobalamin.service.rules.findings.blood_count import needs_same_day_haematology
from cobalamin.service.rules.findings.causes import (
    DIET,
    anaesthetic_may_explain,
    is_exposed_with_nerve_symptom,
)
from cobalamin.service.rules.findings.neuropathy import N2
from cobalamin.service.rules.findings.tests_due import (
    before_first_dose,
    due,
    first_tests,
    is_unmeasured,
    next_markers,
)
from cobalamin.service.rules.findings.treatment import is_loading
from cobalamin.service.rules.model.assessment import Route, Urgency
from cobalamin.service.rules.model.codes import Codes
from cobalamin.service.rules.model.codes import SuggestionCode as S
from cobalamin.service.rules.model.vocabulary import History as H
from cobalamin.service.rules.plan.contraindications import continues_barred_form
from cobalamin.service.rules.plan.evidence_of_deficiency import acting_level
from cobalamin.service.rules.plan.folic_acid import must_hold_folic_acid
from cobalamin.service.rules.plan.pathway_step import PlannedStep
from cobalamin.service.rules.plan.products import loading, maintenance, products_by_route

NOTHING: Codes = ()


def for_a_child(_case: Case, planned: PlannedStep) -> Codes:
    """Paediatrics, today where the step is urgent; nothing where only the age is missing."""
    if planned.route is not Route.refer:
        return NOTHING
    return (S.refer_paediatrics, *_if(S.refer_same_day, planned.urgency is Urgency.urgent))


def for_an_allergy(case: Case, planned: PlannedStep) -> Codes:
    """Specialists, who decide whether and how a product can be given."""
    if planned.urgency is Urgency.urgent:
        return (S.refer_same_day, S.refer_haematology)
    return (S.refer_haematology, *_neurology(case))


def for_serious_nerves(case: Case, planned: PlannedStep) -> Codes:
    """Injections after the samples, and a specialist."""
    return (*loading(case), _specialist(planned), *before_first_dose(case), S.test_mri_spine)


def for_serious_nerves_unexplained(case: Case, planned: PlannedStep) -> Codes:
    """A specialist, with the samples that would show deficiency."""
    return (_specialist(planned), *before_first_dose(case))


def for_nerve_signs(case: Case, _planned: PlannedStep) -> Codes:
    """Injections and neurology."""
    return (*loading(case), S.refer_neurology)


def for_decisive_nerve_signs(case: Case, _planned: PlannedStep) -> Codes:
    """The samples, then injections without waiting for the results."""
    return (*loading(case), *before_first_dose(case), S.refer_neurology)


def for_other_nerve_signs(case: Case, _planned: PlannedStep) -> Codes:
    """The tests that would settle the status; neurology where each of them is known."""
    tests = first_tests(case) if is_unmeasured(case) else NOTHING
    return (*tests, *next_markers(case)) or (S.refer_neurology,)


def for_unexplained_nerve_signs(case: Case, planned: PlannedStep) -> Codes:
    """B12 where it is not known, else neurology and what else explains the signs."""
    if planned.route is Route.refer:
        markers = dict.fromkeys((*next_markers(case), *due(case, (S.test_homocysteine,))))
        return (S.refer_neurology, *markers, *tests_for_nerves(case))
    exposed = anaesthetic_may_explain(case)
    functional = (S.test_mma, S.test_homocysteine) if exposed else NOTHING
    tests = (*first_tests(case), *due(case, (*functional, S.test_fbc)))
    return tests or (S.refer_neurology,)


def for_severe_blood(case: Case, _planned: PlannedStep) -> Codes:
    """Injections, and haematology with what they need to see."""
    film = due(case, (S.test_film_retics,))
    return (*loading(case), *_haematology(case), *before_first_dose(case), *film)


def for_severe_blood_unexplained(case: Case, _planned: PlannedStep) -> Codes:
    """Haematology, with the vitamins that may explain the blood and the film."""
    tests = due(case, (S.test_b12, S.test_folate, S.test_film_retics))
    return (*_haematology(case), *tests)


def for_a_treated_patient(case: Case, planned: PlannedStep) -> Codes:
    """Another form, another interval, or what is given already."""
    neurology, review = _neurology(case), later_review(case)
    if continues_barred_form(case):
        return (S.hydroxocobalamin_instead, *neurology, review)
    on_injections = case.has(H.b12_replacement_parenteral)
    if planned.route is Route.parenteral:
        # Too little effect of injections calls for shorter intervals, not for a second loading.
        again = NOTHING if on_injections else loading(case)
        return (*again, *neurology, review)
    if on_injections and is_loading(case):
        return (*neurology, S.review_2_weeks)
    return (*(maintenance(case) if on_injections else NOTHING), *neurology, review)


def for_a_low_total_in_pregnancy(_case: Case, _planned: PlannedStep) -> Codes:
    """Active B12, which pregnancy does not lower."""
    return (S.test_b12_active, S.review_1_month)


def for_deficiency(case: Case, planned: PlannedStep) -> Codes:
    """The product that the route calls for."""
    return products_by_route(case, planned.route)


def for_a_normal_mma(case: Case, _planned: PlannedStep) -> Codes:
    """Advice on the diet where that is a cause."""
    return _if(S.diet_advice, bool(case.active_history(DIET)))


def for_an_undecided_status(case: Case, _planned: PlannedStep) -> Codes:
    """The next marker; where every marker is known, looking again later."""
    markers = next_markers(case)
    if not markers and is_exposed_with_nerve_symptom(case):
        return (S.review_1_month, *tests_for_nerves(case))
    return markers or (S.review_3_months,)


def for_an_unmeasured_status(case: Case, _planned: PlannedStep) -> Codes:
    """B12 and a blood count; where they were just made, looking again later."""
    return (*first_tests(case), *due(case, (S.test_fbc,))) or (S.review_3_months,)


def for_folic_acid_first(case: Case, planned: PlannedStep) -> Codes:
    """B12 before folic acid."""
    unmeasured = is_unmeasured(case)
    tests = first_tests(case) if unmeasured else for_an_undecided_status(case, planned)
    return (*held_folic_acid(case), *tests) or (S.review_3_months,)


def nothing(_case: Case, _planned: PlannedStep) -> Codes:
    """No suggestion."""
    return NOTHING


# --- parts


def held_folic_acid(case: Case) -> Codes:
    """Hold a treatment dose of folic acid until vitamin B12 is settled."""
    return _if(S.hold_folic_acid, must_hold_folic_acid(case))


def later_review(case: Case) -> S:
    """One month in pregnancy and breastfeeding, else three (NG239, follow-up)."""
    nursing = case.facts.patient.breastfeeding or case.has(H.breastfeeding)
    return S.review_1_month if case.is_pregnant or nursing else S.review_3_months


def _haematology(case: Case) -> Codes:
    return (*_if(S.refer_same_day, needs_same_day_haematology(case)), S.refer_haematology)


def _specialist(planned: PlannedStep) -> S:
    return S.refer_same_day if planned.urgency is Urgency.urgent else S.refer_neurology


def _neurology(case: Case) -> Codes:
    return _if(S.refer_neurology, acting_level(case) >= N2)


def _if(code: S, applies: bool) -> Codes:  # noqa: FBT001 - the condition of the code
    return (code,) if applies else NOTHING

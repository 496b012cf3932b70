"""What each step of the pathway suggests by itself, the recommended suggestion first."""

from cobalamin.service.rules.differential.lookalikes import tests_for_nerves
from cobalamin.service.rules.evidence.case import Case
from cobalamin.service.rules.findings.b12_status import status
from cobalamin.service.rules.findings.blood_count import (
    has_anaemia,
    has_small_cells,
    is_iron_deficient,
)
from cobalamin.service.rules.findings.blood_severity import is_severe_by_an_old_count
from cobalamin.service.rules.findings.causes import (
    DIET,
    anaesthetic_may_explain,
    has_strict_diet,
    is_exposed_with_nerve_symptom,
)
from cobalamin.service.rules.findings.kidney import Kidney, kidney
from cobalamin.service.rules.findings.markers import is_discordant
from cobalamin.service.rules.findings.neuropathy import (
    N1,
    N2,
    is_established,
    is_progressive,
    neuropathy_level,
)
from cobalamin.service.rules.findings.pending import is_level_pending
from cobalamin.service.rules.findings.response import is_loading, is_unexplained, new_findings
from cobalamin.service.rules.findings.tests_due import (
    before_first_dose,
    due,
    first_tests,
    is_unmeasured,
    next_marker,
    next_markers,
)
from cobalamin.service.rules.findings.treatment import is_dose_on_time, is_injected
from cobalamin.service.rules.findings.worst_findings import is_of_the_mind_alone
from cobalamin.service.rules.model.assessment import Route, Status, Urgency
from cobalamin.service.rules.model.codes import Codes
from cobalamin.service.rules.model.codes import SuggestionCode as S
from cobalamin.service.rules.model.vocabulary import History as H
from cobalamin.service.rules.plan.contraindications import continues_barred_form
from cobalamin.service.rules.plan.doubtful_level import tests_of_the_level
from cobalamin.service.rules.plan.evidence_of_deficiency import acting_level, has_new_symptom
from cobalamin.service.rules.plan.first_measurement import (
    SUFFICIENT_SYMPTOMS,
    has_blood_to_explain,
    has_unexplained_large_cells,
)
from cobalamin.service.rules.plan.folic_acid import must_hold_folic_acid
from cobalamin.service.rules.plan.haematology import is_explained_by_iron, needs_haematology
from cobalamin.service.rules.plan.lasting_causes import is_level_older_than_dose, lacks_replacement
from cobalamin.service.rules.plan.megaloblastic import needs_count_for_symptoms
from cobalamin.service.rules.plan.over_treatment import (
    awaits_mma,
    is_explained_by_haptocorrin,
    is_sign_tested_first,
)
from cobalamin.service.rules.plan.pathway_step import PlannedStep
from cobalamin.service.rules.plan.products import (
    STARTING_ROUTES,
    continued_maintenance,
    for_life,
    loading,
    maintenance,
    products_by_route,
    route_of_lasting_cause,
)
from cobalamin.service.rules.plan.recorded_diagnosis import has_untreated_diagnosis

NOTHING: Codes = ()


def for_a_child(_case: Case, planned: PlannedStep) -> Codes:
    """Paediatrics for a child who is to be seen; today, with or without an age, what is urgent."""
    return (
        *_if(S.refer_paediatrics, planned.route is Route.refer),
        *_if(S.refer_same_day, planned.urgency is Urgency.urgent),
    )


def for_an_allergy(case: Case, _planned: PlannedStep) -> Codes:
    """Specialists, who decide whether and how a product can be given."""
    return (S.refer_haematology, *_neurology(case))


def for_serious_nerves(case: Case, _planned: PlannedStep) -> Codes:
    """Injections after the samples, the spine, and neurology where it is not for today.

    Delirium, psychosis or confusion alone gives no reason to look at the spine.
    """
    spine = _if(S.test_mri_spine, not is_of_the_mind_alone(case))
    samples = (*before_first_dose(case), *spine)
    return (*loading(case), *_neurology_this_week(case), *samples)


def for_serious_nerves_unexplained(case: Case, planned: PlannedStep) -> Codes:
    """The samples that would show deficiency; injections where the blood calls for them."""
    given = for_a_cause_that_stays(case)
    if not given and planned.route is Route.parenteral:
        given = loading(case)
    return (*given, *_neurology_this_week(case), *before_first_dose(case))


def for_nerve_signs(case: Case, _planned: PlannedStep) -> Codes:
    """Injections and neurology."""
    return (*loading(case), S.refer_neurology)


def for_decisive_nerve_signs(case: Case, _planned: PlannedStep) -> Codes:
    """The samples, then injections without waiting for the results."""
    return (*loading(case), *before_first_dose(case), S.refer_neurology)


def for_other_nerve_signs(case: Case, _planned: PlannedStep) -> Codes:
    """The tests that would settle the status, and neurology: a lower level must not lose it.

    Both MMA and homocysteine where another cause, or a gait alone, is tested before treatment.
    """
    tests = first_tests(case) if is_unmeasured(case) else NOTHING
    if is_sign_tested_first(case):
        both = (*next_marker(case), *due(case, (S.test_homocysteine,)))
        return (*(both or next_markers(case)), S.refer_neurology)
    return (*for_a_cause_that_stays(case), *tests, *next_markers(case), S.refer_neurology)


def for_unexplained_nerve_signs(case: Case, _planned: PlannedStep) -> Codes:
    """B12 where it is not known, and neurology if a finding progresses; else neurology and others.

    BSH 2014, key recommendation 4: strong features may be treated after sampling, without waiting.
    """
    if is_unmeasured(case):
        exposed = anaesthetic_may_explain(case)
        functional = (S.test_mma, S.test_homocysteine) if exposed else NOTHING
        tests = (*first_tests(case), *due(case, (*functional, S.test_fbc)))
        wanted = (*for_a_cause_that_stays(case), *tests)
        return (*wanted, *_if(S.refer_neurology, is_progressive(case) or not wanted))
    rest = (S.test_homocysteine, S.test_mma, S.test_b12_active, S.test_intrinsic_factor_antibody)
    return (
        *for_a_cause_that_stays(case),
        S.refer_neurology,
        *next_markers(case),
        *due(case, rest),
        *tests_for_nerves(case),
    )


def for_severe_blood(case: Case, _planned: PlannedStep) -> Codes:
    """Injections, and haematology with what they need to see."""
    samples = before_first_dose(case)
    return (*loading(case), *for_haematology(case), *_neurology(case), *samples)


def for_severe_blood_unexplained(case: Case, _planned: PlannedStep) -> Codes:
    """Iron where that explains the count, else haematology with what they need to see."""
    lasting = for_a_cause_that_stays(case)
    if is_explained_by_iron(case):
        return (*lasting, S.iron_treatment, *due(case, (S.test_coeliac,)))
    if not needs_haematology(case):
        return (*lasting, S.refer_obstetrics, *due(case, (S.test_film_retics,)))
    return (*lasting, *for_haematology(case), *_neurology(case))


def for_a_treated_patient(case: Case, planned: PlannedStep) -> Codes:
    """Another form, another interval, or what is given already."""
    neurology, review = _neurology(case), later_review(case)
    if continues_barred_form(case):
        return (S.hydroxocobalamin_instead, *neurology, review)
    on_injections = case.has(H.b12_replacement_parenteral)
    going_on = continued_maintenance(case) if on_injections else NOTHING
    if planned.route is Route.parenteral:
        # Too little effect of injections calls for shorter intervals, not for a second loading.
        again = going_on if on_injections else loading(case)
        if new_findings(case):
            return (*again, *neurology, *tests_for_nerves(case), S.review_1_month)
        return (*again, *neurology, review)
    if on_injections and is_loading(case):
        return (*neurology, S.review_2_weeks)
    if is_unexplained(case):
        return (*going_on, S.refer_neurology, *tests_for_nerves(case), review)
    count = due(case, (S.test_fbc,)) if has_new_symptom(case) else NOTHING
    marker = next_marker(case) if is_discordant(case) else NOTHING
    return (*going_on, *neurology, *count, *marker, review)


def for_a_low_total_in_pregnancy(case: Case, planned: PlannedStep) -> Codes:
    """Active B12, which pregnancy does not lower, and what else tells deficiency.

    Where the site treats at once, the product of the route in its place.
    """
    iron = _if(S.iron_treatment, bool(has_anaemia(case) and is_iron_deficient(case)))
    tests = due(case, (S.test_fbc, S.test_folate))
    treats = planned.route in STARTING_ROUTES
    first = products_by_route(case, planned.route) if treats else (S.test_b12_active,)
    return (*first, *tests, *iron, S.review_1_month)


def for_deficiency(case: Case, planned: PlannedStep) -> Codes:
    """The product of the route; in pregnancy the other markers before the first dose."""
    if planned.route not in STARTING_ROUTES:
        return _instead_of_treatment(case, planned)
    if is_injected(case):
        return _for_low_on_injections(case)
    markers = (S.test_b12_active, S.test_mma) if case.is_pregnant else NOTHING
    count = _if(S.test_fbc, needs_count_for_symptoms(case))
    return (*products_by_route(case, planned.route), *count, *due(case, markers))


def _instead_of_treatment(case: Case, planned: PlannedStep) -> Codes:
    """A marker that tells a low level from a lack, or a later look."""
    if planned.route is Route.none:
        return _if(S.review_3_months, not is_explained_by_haptocorrin(case))
    if awaits_mma(case):
        return (S.test_mma,)
    mma_helps = kidney(case) is Kidney.normal
    return due(case, (S.test_b12_active, S.test_mma) if mma_helps else (S.test_b12_active,))


def _for_low_on_injections(case: Case) -> Codes:
    """Whether doses were given; on time a shorter interval and MMA, else loading."""
    on_time = is_dose_on_time(case) and not is_loading(case)
    given = (*maintenance(case), *next_marker(case)) if on_time else loading(case)
    return (S.confirm_replacement, *given, *due(case, (S.test_intrinsic_factor_antibody,)))


def for_a_lasting_cause(case: Case, planned: PlannedStep) -> Codes:
    """Whether it is given elsewhere, the samples before a dose, and what replaces it for life."""
    if planned.route is Route.test_first:
        unmeasured = is_unmeasured(case)
        return for_an_unmeasured_status(case, planned) if unmeasured else (later_review(case),)
    return (
        S.confirm_replacement,
        *_before_maintenance(case),
        *for_life(case, planned.route),
    )


def _before_maintenance(case: Case) -> Codes:
    """A level and a count where none was taken since the last dose, and what settles the status.

    MMA beside a nerve symptom, and where the level does not decide.
    """
    tests: list[S] = []
    if is_unmeasured(case):
        tests += (*first_tests(case), *due(case, (S.test_fbc,)))
    elif is_level_older_than_dose(case):
        level = _if(S.test_b12, not is_level_pending(case))
        tests += (*level, *due(case, (S.test_fbc,)))
    if is_exposed_with_nerve_symptom(case):
        tests += next_markers(case)
    elif status(case) is Status.indeterminate:
        tests += next_marker(case)
    elif neuropathy_level(case) >= N1:
        tests += due(case, (S.test_mma,))
    return tuple(tests)


def for_a_normal_mma(case: Case, _planned: PlannedStep) -> Codes:
    """Advice on the diet where that is a cause."""
    return _if(S.diet_advice, bool(case.active_history(DIET)))


def for_an_undecided_status(case: Case, _planned: PlannedStep) -> Codes:
    """Ferritin in a small-cell anaemia, then the next marker; else looking again later."""
    small = bool(has_anaemia(case)) and bool(has_small_cells(case))
    ferritin = due(case, (S.test_ferritin,)) if small else NOTHING
    markers = next_markers(case)
    if not markers and is_exposed_with_nerve_symptom(case):
        return (*ferritin, S.review_1_month, *tests_for_nerves(case))
    return (*ferritin, *markers, *tests_of_the_level(case)) or (S.review_3_months,)


def for_an_unmeasured_status(case: Case, _planned: PlannedStep) -> Codes:
    """B12 and a blood count, with what else explains the reason to measure.

    J Fam Pract, macrocytosis without anaemia, and NHS Highland: film, folate, liver and thyroid.
    """
    tests = [*first_tests(case), *due(case, (S.test_fbc,))]
    if has_blood_to_explain(case) or case.present_features(SUFFICIENT_SYMPTOMS):
        tests += due(case, (S.test_folate,))
    if has_blood_to_explain(case):
        tests += due(case, (S.test_film_retics,))
    if has_unexplained_large_cells(case):
        tests += due(case, (S.test_liver, S.test_thyroid))
    if has_untreated_diagnosis(case):
        tests.append(S.confirm_replacement)
    return tuple(tests) or (S.review_3_months,)


def for_folic_acid_first(case: Case, planned: PlannedStep) -> Codes:
    """B12 before folic acid."""
    unmeasured = is_unmeasured(case)
    tests = first_tests(case) if unmeasured else for_an_undecided_status(case, planned)
    return (*held_folic_acid(case), *tests) or (S.review_3_months,)


def for_nothing_above(case: Case, _planned: PlannedStep) -> Codes:
    """Advice on a strict diet, which no card shows."""
    return _if(S.diet_advice, has_strict_diet(case))


def nothing(_case: Case, _planned: PlannedStep) -> Codes:
    """No suggestion."""
    return NOTHING


# --- parts


def held_folic_acid(case: Case) -> Codes:
    """Hold a treatment dose of folic acid until vitamin B12 is settled."""
    return _if(S.hold_folic_acid, must_hold_folic_acid(case))


def for_a_cause_that_stays(case: Case) -> Codes:
    """Beside signs or a severe count: whether a lasting cause is treated, and what treats it."""
    if not lacks_replacement(case):
        return NOTHING
    return (S.confirm_replacement, *for_life(case, route_of_lasting_cause(case)))


def later_review(case: Case) -> S:
    """One month in pregnancy and breastfeeding, else three (NG239, follow-up)."""
    return S.review_1_month if case.is_pregnant or case.is_breastfeeding else S.review_3_months


def for_haematology(case: Case) -> Codes:
    """Haematology, with the film and what may explain the count."""
    tests: list[S] = []
    if is_unmeasured(case):
        first = first_tests(case)
        tests += first if case.is_pregnant else (*first, *due(case, (S.test_b12,)))
    else:
        tests += tests_of_the_level(case)
    tests += due(case, (S.test_folate, S.test_film_retics, S.test_fbc))
    return (S.refer_haematology, *tests, *_if(S.test_fbc, is_severe_by_an_old_count(case)))


def _neurology_this_week(case: Case) -> Codes:
    """New findings go to those who see patients the same day, established ones to neurology."""
    return _if(S.refer_neurology, is_established(case))


def _neurology(case: Case) -> Codes:
    return _if(S.refer_neurology, acting_level(case) >= N2)


def _if(code: S, applies: bool) -> Codes:  # noqa: FBT001 - the condition of the code
    return (code,) if applies else NOTHING

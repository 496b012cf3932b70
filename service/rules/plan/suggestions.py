"""What a plan suggests: what cannot wait, what the step says, and what belongs beside it."""

from cobalamin.service.rules.evidence.case import Case, concept
from cobalamin.service.rules.findings.b12_status import is_adult
from cobalamin.service.rules.findings.blood_count import (
    has_anaemia,
    is_iron_deficient,
)
from cobalamin.service.rules.findings.blood_severity import (
    has_few_platelets,
    is_severe_blood_picture,
    resembles_thrombotic_microangiopathy,
)
from cobalamin.service.rules.findings.causes import (
    DIET,
    INHERITED,
    LOWERS_COPPER,
    MEDICINES,
    causes,
    nitrous_oxide_exposure,
)
from cobalamin.service.rules.findings.markers import folate_is_low, total_band
from cobalamin.service.rules.findings.muscle import (
    muscle_emergencies,
    needs_creatine_kinase_today,
)
from cobalamin.service.rules.findings.neuropathy import N1, N2, OPTIC, neuropathy_level
from cobalamin.service.rules.findings.response import new_findings
from cobalamin.service.rules.findings.tests_due import (
    cause_tests,
    due,
    iron_tests,
    kidney_tests,
    needs_folate,
)
from cobalamin.service.rules.findings.unclear_haemoglobin import unclear_haemoglobin
from cobalamin.service.rules.model.assessment import Band, Route, Suggestion, Urgency
from cobalamin.service.rules.model.codes import Codes
from cobalamin.service.rules.model.codes import SuggestionCode as S
from cobalamin.service.rules.plan.cautions import needs_potassium_corrected, needs_potassium_watch
from cobalamin.service.rules.plan.evidence_of_deficiency import is_deficient, is_without_response
from cobalamin.service.rules.plan.haematology import needs_haematology
from cobalamin.service.rules.plan.pathway import SERIOUS_NERVES_UNEXPLAINED, plan_step
from cobalamin.service.rules.plan.pathway_step import PlannedStep
from cobalamin.service.rules.plan.products import PRODUCTS, STARTING_ROUTES
from cobalamin.service.rules.plan.step_suggestions import (
    NOTHING,
    for_haematology,
    held_folic_acid,
    later_review,
)


@concept
def suggestions(case: Case) -> tuple[Suggestion, ...]:
    """Every suggestion once, in the order in which a clinician would act."""
    planned = plan_step(case)
    wanted = (
        *_urgent(case, planned),
        *planned.step.suggests(case, planned),
        *_beside(case, planned),
    )
    codes = tuple(dict.fromkeys(wanted))
    best = _recommended(codes, planned)
    return tuple([Suggestion(code=code, recommended=code == best) for code in codes])


def _recommended(codes: Codes, planned: PlannedStep) -> S | None:
    """What is asked before any product, the product where one is given, else the first.

    Where other causes of serious findings come first, those who see the patient today.
    """
    if planned.step is SERIOUS_NERVES_UNEXPLAINED and S.refer_same_day in codes:
        return S.refer_same_day
    if S.confirm_replacement in codes and planned.route in STARTING_ROUTES:
        return S.confirm_replacement
    if planned.route in STARTING_ROUTES:
        going_on = S.im_maintenance if S.im_maintenance in codes else None
        return next((code for code in codes if code in PRODUCTS), going_on)
    return codes[0] if codes else None


# --- what must not wait


def _urgent(case: Case, planned: PlannedStep) -> Codes:
    """On every step: potassium, muscle breakdown, an unclear count, the thrombotic look-alike."""
    if not is_adult(case):
        return NOTHING
    codes: list[S] = []
    if needs_potassium_corrected(case):
        codes.append(S.correct_potassium)
    if planned.urgency is Urgency.urgent:
        codes.append(S.refer_same_day)
    if muscle_emergencies(case) or needs_creatine_kinase_today(case):
        codes.append(S.test_muscle_panel)
    if unclear_haemoglobin(case):
        codes += due(case, (S.test_fbc,))
    if resembles_thrombotic_microangiopathy(case):
        codes += due(case, (S.test_adamts13, S.test_film_retics))
    return tuple(codes)


# --- what comes beside any step


def _beside(case: Case, planned: PlannedStep) -> Codes:
    if not is_adult(case) or planned.step.silent:
        return NOTHING
    return (
        *(for_haematology(case) if needs_haematology(case) else NOTHING),
        *_for_lack_of_response(case),
        *_exposures(case),
        *_copper(case),
        *_work_up(case, planned),
        *_referrals(case, planned),
        *_reviews(case, planned),
    )


def _for_lack_of_response(case: Case) -> Codes:
    """What else keeps the blood abnormal."""
    if not is_without_response(case):
        return NOTHING
    return due(case, (S.test_film_retics, S.test_ferritin, S.test_folate, S.test_thyroid))


def _exposures(case: Case) -> Codes:
    """What the patient takes, eats or inhales."""
    causes_found = {finding.code for finding in causes(case)}
    codes: list[S] = []
    if nitrous_oxide_exposure(case):
        codes.append(S.stop_nitrous_oxide)
    if causes_found & MEDICINES.members:
        codes.append(S.review_medicine)
    if _is_dietary(case):
        codes.append(S.diet_advice)
    return (*codes, *held_folic_acid(case))


def _copper(case: Case) -> Codes:
    """Copper with a sign of nerves where the gut or zinc may have lowered it."""
    if neuropathy_level(case) < N2 or not case.active_history(LOWERS_COPPER):
        return NOTHING
    return due(case, (S.test_copper,))


def _is_dietary(case: Case) -> bool:
    return bool(case.active_history(DIET))


def _work_up(case: Case, planned: PlannedStep) -> Codes:
    """Tests that belong to starting treatment, and those that find the cause."""
    if planned.route not in STARTING_ROUTES:
        testing = planned.route is Route.test_first
        return (*iron_tests(case), *(kidney_tests(case) if testing else NOTHING))
    codes = [*kidney_tests(case), *cause_tests(case), *iron_tests(case)]
    codes += due(case, (S.test_fbc,))
    if needs_folate(case):
        codes.append(S.test_folate)
    if folate_is_low(case):
        codes.append(S.folic_acid_after_b12)
    if is_iron_deficient(case) and has_anaemia(case):
        codes.append(S.iron_treatment)
    if needs_potassium_watch(case):
        codes.append(S.test_potassium)
    return tuple(codes)


def _referrals(case: Case, planned: PlannedStep) -> Codes:
    codes: list[S] = []
    if planned.route is not Route.none and case.present_features(OPTIC):
        codes.append(S.refer_ophthalmology)
    if case.active_history(INHERITED):
        codes.append(S.refer_metabolic)
    if case.is_pregnant and _needs_obstetrics(case):
        codes.append(S.refer_obstetrics)
    if case.is_breastfeeding and is_deficient(case):
        codes.append(S.refer_paediatrics)
    return tuple(codes)


def _needs_obstetrics(case: Case) -> bool:
    """A low vitamin B12, few platelets, or a severe count whatever the level."""
    low = is_low_in_pregnancy(case) or has_few_platelets(case)
    return bool(low) or is_severe_blood_picture(case)


def is_low_in_pregnancy(case: Case) -> bool:
    """Deficient, or a low total B12 that pregnancy holds back."""
    return is_deficient(case) or total_band(case) is Band.deficient


def _reviews(case: Case, planned: PlannedStep) -> Codes:
    """Two weeks for injections with a nerve finding or a severe count, then one month in pregnancy
    and breastfeeding, else three.
    """
    if planned.route not in STARTING_ROUTES or new_findings(case):
        return NOTHING
    follows = neuropathy_level(case) >= N1 or is_severe_blood_picture(case)
    soon = follows and planned.route is Route.parenteral
    return (*((S.review_2_weeks,) if soon else NOTHING), later_review(case))

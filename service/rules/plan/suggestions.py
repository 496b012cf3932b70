"""What to suggest on each rung, the first being what is recommended."""

from collections.abc import Callable

from cobalamin.service.rules.differential.lookalikes import tests_for_nerves
from cobalamin.service.rules.evidence.case import Case, concept
from cobalamin.service.rules.findings.blood_count import (
    has_anaemia,
    has_pancytopenia,
    is_iron_deficient,
    needs_same_day_haematology,
    resembles_thrombotic_microangiopathy,
)
from cobalamin.service.rules.findings.causes import (
    DIET,
    INHERITED,
    MEDICINES,
    NITROUS_OXIDE,
    causes,
    mechanism,
)
from cobalamin.service.rules.findings.markers import folate_is_low, potassium_is_low
from cobalamin.service.rules.findings.neuropathy import N1, N2, OPTIC, neuropathy_level
from cobalamin.service.rules.findings.tests_due import (
    before_first_dose,
    cause_tests,
    due,
    first_test,
    iron_tests,
    is_unmeasured,
    kidney_tests,
    needs_folate,
    next_markers,
)
from cobalamin.service.rules.findings.treatment import is_loading
from cobalamin.service.rules.model.assessment import Route, Suggestion, Urgency
from cobalamin.service.rules.model.vocabulary import Form, Mechanism
from cobalamin.service.rules.model.vocabulary import History as H
from cobalamin.service.rules.plan.cautions import needs_potassium_watch
from cobalamin.service.rules.plan.contraindications import (
    ALLERGY_TO_FORM,
    continues_barred_form,
    cyanocobalamin_is_barred,
    form_for,
    is_product_barred,
    oral_is_barred,
)
from cobalamin.service.rules.plan.folic_acid import must_hold_folic_acid
from cobalamin.service.rules.plan.pathway import Step, is_deficient, plan_step

Codes = tuple[str, ...]
GIVING = (Route.parenteral, Route.oral)
SILENT = ("R16", "R17", "R20")
NOTHING: Codes = ()


@concept
def suggestions(case: Case) -> tuple[Suggestion, ...]:
    """Every suggestion once, in the order in which a clinician would act."""
    step = plan_step(case)
    wanted = (*_urgent(case), *BY_RUNG[step.rung](case), *_beside(case, step))
    codes = tuple(dict.fromkeys(wanted))
    best = _recommended(codes, step)
    return tuple([Suggestion(code=code, recommended=code == best) for code in codes])


def _recommended(codes: Codes, step: Step) -> str | None:
    """The product where one is given, else the first suggestion."""
    if step.route in GIVING:
        return next((code for code in codes if code in PRODUCTS), None)
    return codes[0] if codes else None


# --- products


def loading(case: Case) -> Codes:
    """Injections; neurological loading as soon as any nerve symptom is there."""
    if _must_change_form(case):
        return ("hydroxocobalamin-instead",)
    nerves = neuropathy_level(case) >= N1
    return ("im-loading-neurological" if nerves else "im-loading-standard", "im-maintenance")


def _must_change_form(case: Case) -> bool:
    injected = case.knowledge.care.injected
    return injected is Form.cyanocobalamin and cyanocobalamin_is_barred(case)


def _tablets(case: Case) -> Codes:
    """The small dose only for a lack in the diet alone, and only where the profile has it."""
    small = mechanism(case) is Mechanism.diet and case.knowledge.care.dietary_dose
    symptoms = neuropathy_level(case) >= N1
    small_dose = small and not symptoms
    return ("oral-replacement-dietary" if small_dose else "oral-replacement-high-dose",)


def _by_route(case: Case) -> Codes:
    if plan_step(case).route is Route.oral:
        return _tablets(case)
    offered = mechanism(case) in case.knowledge.care.oral_offered and neuropathy_level(case) < N1
    allowed = offered and not is_product_barred(case, Route.oral) and not oral_is_barred(case)
    return (*loading(case), *(("oral-replacement-high-dose",) if allowed else ()))


PRODUCTS = frozenset(
    {
        "im-loading-standard",
        "im-loading-neurological",
        "hydroxocobalamin-instead",
        "oral-replacement-dietary",
        "oral-replacement-high-dose",
    }
)


# --- the rungs


def _r0(case: Case) -> Codes:
    step = plan_step(case)
    if step.route is not Route.refer:
        return NOTHING
    today = ("refer-same-day",) if step.urgency is Urgency.urgent else NOTHING
    return ("refer-paediatrics", *today)


def _r1(case: Case) -> Codes:
    urgency = plan_step(case).urgency
    if urgency is Urgency.urgent:
        return ("refer-same-day", "refer-haematology")
    return ("refer-haematology", *(("refer-neurology",) if neuropathy_level(case) >= N2 else ()))


def _r2(case: Case) -> Codes:
    return (*loading(case), "refer-same-day", *before_first_dose(case), "test-mri-spine")


def _r3(case: Case) -> Codes:
    return ("refer-same-day", *before_first_dose(case))


def _r4(case: Case) -> Codes:
    return (*loading(case), "refer-neurology")


def _r5(case: Case) -> Codes:
    return (*loading(case), *before_first_dose(case), "refer-neurology")


def _r6(case: Case) -> Codes:
    tests = first_tests(case) if is_unmeasured(case) else NOTHING
    return (*tests, *next_markers(case)) or ("refer-neurology",)


def _r7(case: Case) -> Codes:
    if plan_step(case).route is Route.refer:
        markers = dict.fromkeys((*next_markers(case), *due(case, ("test-homocysteine",))))
        return ("refer-neurology", *markers, *tests_for_nerves(case))
    return (*first_tests(case), *due(case, ("test-fbc",))) or ("refer-neurology",)


def _r8(case: Case) -> Codes:
    referral = ("refer-same-day",) if needs_same_day_haematology(case) else NOTHING
    return (
        *loading(case),
        *referral,
        "refer-haematology",
        *before_first_dose(case),
        *_film(case),
    )


def _r9(case: Case) -> Codes:
    referral = ("refer-same-day",) if needs_same_day_haematology(case) else NOTHING
    tests = due(case, ("test-b12", "test-folate"))
    return (*referral, "refer-haematology", *tests, *_film(case))


def _film(case: Case) -> Codes:
    return due(case, ("test-film-retics",))


def _r10(case: Case) -> Codes:
    neurology = ("refer-neurology",) if neuropathy_level(case) >= N2 else NOTHING
    if continues_barred_form(case):
        return ("hydroxocobalamin-instead", *neurology, _later_review(case))
    on_injections = case.has(H.b12_replacement_parenteral)
    if plan_step(case).route is Route.parenteral:
        # Too little effect of injections calls for shorter intervals, not for a second loading.
        again = NOTHING if on_injections else loading(case)
        return (*again, *neurology, _later_review(case))
    if on_injections and is_loading(case):
        return (*neurology, "review-2-weeks")
    return (*(maintenance(case) if on_injections else NOTHING), *neurology, _later_review(case))


def maintenance(case: Case) -> Codes:
    """What follows a loading course, in a form that may be given."""
    barred = case.has(ALLERGY_TO_FORM[form_for(case, Route.parenteral)])
    return NOTHING if barred else ("im-maintenance",)


def _r11(_case: Case) -> Codes:
    return ("test-b12-active", "review-1-month")


def _r14(case: Case) -> Codes:
    return ("diet-advice",) if _is_dietary(case) else NOTHING


def _r15(case: Case) -> Codes:
    """The next marker; where every marker is known, looking again later."""
    return next_markers(case) or ("review-3-months",)


def _r18(case: Case) -> Codes:
    return (*first_tests(case), *due(case, ("test-fbc",))) or ("review-3-months",)


def first_tests(case: Case) -> Codes:
    """The first test, or B12 itself where that one is answered; none that was just made."""
    return due(case, (first_test(case), "test-b12"))[:1]


def _r19(case: Case) -> Codes:
    tests = first_tests(case) if is_unmeasured(case) else _r15(case)
    return (*_hold(case), *tests) or ("review-3-months",)


def _hold(case: Case) -> Codes:
    return ("hold-folic-acid",) if must_hold_folic_acid(case) else NOTHING


def _nothing(_case: Case) -> Codes:
    return NOTHING


BY_RUNG: dict[str, Callable[[Case], Codes]] = {
    "R0": _r0,
    "R1": _r1,
    "R2": _r2,
    "R3": _r3,
    "R4": _r4,
    "R5": _r5,
    "R6": _r6,
    "R7": _r7,
    "R8": _r8,
    "R9": _r9,
    "R10": _r10,
    "R11": _r11,
    "R12": _by_route,
    "R13": _by_route,
    "R14": _r14,
    "R15": _r15,
    "R16": _nothing,
    "R17": _nothing,
    "R18": _r18,
    "R19": _r19,
    "R20": _nothing,
}


# --- what comes beside any rung


def _urgent(case: Case) -> Codes:
    """What must not wait, on every rung: correct potassium, and the thrombotic look-alike."""
    if plan_step(case).rung == "R0":
        return NOTHING
    codes: list[str] = []
    if plan_step(case).route is Route.parenteral and potassium_is_low(case):
        codes.append("correct-potassium")
    if resembles_thrombotic_microangiopathy(case):
        codes += ["refer-same-day", *due(case, ("test-adamts13", "test-film-retics"))]
    return tuple(codes)


def _beside(case: Case, step: Step) -> Codes:
    if step.rung == "R0" or step.rung in SILENT:
        return NOTHING
    return (
        *_exposures(case),
        *_work_up(case, step),
        *_referrals(case, step),
        *_reviews(case, step),
    )


def _exposures(case: Case) -> Codes:
    """What the patient takes, eats or inhales."""
    found = {finding.code for finding in causes(case)}
    codes: list[str] = []
    if case.active_history(NITROUS_OXIDE):
        codes.append("stop-nitrous-oxide")
    if found & MEDICINES.members:
        codes.append("review-medicine")
    if _is_dietary(case):
        codes.append("diet-advice")
    return (*codes, *_hold(case))


def _is_dietary(case: Case) -> bool:
    return bool(case.active_history(DIET))


def _work_up(case: Case, step: Step) -> Codes:
    """Tests that belong to starting treatment, and those that find the cause."""
    if step.route not in GIVING:
        return (*iron_tests(case), *(kidney_tests(case) if step.rung == "R15" else NOTHING))
    codes = [*kidney_tests(case), *cause_tests(case), *iron_tests(case)]
    codes += due(case, ("test-fbc",))
    if needs_folate(case):
        codes.append("test-folate")
    if folate_is_low(case):
        codes.append("folic-acid-after-b12")
    if is_iron_deficient(case) and has_anaemia(case):
        codes.append("iron-treatment")
    if needs_potassium_watch(case):
        codes.append("test-potassium")
    return tuple(codes)


def _referrals(case: Case, step: Step) -> Codes:
    codes: list[str] = []
    if has_pancytopenia(case) or resembles_thrombotic_microangiopathy(case):
        codes.append("refer-haematology")
    if step.route is not Route.none and case.present_features(OPTIC):
        codes.append("refer-ophthalmology")
    if case.active_history(INHERITED):
        codes.append("refer-metabolic")
    if case.is_pregnant and is_deficient(case):
        codes.append("refer-obstetrics")
    return tuple(codes)


def _reviews(case: Case, step: Step) -> Codes:
    """One month in pregnancy and breastfeeding, two weeks for loading, else three months."""
    if step.route not in GIVING:
        return NOTHING
    soon = neuropathy_level(case) >= N1 and step.route is Route.parenteral
    return (*(("review-2-weeks",) if soon else NOTHING), _later_review(case))


def _later_review(case: Case) -> str:
    nursing = case.facts.patient.breastfeeding or case.has(H.breastfeeding)
    return "review-1-month" if case.is_pregnant or nursing else "review-3-months"

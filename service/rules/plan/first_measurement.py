"""When vitamin B12 that was never measured, not lately, or not usably, is a reason to speak.

NG239 asks for a symptom beside a risk factor. Any clinician would also measure in the work-up of
large cells, a megaloblastic film, tingling or numbness, glossitis and low blood counts; fatigue,
low mood, breathlessness, aches and cramps alone still need a risk factor.
"""

from cobalamin.service.rules.evidence.case import Case, concept
from cobalamin.service.rules.evidence.groups import load_group
from cobalamin.service.rules.findings.blood_count import (
    has_hypersegmentation,
    has_macro_ovalocytes,
    is_macrocytic,
)
from cobalamin.service.rules.findings.blood_severity import has_few_platelets
from cobalamin.service.rules.findings.causes import (
    ACID_SUPPRESSION,
    METFORMIN,
    exposure_counts,
    has_risk_factor,
    has_strict_diet,
    has_strong_cause,
)
from cobalamin.service.rules.findings.markers import LEVELS
from cobalamin.service.rules.findings.tests_due import is_unmeasured
from cobalamin.service.rules.model.facts import HistoryFact
from cobalamin.service.rules.model.vocabulary import History as H
from cobalamin.service.rules.plan.evidence_of_deficiency import has_symptom
from cobalamin.service.rules.plan.haematology import has_count_for_haematology
from cobalamin.service.rules.plan.recorded_diagnosis import has_untreated_diagnosis

SUFFICIENT_SYMPTOMS = load_group("sufficient_symptoms")
EXPLAINS_LARGE_CELLS = load_group("explains_large_cells")
SCREENED = load_group("screened")


@concept
def needs_first_measurement(case: Case) -> bool:
    """Not measured, or by a result that cannot be used, and a reason to measure."""
    if not is_unmeasured(case):
        return False
    return (
        (has_symptom(case) and has_risk_factor(case))
        or bool(case.present_features(SUFFICIENT_SYMPTOMS))
        or has_blood_to_explain(case)
        or has_untreated_diagnosis(case)
        or _has_risk_factor_alone(case)
        or (case.is_breastfeeding and has_strong_cause(case))
        or has_gastrectomy_of_unknown_extent(case)
    )


@concept
def has_blood_to_explain(case: Case) -> bool:
    """Large cells, a megaloblastic film, low counts, or few platelets in pregnancy."""
    film = has_hypersegmentation(case) or has_macro_ovalocytes(case)
    pregnant = case.is_pregnant and has_few_platelets(case)
    return bool(film or pregnant or has_unexplained_large_cells(case)) or (
        has_count_for_haematology(case)
    )


@concept
def has_unexplained_large_cells(case: Case) -> bool:
    """Large cells that no medicine and no disease explains by which B12 was measured since."""
    if not is_macrocytic(case):
        return False
    explaining = case.active_history(EXPLAINS_LARGE_CELLS)
    return not any(_was_measured_since(case, fact) for fact in explaining)


@concept
def has_gastrectomy_of_unknown_extent(case: Case) -> bool:
    """A code that does not tell a part from the whole: read as a part, and it may be the whole."""
    operation = case.history(H.gastrectomy_partial)
    named = case.history(H.gastrectomy_total) is not None
    return operation is not None and operation.active and operation.ambiguous and not named


def _was_measured_since(case: Case, fact: HistoryFact) -> bool:
    """Whether a number of vitamin B12 was measured after the fact began; not known is no."""
    if fact.since is None:
        return False
    results = (result for analyte in LEVELS for result in case.results(analyte))
    began = fact.since.last
    return any(one.quantity is not None and one.on.first >= began for one in results)


def _has_risk_factor_alone(case: Case) -> bool:
    """A risk factor that a profile measures for without a symptom; age alone is none."""
    if not case.knowledge.care.measures_for_risk_factor:
        return False
    exposed = case.active_history(METFORMIN | ACID_SUPPRESSION)
    long = any(fact.since is not None and exposure_counts(case, fact) for fact in exposed)
    return long or has_strict_diet(case) or bool(case.active_history(SCREENED))

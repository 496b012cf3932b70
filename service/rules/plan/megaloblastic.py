"""Megaloblastic blood that calls for injections this week, and symptoms that call for a count."""

from cobalamin.service.rules.evidence.case import Case, concept
from cobalamin.service.rules.evidence.comparisons import is_under
from cobalamin.service.rules.evidence.groups import load_group
from cobalamin.service.rules.findings.anaemia import megaloblastic
from cobalamin.service.rules.findings.blood_count import has_anaemia, is_macrocytic
from cobalamin.service.rules.findings.blood_severity import has_marked_anaemia, is_count_recent
from cobalamin.service.rules.findings.markers import total_b12
from cobalamin.service.rules.model.assessment import Likelihood
from cobalamin.service.rules.plan.evidence_of_deficiency import is_deficient

# Symptoms of an anaemia that nobody has measured yet.
SYMPTOMS_OF_ANAEMIA = load_group("symptoms_of_anaemia")


@concept
def is_very_low(case: Case) -> bool:
    """Total B12 below 100 ng/L."""
    return bool(is_under(case, total_b12(case), case.thresholds.b12_total_very_low))


@concept
def has_megaloblastic_anaemia(case: Case) -> bool:
    """Deficient with marked anaemia and large cells, or a likely megaloblastic anaemia that is
    marked or goes with a very low level.

    Its cause counts as pernicious anaemia until the antibody is back, so it is injected.
    """
    if not is_deficient(case):
        return False
    marked = bool(has_marked_anaemia(case))
    likely = megaloblastic(case) is Likelihood.likely
    return (marked and bool(is_macrocytic(case))) or (likely and (marked or is_very_low(case)))


@concept
def is_very_low_with_changed_blood(case: Case) -> bool:
    """A very low level beside any anaemia or large cells."""
    return is_very_low(case) and bool(has_anaemia(case) or is_macrocytic(case))


@concept
def needs_count_for_symptoms(case: Case) -> bool:
    """Deficient and breathless, with a fast pulse or jaundice, and no count of six weeks."""
    symptoms = bool(case.present_features(SYMPTOMS_OF_ANAEMIA))
    return is_deficient(case) and symptoms and not is_count_recent(case)

"""Reflex tests: what a laboratory could add to the sample that it has."""

from cobalamin.service.rules.findings.tests_due import MEASURES
from cobalamin.service.rules.model.assessment import Assessment
from cobalamin.service.rules.model.codes import Codes
from cobalamin.service.rules.model.codes import SuggestionCode as S

# A result that is under way has been asked for.
PENDING = frozenset({"status-not-final"})

# In the order in which they follow each other; everything else needs the patient.
REFLEX = (
    S.test_b12,
    S.test_b12_active,
    S.test_mma,
    S.test_homocysteine,
    S.test_folate,
    S.test_intrinsic_factor_antibody,
    S.test_gastrin,
)


def reflex_tests(assessment: Assessment) -> Codes:
    """The tests of the plan that have neither a result nor one pending.

    Intervals between repeats are those of the plan, which names no test within its own.
    """
    wanted = {suggestion.code for suggestion in assessment.plan.suggestions}
    under_way = {
        refusal.analyte for refusal in assessment.facts.refusals if refusal.code in PENDING
    }
    return tuple(
        code for code in REFLEX if code in wanted and under_way.isdisjoint(MEASURES.get(code, ()))
    )

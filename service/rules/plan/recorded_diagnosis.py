"""A diagnosis of vitamin B12 deficiency that is recorded while nothing replaces the vitamin.

It is no measurement and no evidence: it is a reason to look, and to ask who treats (NG239 1.1.3:
treatment that was begun should go on, so that symptoms do not return).
"""

from cobalamin.service.rules.evidence.case import Case, concept
from cobalamin.service.rules.findings.treatment import is_replaced
from cobalamin.service.rules.model.vocabulary import Diagnosis


@concept
def has_untreated_diagnosis(case: Case) -> bool:
    """Vitamin B12 deficiency is recorded as a current diagnosis, and no product is in use."""
    return Diagnosis.b12_deficiency in case.facts.diagnoses and not is_replaced(case)

"""How strong the evidence of vitamin B12 deficiency is, as the steps of the pathway ask for it."""

from cobalamin.service.rules.evidence.case import Case, concept
from cobalamin.service.rules.evidence.groups import load_group
from cobalamin.service.rules.findings.anaemia import DEFICIENT_STATUSES
from cobalamin.service.rules.findings.b12_status import status
from cobalamin.service.rules.findings.blood_count import has_anaemia, is_macrocytic
from cobalamin.service.rules.findings.causes import has_strong_cause
from cobalamin.service.rules.findings.neuropathy import (
    NEUROLOGICAL,
    level_of_recent_findings,
    neuropathy_level,
)
from cobalamin.service.rules.findings.response import (
    began_on_treatment,
    is_blood_unresponsive,
    should_have_worked,
)
from cobalamin.service.rules.findings.treatment import is_established_treatment
from cobalamin.service.rules.model.assessment import Status

# Abnormal counts are added in `has_symptom`.
NG239_SYMPTOMS = load_group("ng239_symptoms")


def is_deficient(case: Case) -> bool:
    """Deficient, or functionally deficient."""
    return status(case) in DEFICIENT_STATUSES


@concept
def is_possibly_deficient(case: Case) -> bool:
    """Indeterminate, or without a usable level where a strong cause is recorded."""
    value = status(case)
    if value in (Status.not_measured, Status.not_assessable):
        return has_strong_cause(case)
    return value is Status.indeterminate


def is_on_treatment(case: Case) -> bool:
    """The status is on-treatment."""
    return status(case) is Status.on_treatment


@concept
def is_without_response(case: Case) -> bool:
    """On injections for eight weeks at least, and the blood is no better."""
    return is_on_treatment(case) and is_blood_unresponsive(case)


def is_suspected(case: Case) -> bool:
    """Deficient, possibly deficient or on treatment."""
    return is_deficient(case) or is_possibly_deficient(case) or is_on_treatment(case)


@concept
def acting_level(case: Case) -> int:
    """The tier that calls for action: established findings on lasting treatment call for none."""
    if is_on_treatment(case) and is_established_treatment(case):
        return level_of_recent_findings(case)
    return neuropathy_level(case)


@concept
def has_symptom(case: Case) -> bool:
    """One of the symptoms or signs that NG239 names; an abnormal count is one of them."""
    return bool(case.present_features(NG239_SYMPTOMS) or has_anaemia(case) or is_macrocytic(case))


@concept
def has_new_symptom(case: Case) -> bool:
    """A symptom of NG239 that is none of the nerves and began on established treatment."""
    symptoms = case.present_features(NG239_SYMPTOMS)
    others = [symptom for symptom in symptoms if symptom.code not in NEUROLOGICAL.members]
    return should_have_worked(case) and any(began_on_treatment(case, symptom) for symptom in others)

"""Folic acid before vitamin B12: it corrects the blood while the cord is damaged."""

from cobalamin.service.rules.evidence.case import Case, concept
from cobalamin.service.rules.evidence.groups import load_group
from cobalamin.service.rules.findings.b12_status import status
from cobalamin.service.rules.findings.blood_count import has_anaemia, is_macrocytic
from cobalamin.service.rules.findings.causes import has_risk_factor
from cobalamin.service.rules.findings.markers import folate_is_low
from cobalamin.service.rules.findings.neuropathy import neuropathy_level
from cobalamin.service.rules.findings.treatment import is_replaced
from cobalamin.service.rules.model.assessment import Status
from cobalamin.service.rules.model.facts import HistoryFact
from cobalamin.service.rules.model.quantities import Quantity, micrograms
from cobalamin.service.rules.model.truth import Truth
from cobalamin.service.rules.model.vocabulary import History as H

PROTECTED = load_group("folic_acid_protected")
UNKNOWN = (Status.not_measured, Status.not_assessable)
UNSETTLED = (Status.indeterminate, *UNKNOWN)
LOW_OR_UNSETTLED = (Status.deficient, Status.functional_deficiency, *UNSETTLED)


@concept
def must_hold_folic_acid(case: Case) -> bool:
    """A treatment dose while B12 is low or unsettled, and not being replaced.

    Protection of an unborn child, and cover for methotrexate or an antiepileptic, is not held.
    """
    folic_acid = case.history(H.folic_acid)
    if folic_acid is None or not folic_acid.active or not is_treatment_dose(case, folic_acid):
        return False
    if is_replaced(case) or case.is_pregnant or case.active_history(PROTECTED):
        return False
    value = status(case)
    if value in UNKNOWN:
        return _gives_reason_to_wait(case)
    return value in LOW_OR_UNSETTLED


def is_treatment_dose(case: Case, folic_acid: HistoryFact) -> Truth:
    """The dose a day, one dose or one piece of the product reaches it; without any not known.

    A product whose single piece is a treatment dose is one, however often it is taken: nothing
    that is said besides may make it harmless.
    """
    if folic_acid.single is not None and _is_reached(case, folic_acid.single):
        return True
    return None if folic_acid.dose is None else _is_reached(case, folic_acid.dose)


def _is_reached(case: Case, amount: Quantity) -> Truth:
    """Not known for a unit that is no mass."""
    limits = case.thresholds.folic_acid_treatment.value
    limit = limits.get(f"{amount.unit.removesuffix('/d')}/d")
    if limit is not None:
        return amount.value >= limit
    mass, least = micrograms(amount), limits.get("ug/d")
    return None if mass is None or least is None else mass >= least


def _gives_reason_to_wait(case: Case) -> bool:
    blood = is_macrocytic(case) or has_anaemia(case)
    return bool(blood or neuropathy_level(case) or has_risk_factor(case))


@concept
def needs_b12_for_folate(case: Case) -> bool:
    """Folate is low and B12 is unknown or unsettled: measure before folic acid is given."""
    unsettled = status(case) in UNSETTLED
    return bool(folate_is_low(case)) and unsettled and not is_replaced(case)


@concept
def concerns_folic_acid(case: Case) -> bool:
    """Folic acid is taken or called for while B12 is low or unsettled and not replaced."""
    involved = case.has(H.folic_acid) or folate_is_low(case)
    return bool(involved) and status(case) in LOW_OR_UNSETTLED and not is_replaced(case)

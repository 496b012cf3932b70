"""Causes that never go away while nothing on record replaces vitamin B12.

A normal level only says "not yet": after total gastrectomy deficiency comes within months to years.
Most likely somebody else injects, so that is asked first. An intrinsic-factor antibody or
autoimmune gastritis alone is watched and not treated: pernicious anaemia is a late stage of it.
"""

from cobalamin.service.rules.evidence.case import Case, concept
from cobalamin.service.rules.findings.b12_status import status
from cobalamin.service.rules.findings.blood_severity import is_severe_blood_picture
from cobalamin.service.rules.findings.causes import LASTING, positive_antibody
from cobalamin.service.rules.findings.markers import LEVELS, Mma, mma
from cobalamin.service.rules.findings.neuropathy import N1, neuropathy_level
from cobalamin.service.rules.findings.tests_due import is_unmeasured
from cobalamin.service.rules.findings.treatment import is_replaced, lapsed_products
from cobalamin.service.rules.findings.worst_findings import has_physical_sign
from cobalamin.service.rules.model.assessment import Status
from cobalamin.service.rules.model.vocabulary import History as H
from cobalamin.service.rules.plan.evidence_of_deficiency import has_symptom
from cobalamin.service.rules.plan.haematology import is_explained_by_iron, needs_haematology


@concept
def needs_lasting_care(case: Case) -> bool:
    """A lasting cause without replacement, or autoimmune gastritis whose level is to be seen."""
    return lacks_replacement(case) or is_watch_due(case) or is_antibody_undecided(case)


@concept
def lacks_replacement(case: Case) -> bool:
    """A lasting cause, nothing that replaces, and a level that does not show deficiency."""
    if not is_without_replacement(case):
        return False
    return is_unmeasured(case) or status(case) in (Status.unlikely, Status.indeterminate)


@concept
def is_without_replacement(case: Case) -> bool:
    """A lasting cause and nothing on record that replaces, whatever the level shows."""
    return bool(case.active_history(LASTING)) and not is_replaced(case)


@concept
def calls_for_loading(case: Case) -> bool:
    """A physical nerve sign, a severe blood picture that iron does not explain, or a nerve symptom;
    not a symptom alone beside a level that makes deficiency unlikely and a blood count that needs
    no haematology.
    """
    if is_severe_blood_picture(case) and not is_explained_by_iron(case):
        return True
    is_open = status(case) is not Status.unlikely or needs_haematology(case)
    return has_physical_sign(case) or (neuropathy_level(case) >= N1 and is_open)


@concept
def calls_for_treatment(case: Case) -> bool:
    """What is there calls for replacement, and not only for a look at the level."""
    symptom = has_symptom(case) or neuropathy_level(case) >= N1
    return lacks_replacement(case) or (is_antibody_undecided(case) and symptom)


@concept
def has_lapsed_replacement(case: Case) -> bool:
    """Replacement on record with a last dose that no longer counts."""
    return needs_lasting_care(case) and bool(lapsed_products(case))


@concept
def is_level_older_than_dose(case: Case) -> bool:
    """No vitamin B12 was measured since the last dose that is on record."""
    ends = [product.last.last for product in lapsed_products(case) if product.last is not None]
    newest = [result.on.first for level in LEVELS if (result := case.latest(level)) is not None]
    return bool(ends and newest) and max(newest) <= max(ends)


# --- an antibody, or autoimmune gastritis, alone


def _has_autoimmunity_alone(case: Case) -> bool:
    if case.active_history(LASTING):
        return False
    return case.has(H.autoimmune_gastritis) or positive_antibody(case) is not None


@concept
def is_watched(case: Case) -> bool:
    """A sufficient level with a normal MMA; beside gastritis without antibody also without MMA."""
    if status(case) is not Status.unlikely or not _has_autoimmunity_alone(case):
        return False
    unasked = positive_antibody(case) is None and mma(case) is Mma.none
    return mma(case) is Mma.normal or unasked


@concept
def is_watch_due(case: Case) -> bool:
    """No level that still counts and can be used."""
    return _has_autoimmunity_alone(case) and is_unmeasured(case)


@concept
def is_antibody_undecided(case: Case) -> bool:
    """A positive antibody, a level that does not decide, and a normal MMA."""
    if positive_antibody(case) is None or case.active_history(LASTING):
        return False
    return status(case) is Status.indeterminate and mma(case) is Mma.normal

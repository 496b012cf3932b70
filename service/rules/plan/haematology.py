"""When the blood count asks for haematology, and when something known already explains it."""

from cobalamin.service.rules.evidence.case import Case, concept
from cobalamin.service.rules.evidence.groups import load_group
from cobalamin.service.rules.findings.b12_status import status
from cobalamin.service.rules.findings.blood_count import (
    has_anaemia,
    has_small_cells,
    is_iron_deficient,
)
from cobalamin.service.rules.findings.blood_severity import (
    has_few_platelets,
    has_marked_anaemia,
    has_neutropenia,
    has_two_low_lines,
    is_blood_for_today,
    is_severe_blood_picture,
)
from cobalamin.service.rules.model.assessment import Status
from cobalamin.service.rules.plan.doubtful_level import is_level_doubted_by_blood
from cobalamin.service.rules.plan.evidence_of_deficiency import (
    is_deficient,
    is_on_treatment,
    is_without_response,
)

# Diseases of marrow or liver that explain low counts by themselves.
EXPLAINING_DISEASES = load_group("explaining_diseases")
NOT_LOW = (Status.unlikely, Status.indeterminate)


@concept
def has_count_for_haematology(case: Case) -> bool:
    """Two low lines, neutropenia, or few platelets with anaemia; any severe picture is one."""
    few = has_few_platelets(case) and has_anaemia(case)
    low = has_two_low_lines(case) or has_neutropenia(case) or few
    return is_severe_blood_picture(case) or bool(low)


@concept
def is_explained_by_iron(case: Case) -> bool:
    """Anaemia with small cells and deficient iron, no other low line, and B12 that is not low.

    Iron and the cause of its loss come first: haematology and MMA would add nothing.
    """
    iron = bool(has_anaemia(case) and has_small_cells(case) and is_iron_deficient(case))
    alone = not has_two_low_lines(case) and not has_neutropenia(case)
    return iron and alone and status(case) in NOT_LOW


@concept
def is_explained_by_disease(case: Case) -> bool:
    """A recorded disease of marrow or liver beside a B12 that is not low; never for today."""
    if is_deficient(case) or is_blood_for_today(case):
        return False
    return bool(case.active_history(EXPLAINING_DISEASES))


@concept
def needs_haematology(case: Case) -> bool:
    """The count calls for haematology and nothing known explains it.

    During treatment only a severe picture does, and a marked or a second low line that has not
    got better: what is mild may be on its way up.
    """
    if is_explained_by_iron(case) or is_explained_by_disease(case):
        return False
    if is_on_treatment(case):
        low = has_two_low_lines(case) or bool(has_marked_anaemia(case))
        return is_severe_blood_picture(case) or (low and is_without_response(case))
    return has_count_for_haematology(case)


@concept
def is_not_explained_by_b12(case: Case) -> bool:
    """A count for haematology beside a vitamin B12 that makes deficiency unlikely, undoubted."""
    if status(case) is not Status.unlikely or is_level_doubted_by_blood(case):
        return False
    return has_count_for_haematology(case)

"""A level that does not look low beside blood that looks megaloblastic.

Some assays read too high where an intrinsic-factor antibody is in the sample, so a sufficient level
settles nothing beside such blood (BSH 2014, key recommendation 4; NASGP's summary of it).
"""

from cobalamin.service.rules.evidence.case import Case, concept
from cobalamin.service.rules.evidence.groups import load_group
from cobalamin.service.rules.findings.b12_status import status
from cobalamin.service.rules.findings.blood_count import (
    has_anaemia,
    has_haemolysis,
    has_hypersegmentation,
    has_low_reticulocytes,
    has_macro_ovalocytes,
    has_small_cells,
    is_macrocytic,
)
from cobalamin.service.rules.findings.markers import Mma, folate_is_low, mma
from cobalamin.service.rules.findings.tests_due import due, next_marker
from cobalamin.service.rules.model.assessment import Status
from cobalamin.service.rules.model.codes import Codes
from cobalamin.service.rules.model.codes import SuggestionCode as S

EXPLAINING = load_group("explains_large_cells") | load_group("explaining_diseases")


@concept
def is_level_doubted_by_blood(case: Case) -> bool:
    """Not low, no MMA, and no folate, medicine or disease on record that explains the blood."""
    if status(case) not in (Status.unlikely, Status.indeterminate) or mma(case) is not Mma.none:
        return False
    if folate_is_low(case) or case.active_history(EXPLAINING):
        return False
    return _looks_megaloblastic(case)


def tests_of_the_level(case: Case) -> Codes:
    """What decides where the level does not, or may be wrong: a marker, then the antibody."""
    doubted = is_level_doubted_by_blood(case)
    if not doubted and status(case) is not Status.indeterminate:
        return ()
    others = (S.test_intrinsic_factor_antibody, S.test_folate) if doubted else ()
    return (*next_marker(case), *due(case, others))


def _looks_megaloblastic(case: Case) -> bool:
    """A megaloblastic film with large cells, or an anaemia whose cells are not small; or large
    cells that break down while the marrow is not known to answer.
    """
    film = has_hypersegmentation(case) or has_macro_ovalocytes(case)
    anaemic = has_anaemia(case) and not has_small_cells(case)
    ineffective = has_haemolysis(case) and has_low_reticulocytes(case) is not False
    large = bool(is_macrocytic(case))
    return bool(film and (large or anaemic)) or (large and bool(ineffective))

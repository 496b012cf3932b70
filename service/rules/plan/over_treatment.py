"""Where an injection or a tablet would be too much: a test, or a later look, comes first.

Another cause on record explains a sensory sign; haptocorrin deficiency, the contraceptive pill and
myeloma lower the level without a lack; normal MMA and homocysteine make a lack in tissues unlikely.
"""

from cobalamin.service.rules.evidence.case import Case, FactSet, concept
from cobalamin.service.rules.evidence.comparisons import is_over
from cobalamin.service.rules.evidence.groups import load_group
from cobalamin.service.rules.findings.b12_status import status
from cobalamin.service.rules.findings.blood_count import (
    has_anaemia,
    has_hypersegmentation,
    has_low_platelets,
    has_macro_ovalocytes,
    is_macrocytic,
)
from cobalamin.service.rules.findings.blood_severity import has_neutropenia
from cobalamin.service.rules.findings.causes import (
    COMPETING,
    causes,
    has_strong_cause,
    mechanism,
    nitrous_oxide_exposure,
    positive_antibody,
)
from cobalamin.service.rules.findings.markers import (
    Mma,
    active_band,
    homocysteine_is_raised,
    mma,
    total_b12,
)
from cobalamin.service.rules.findings.neuropathy import (
    GAIT,
    N1,
    N2,
    NEUROLOGICAL,
    NORMAL,
    SENSORY,
    SIGNS,
    is_progressive,
    neuropathy_level,
    tiered_findings,
)
from cobalamin.service.rules.findings.treatment import is_replaced
from cobalamin.service.rules.model.assessment import Band, Status
from cobalamin.service.rules.model.vocabulary import Feature as F
from cobalamin.service.rules.model.vocabulary import History as H
from cobalamin.service.rules.model.vocabulary import Mechanism

WEAK_SIGNS = load_group("weak_signs")
LOWERS_THE_LEVEL = load_group("lowers_the_level")
LEFT_MEDICINES = load_group("left_medicines")
NEVER_SPARED = load_group("never_spared")
COMPLAINTS = FactSet(
    *(one for one in F if one not in NORMAL.members and one is not F.recent_intense_exercise)
)


# --- a nerve sign beside an indeterminate level


@concept
def is_sign_tested_first(case: Case) -> bool:
    """A weak sign beside another cause on record, or an unsteady gait without a sensory finding.

    Not where it progresses, nor with a strong cause, large cells or a megaloblastic film.
    """
    if status(case) is not Status.indeterminate or has_strong_cause(case) or is_progressive(case):
        return False
    if is_macrocytic(case) or has_hypersegmentation(case) or has_macro_ovalocytes(case):
        return False
    signs = {finding.feature.code for finding in tiered_findings(case) if finding.tier >= N2}
    weak = signs <= WEAK_SIGNS.members and bool(case.active_history(COMPETING))
    unsteady = signs <= GAIT.members and not case.present_features(SENSORY | SIGNS)
    return bool(signs) and (weak or unsteady)


# --- a low level without a lack


@concept
def is_explained_by_haptocorrin(case: Case) -> bool:
    """Recorded haptocorrin deficiency with a normal MMA, and nothing that speaks for a lack."""
    return _may_be_haptocorrin(case) and mma(case) is Mma.normal


@concept
def awaits_mma(case: Case) -> bool:
    """The same with an MMA that is not known."""
    return _may_be_haptocorrin(case) and mma(case) is Mma.none


def _may_be_haptocorrin(case: Case) -> bool:
    recorded = case.has(H.haptocorrin_deficiency) and case.is_recorded(NEUROLOGICAL)
    return recorded and _is_spared(case) and _has_normal_blood(case)


@concept
def has_normal_markers(case: Case) -> bool:
    """Low, with normal MMA and homocysteine, no complaint and a normal count."""
    normal = mma(case) is Mma.normal and homocysteine_is_raised(case) is False
    return normal and _is_spared(case) and _is_well(case)


@concept
def awaits_active_b12(case: Case) -> bool:
    """Moderately low beside what lowers the total level alone, no complaint and a normal count."""
    total = is_over(case, total_b12(case), case.thresholds.b12_total_very_low)
    if not total or not case.active_history(LOWERS_THE_LEVEL):
        return False
    unsettled = active_band(case) is Band.none and mma(case) in (Mma.none, Mma.normal)
    return unsettled and _is_spared(case) and _is_well(case)


@concept
def is_left_by_the_site(case: Case) -> bool:
    """A low level through a medicine alone that the site leaves; blood and nerves are known."""
    if not case.knowledge.care.leaves_low_by_medicine or mechanism(case) is not Mechanism.medicine:
        return False
    through = {finding.code for finding in causes(case)} <= LEFT_MEDICINES.members
    is_ruled_out = case.is_recorded(NEUROLOGICAL) and has_anaemia(case) is False
    return through and is_ruled_out and not is_macrocytic(case) and _is_spared(case)


def _is_spared(case: Case) -> bool:
    """Deficient by the level, without nerves, pregnancy or a cause for which it is believed."""
    if status(case) is not Status.deficient or neuropathy_level(case) >= N1 or is_replaced(case):
        return False
    if case.active_history(NEVER_SPARED) or nitrous_oxide_exposure(case):
        return False
    two_lives = case.is_pregnant or case.is_breastfeeding
    return not two_lives and positive_antibody(case) is None


def _has_normal_blood(case: Case) -> bool:
    """Known not to be anaemic nor to have large cells, and no line known to be low."""
    is_normal = has_anaemia(case) is False and is_macrocytic(case) is False
    return is_normal and not has_low_platelets(case) and not has_neutropenia(case)


def _is_well(case: Case) -> bool:
    return _has_normal_blood(case) and not case.present_features(COMPLAINTS)

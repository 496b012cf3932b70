"""Why the outcome is what it is: the status first, then what else explains the plan."""

from collections.abc import Callable

from cobalamin.service.rules.evidence.case import Case
from cobalamin.service.rules.findings.anaemia import DEFICIENT_STATUSES, anaemia
from cobalamin.service.rules.findings.b12_status import is_adult, status
from cobalamin.service.rules.findings.blood_count import is_macrocytic
from cobalamin.service.rules.findings.markers import Mma, band, folate_is_low, mma
from cobalamin.service.rules.findings.pending import is_level_pending
from cobalamin.service.rules.model.assessment import Band, Cells, Severity, Status
from cobalamin.service.rules.model.codes import ReasonCode as R
from cobalamin.service.rules.plan.doubtful_level import is_level_doubted_by_blood
from cobalamin.service.rules.plan.folic_acid import must_hold_folic_acid, needs_b12_for_folate
from cobalamin.service.rules.plan.haematology import is_explained_by_iron, is_not_explained_by_b12
from cobalamin.service.rules.plan.lasting_causes import is_watched
from cobalamin.service.rules.plan.over_treatment import is_explained_by_haptocorrin

STATUS_REASONS = {
    Status.deficient: R.b12_deficient,
    Status.functional_deficiency: R.b12_functional_deficiency,
    Status.indeterminate: R.b12_indeterminate,
    Status.unlikely: R.b12_deficiency_unlikely,
    Status.on_treatment: R.b12_on_treatment,
    Status.not_measured: R.b12_not_measured,
    Status.not_assessable: R.b12_not_usable,
}


def reasons(case: Case, *, result_refused: bool = False) -> tuple[R, ...]:
    """The codes of every reason, in a fixed order; for a child or without an age only that."""
    adult = is_adult(case)
    if not adult:
        return (R.age_unknown if adult is None else R.paediatric_not_supported,)
    codes = [code for code, applies in REASONS if applies(case)]
    refused = (R.result_refused,) if result_refused else ()
    return (STATUS_REASONS[status(case)], *codes, *refused)


# --- the predicates


def mma_decides(case: Case) -> bool:
    """Deficient although the level alone does not say so."""
    return status(case) is Status.deficient and band(case) is not Band.deficient


def mma_is_held_back(case: Case) -> bool:
    """MMA is raised and the kidneys may be the reason."""
    return mma(case) is Mma.held_back


def mma_is_normal(case: Case) -> bool:
    """Indeterminate with an MMA that is not raised."""
    return mma(case) is Mma.normal and status(case) is Status.indeterminate


def blood_looks_normal(case: Case) -> bool:
    """Deficient without anaemia, or with cells of normal size."""
    finding = anaemia(case)
    normal = finding.value is Severity.none or finding.cells is Cells.normocytic
    return status(case) in DEFICIENT_STATUSES and normal


def cells_are_not_explained(case: Case) -> bool:
    """Large cells beside a vitamin B12 that makes deficiency unlikely, undoubted."""
    large = status(case) is Status.unlikely and bool(is_macrocytic(case))
    return large and not is_level_doubted_by_blood(case)


def folate_alone_is_low(case: Case) -> bool:
    """Low folate beside a vitamin B12 that makes deficiency unlikely."""
    return status(case) is Status.unlikely and bool(folate_is_low(case))


def folate_waits_for_b12(case: Case) -> bool:
    """Folic acid or a low folate while vitamin B12 is not settled."""
    return must_hold_folic_acid(case) or needs_b12_for_folate(case)


REASONS: tuple[tuple[R, Callable[[Case], bool]], ...] = (
    (R.result_pending, is_level_pending),
    (R.mma_decides, mma_decides),
    (R.mma_held_back, mma_is_held_back),
    (R.mma_normal, mma_is_normal),
    (R.normal_blood_does_not_exclude, blood_looks_normal),
    (R.blood_not_explained, is_not_explained_by_b12),
    (R.blood_doubts_level, is_level_doubted_by_blood),
    (R.iron_deficiency_first, is_explained_by_iron),
    (R.large_cells_not_explained, cells_are_not_explained),
    (R.low_folate_alone, folate_alone_is_low),
    (R.haptocorrin_deficiency_explains, is_explained_by_haptocorrin),
    (R.autoimmune_gastritis_watch, is_watched),
    (R.folate_before_b12, folate_waits_for_b12),
)

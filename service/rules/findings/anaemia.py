"""What the blood means together with vitamin B12: megaloblastic, dimorphic, masked."""

from cobalamin.service.rules.evidence.case import Case, concept
from cobalamin.service.rules.findings.b12_status import status
from cobalamin.service.rules.findings.blood_count import (
    because_of_blood,
    cell_size,
    has_anaemia,
    has_haemolysis,
    has_hypersegmentation,
    has_low_ferritin,
    has_low_neutrophils,
    has_low_platelets,
    has_low_reticulocytes,
    has_macro_ovalocytes,
    has_small_cells,
    has_wide_cells,
    is_iron_deficient,
    is_macrocytic,
    severity,
)
from cobalamin.service.rules.findings.causes import positive_antibody
from cobalamin.service.rules.findings.markers import band, folate_is_low
from cobalamin.service.rules.model.assessment import AnaemiaFinding, Band, Cells, Likelihood, Status

DEFICIENT_STATUSES = (Status.deficient, Status.functional_deficiency)


@concept
def anaemia(case: Case) -> AnaemiaFinding:
    """Severity, cells and megaloblastic likelihood, with the results behind them."""
    return AnaemiaFinding(
        value=severity(case),
        cells=cells(case),
        megaloblastic=megaloblastic(case),
        because=because_of_blood(case),
    )


def cells(case: Case) -> Cells:
    """Dimorphic where cells of normal mean size vary widely and B12 or ferritin is low."""
    size = cell_size(case)
    low = band(case) is Band.deficient or has_low_ferritin(case)
    dimorphic = size is Cells.normocytic and has_wide_cells(case) and low
    return Cells.dimorphic if dimorphic else size


@concept
def may_mask_macrocytosis(case: Case) -> bool:
    """Low B12 with widely varying cells that are on average not large."""
    wide = bool(has_wide_cells(case)) and is_macrocytic(case) is False
    return wide and band(case) is Band.deficient


def megaloblastic(case: Case) -> Likelihood:
    """Likely needs deficiency, anaemia and a mark of megaloblastic cells that are not small.

    Few platelets or neutrophils beside a mark are possible only: both have many other causes.
    """
    value = status(case)
    if value in (*DEFICIENT_STATUSES, Status.indeterminate) and has_anaemia(case):
        proven = value in DEFICIENT_STATUSES and _has_mark(case) and not has_small_cells(case)
        return Likelihood.likely if proven else Likelihood.possible
    few = has_low_platelets(case) or has_low_neutrophils(case)
    if value in DEFICIENT_STATUSES and few and _has_mark(case):
        return Likelihood.possible
    unlikely = band(case) is Band.unlikely and value not in DEFICIENT_STATUSES
    unlikely = unlikely and not _has_film_mark(case)
    if unlikely and not folate_is_low(case) and positive_antibody(case) is None:
        return Likelihood.unlikely
    return Likelihood.unknown


def _has_mark(case: Case) -> bool:
    ineffective = has_haemolysis(case) and has_low_reticulocytes(case)
    mixed = has_wide_cells(case) and is_iron_deficient(case)
    return bool(is_macrocytic(case) or _has_film_mark(case) or ineffective or mixed)


def _has_film_mark(case: Case) -> bool:
    return bool(has_hypersegmentation(case) or has_macro_ovalocytes(case))

"""A low total vitamin B12 in pregnancy: when it is believed, and when it waits for active B12."""

from cobalamin.service.rules.evidence.case import Case, concept
from cobalamin.service.rules.evidence.comparisons import is_under
from cobalamin.service.rules.evidence.groups import load_group
from cobalamin.service.rules.findings.blood_count import (
    has_anaemia,
    has_low_ferritin,
    has_small_cells,
    is_macrocytic,
)
from cobalamin.service.rules.findings.blood_severity import (
    has_few_platelets,
    has_marked_anaemia,
    has_neutropenia,
)
from cobalamin.service.rules.findings.causes import (
    METFORMIN,
    exposure_counts,
    nitrous_oxide_exposure,
    positive_antibody,
)
from cobalamin.service.rules.findings.markers import active_band, total_b12, total_band
from cobalamin.service.rules.findings.neuropathy import neuropathy_level
from cobalamin.service.rules.findings.treatment import active_product
from cobalamin.service.rules.model.assessment import Band

CAUSES_IN_PREGNANCY = load_group("causes_in_pregnancy")


@concept
def held_back_by_pregnancy(case: Case) -> bool:
    """A low total B12 in pregnancy with nothing beside it that speaks for deficiency.

    Total B12 falls in normal pregnancy. A very low one, a known cause, a nerve finding or a changed
    blood count is deficiency all the same, and a low level during treatment always is.
    """
    if not case.is_pregnant or total_band(case) is not Band.deficient:
        return False
    if active_band(case) is not Band.none or active_product(case) is not None:
        return False
    very_low = is_under(case, total_b12(case), case.thresholds.b12_total_pregnancy_deficient)
    return not (
        very_low
        or _has_cause_in_pregnancy(case)
        or neuropathy_level(case)
        or blood_speaks_in_pregnancy(case)
    )


def _has_cause_in_pregnancy(case: Case) -> bool:
    """Metformin only where it is known to have been taken for long enough."""
    metformin = case.active_history(METFORMIN)
    long = any(fact.since is not None and exposure_counts(case, fact) for fact in metformin)
    listed = case.active_history(CAUSES_IN_PREGNANCY) or nitrous_oxide_exposure(case)
    return bool(listed) or positive_antibody(case) is not None or long


@concept
def blood_speaks_in_pregnancy(case: Case) -> bool:
    """Large cells, few platelets, neutropenia, or an anaemia that iron does not explain."""
    counts = is_macrocytic(case) or has_few_platelets(case) or has_neutropenia(case)
    return bool(counts) or _has_other_anaemia(case)


def _has_other_anaemia(case: Case) -> bool:
    """Any anaemia with a normal ferritin; a marked one unless its cells are small.

    Without a ferritin small cells are taken for iron deficiency.
    """
    low_iron = has_low_ferritin(case)
    if low_iron is None:
        return bool(has_marked_anaemia(case)) and not has_small_cells(case)
    return bool(has_anaemia(case)) and not low_iron


@concept
def may_be_iron_anaemia_of_pregnancy(case: Case) -> bool:
    """Anaemia beside a low total B12, whose ferritin is not known."""
    low = bool(case.is_pregnant) and total_band(case) is Band.deficient
    return low and bool(has_anaemia(case)) and has_low_ferritin(case) is None

"""Vitamin B12 status: the band, and what the other markers and the situation make of it.

The steps stand in the order in which they decide; the first that has an answer wins, and a
raised MMA may still turn an indeterminate answer into a deficient one. No answer ever says that
deficiency is excluded.
"""

from collections.abc import Callable

from cobalamin.service.rules.evidence.case import Case, concept
from cobalamin.service.rules.evidence.recency import current
from cobalamin.service.rules.evidence.refusals import NOT_FINAL, WITHDRAWN
from cobalamin.service.rules.findings.blood_count import (
    has_anaemia,
    has_hypersegmentation,
    is_macrocytic,
)
from cobalamin.service.rules.findings.blood_severity import (
    has_cytopenia,
)
from cobalamin.service.rules.findings.causes import (
    causes,
    nitrous_oxide_exposure,
    positive_antibody,
)
from cobalamin.service.rules.findings.kidney import Kidney, kidney
from cobalamin.service.rules.findings.markers import (
    B12,
    Mma,
    active_b12,
    active_band,
    band,
    because_of_b12,
    because_of_homocysteine,
    because_of_mma,
    folate_is_low,
    homocysteine_is_raised,
    is_discordant,
    mma,
    total_b12,
    total_band,
)
from cobalamin.service.rules.findings.neuropathy import N2, neuropathy_level
from cobalamin.service.rules.findings.pregnancy import held_back_by_pregnancy
from cobalamin.service.rules.findings.treatment import (
    active_product,
    because_of_lapse,
    because_of_treatment,
    precedes_treatment,
)
from cobalamin.service.rules.model.assessment import Band, Because, Status, StatusFinding
from cobalamin.service.rules.model.facts import Result
from cobalamin.service.rules.model.vocabulary import Analyte

Reasons = Callable[[Case], tuple[Because, ...]]
Classification = tuple[Status, Reasons]

NOT_COUNTING = WITHDRAWN | {NOT_FINAL}
SUPPORTING = (Analyte.gastrin, Analyte.parietal_cell_antibody, Analyte.mma_urine)
_BY_BAND = {
    Band.deficient: Status.deficient,
    Band.indeterminate: Status.indeterminate,
    Band.unlikely: Status.unlikely,
}


def b12_status(case: Case) -> StatusFinding:
    """What all markers and the situation together say, with the results that made it."""
    value, because = classify(case)
    return StatusFinding(
        value=value,
        band=band(case),
        because=because(case),
        earlier=earlier_results(case),
        supporting=supporting_results(case),
    )


@concept
def status(case: Case) -> Status:
    """The status alone, which is what other rules and every trial of an unknown ask for."""
    return classify(case)[0]


@concept
def classify(case: Case) -> Classification:
    """The status, and what will give its reasons when they are asked for."""
    for step in (by_age, by_nitrous_oxide, by_replacement, by_functional_markers):
        finding = step(case)
        if finding is not None:
            return finding
    return by_markers(case)


def earlier_results(case: Case) -> tuple[Result, ...]:
    """Earlier B12 results, the newest first: the trend is shown and never decides.

    Among them is the newest one that can be used where a later one could not.
    """
    return (*_earlier(case, Analyte.b12_total), *_earlier(case, Analyte.b12_active))


def _earlier(case: Case, analyte: Analyte) -> tuple[Result, ...]:
    several = case.results(analyte)
    counting = total_b12(case) if analyte is Analyte.b12_total else active_b12(case)
    is_outdated = analyte in case.record.outdated and counting is None
    return several if is_outdated else several[1:]


def supporting_results(case: Case) -> tuple[Result, ...]:
    """Gastrin, parietal-cell antibody and urine MMA that still count: shown, never deciding."""
    results = [current(case, analyte) for analyte in SUPPORTING]
    return tuple([result for result in results if result is not None])


def is_adult(case: Case) -> bool | None:
    """Old enough for adult advice; not known without an age."""
    return None if case.age is None else case.age >= case.thresholds.adult_age.number


def by_age(case: Case) -> Classification | None:
    """No status for a child, nor where the age is not known."""
    return None if is_adult(case) else (Status.not_assessable, because_of_b12)


@concept
def is_functional_by_nitrous_oxide(case: Case) -> bool:
    """Recreational nitrous oxide with a sign, or with a raised MMA or homocysteine.

    Without any B12 result a sign alone does not prove deficiency; the pathway treats it all the
    same, as a strong cause.
    """
    if not nitrous_oxide_exposure(case) or band(case) is Band.deficient:
        return False
    if mma(case) is Mma.raised or homocysteine_counts(case):
        return True
    both_normal = mma(case) is Mma.normal and homocysteine_is_raised(case) is False
    return band(case) is not Band.none and neuropathy_level(case) >= N2 and not both_normal


@concept
def homocysteine_counts(case: Case) -> bool:
    """A raised homocysteine, folate not low and kidneys not known to be reduced."""
    if not homocysteine_is_raised(case) or folate_is_low(case):
        return False
    return kidney(case) in (Kidney.normal, Kidney.unknown)


def by_nitrous_oxide(case: Case) -> Classification | None:
    """Nitrous oxide inactivates the vitamin that a total B12 still counts."""
    if not is_functional_by_nitrous_oxide(case):
        return None
    return Status.functional_deficiency, _exposure_and_markers


def _exposure_and_markers(case: Case) -> tuple[Because, ...]:
    exposure = tuple(Because(fact=f.code, evidence=f) for f in nitrous_oxide_exposure(case))
    return (*exposure, *because_of_b12(case), *because_of_mma(case), *because_of_homocysteine(case))


def by_replacement(case: Case) -> Classification | None:
    """On treatment, unless a level taken after its start is low.

    A low total beside an active vitamin B12 and an MMA that look sufficient shows no deficiency, so
    it ends no treatment.
    """
    product = active_product(case)
    if product is None:
        return None
    low = [
        result
        for result, one in (
            (total_b12(case), total_band(case)),
            (active_b12(case), active_band(case)),
        )
        if result is not None and one is Band.deficient
    ]
    if all(precedes_treatment(product, result) for result in low):
        return Status.on_treatment, _treatment_and_level
    shown = by_markers(case)[0] is Status.deficient
    return None if shown else (Status.on_treatment, _treatment_and_level)


def _treatment_and_level(case: Case) -> tuple[Because, ...]:
    """The treatment and the level; a raised MMA too, as it shows that the response fails."""
    raised = because_of_mma(case) if mma(case) is Mma.raised else ()
    return (*because_of_treatment(case), *because_of_b12(case), *raised)


@concept
def is_functional_by_markers(case: Case) -> bool:
    """B12 looks sufficient, yet MMA or the antibody and the patient say otherwise."""
    return band(case) is Band.unlikely and (_tissue_lacks(case) or _antibody_speaks(case))


def _tissue_lacks(case: Case) -> bool:
    if mma(case) is not Mma.raised:
        return False
    blood = is_macrocytic(case) or has_anaemia(case) or has_cytopenia(case)
    return bool(neuropathy_level(case) or blood or positive_antibody(case))


def _antibody_speaks(case: Case) -> bool:
    if positive_antibody(case) is None:
        return False
    blood = is_macrocytic(case) or has_hypersegmentation(case) or has_cytopenia(case)
    return bool(blood or homocysteine_is_raised(case))


def by_functional_markers(case: Case) -> Classification | None:
    """Functional deficiency behind a B12 that some assays read too high."""
    if not is_functional_by_markers(case):
        return None
    return Status.functional_deficiency, _markers_and_antibody


def _markers_and_antibody(case: Case) -> tuple[Because, ...]:
    antibody = tuple(f for f in causes(case) if f.code == Analyte.intrinsic_factor_antibody)
    shown = tuple(because for finding in antibody for because in finding.because)
    return (*because_of_b12(case), *because_of_mma(case), *because_of_homocysteine(case), *shown)


def by_markers(case: Case) -> Classification:
    """Total, active, pregnancy, and then MMA."""
    value = _circulating(case)
    if mma(case) is not Mma.raised:
        return value, _markers
    if value is Status.indeterminate:
        return Status.deficient, _markers
    lifted = value in (Status.unlikely, Status.not_measured, Status.not_assessable)
    return (Status.indeterminate if lifted else value), _markers


def _markers(case: Case) -> tuple[Because, ...]:
    supporting = because_of_homocysteine(case) if homocysteine_is_raised(case) else ()
    replacement = because_of_treatment(case) or because_of_lapse(case)
    return (*because_of_b12(case), *because_of_mma(case), *supporting, *replacement)


def _circulating(case: Case) -> Status:
    """What total and active B12 say in this patient."""
    if band(case) is Band.none:
        return _unmeasured(case)
    if case.is_pregnant and active_band(case) is not Band.none:
        return _BY_BAND[active_band(case)]
    if held_back_by_pregnancy(case):
        return Status.indeterminate
    if is_discordant(case) and neuropathy_level(case) < N2:
        return Status.indeterminate
    return _BY_BAND[band(case)]


def _unmeasured(case: Case) -> Status:
    """Not assessable where a B12 was sent that could not be used, else not measured.

    One that is not final, or was taken back, is as if it had not been sent.
    """
    refused = any(
        refusal.analyte in B12.members and refusal.code not in NOT_COUNTING
        for refusal in case.facts.refusals
    )
    return Status.not_assessable if refused or has_flag_only(case) else Status.not_measured


@concept
def has_flag_only(case: Case) -> bool:
    """The newest B12 came as low or high without a number, which gives no band."""
    newest = (case.latest(Analyte.b12_total), case.latest(Analyte.b12_active))
    return any(result is not None and result.quantity is None for result in newest)

"""What each marker of vitamin B12 says by itself."""

from enum import StrEnum, auto

from cobalamin.service.rules.evidence.case import Case, FactSet, concept
from cobalamin.service.rules.evidence.comparisons import (
    because_of_limit,
    because_of_own_limit,
    is_low,
    is_over,
    is_under,
)
from cobalamin.service.rules.evidence.recency import current, is_within, was_treated_since
from cobalamin.service.rules.findings.kidney import Kidney, kidney
from cobalamin.service.rules.model.assessment import Band, Because
from cobalamin.service.rules.model.facts import Finding, Result
from cobalamin.service.rules.model.parameter import Parameter
from cobalamin.service.rules.model.quantities import is_above
from cobalamin.service.rules.model.truth import Truth, any_of
from cobalamin.service.rules.model.vocabulary import Analyte as A

LEVELS = (A.b12_total, A.b12_active)
B12 = FactSet(*LEVELS)
_ORDER = {Band.deficient: 0, Band.indeterminate: 1, Band.unlikely: 2}


class Mma(StrEnum):
    """What methylmalonic acid says once kidney function has been taken into account."""

    raised = auto()
    normal = auto()
    held_back = auto()
    none = auto()


@concept
def total_b12(case: Case) -> Result | None:
    """The newest total B12 that still counts."""
    return _counting(case, A.b12_total, case.thresholds.b12_total_deficient)


@concept
def active_b12(case: Case) -> Result | None:
    """The newest active B12 that still counts."""
    return _counting(case, A.b12_active, case.thresholds.b12_active_deficient)


def _counting(case: Case, analyte: A, deficient: Parameter) -> Result | None:
    """A low level never goes stale while no later one and no treatment is recorded.

    Where a later one was sent that cannot be used, only a low level counts.
    """
    newest = case.latest(analyte)
    if newest is None or newest.quantity is None:
        return None
    is_recent = is_within(case, newest, case.thresholds.result_age_vitamin)
    if is_recent and analyte not in case.record.outdated:
        return newest
    low = is_under(case, newest, deficient)
    return newest if low and not _is_overtaken(case, newest) else None


def _is_overtaken(case: Case, result: Result) -> bool:
    """Whether a later marker that looks sufficient, or treatment since, ends an old result."""
    for analyte in (A.b12_total, A.b12_active, A.mma):
        later = case.latest(analyte)
        is_later = later is not None and later.on.first > result.on.last
        if later is not None and is_later and _looks_sufficient(case, later):
            return True
    return was_treated_since(case, result)


def _looks_sufficient(case: Case, result: Result) -> bool:
    """A level that makes deficiency unlikely, or an MMA that is not raised."""
    if result.analyte is A.mma:
        return _exceeds(case, result) is False
    total = result.analyte is A.b12_total
    limit = case.thresholds.b12_total_unlikely if total else case.thresholds.b12_active_unlikely
    return is_over(case, result, limit) is True


@concept
def total_band(case: Case) -> Band:
    """The band of total B12; a comparator that spans two bands is indeterminate."""
    return _band(
        case,
        total_b12(case),
        case.thresholds.b12_total_deficient,
        case.thresholds.b12_total_unlikely,
    )


@concept
def active_band(case: Case) -> Band:
    """The band of active B12."""
    result = active_b12(case)
    return _band(
        case, result, case.thresholds.b12_active_deficient, case.thresholds.b12_active_unlikely
    )


def _band(case: Case, result: Result | None, deficient: Parameter, unlikely: Parameter) -> Band:
    if result is None:
        return Band.none
    if is_under(case, result, deficient):
        return Band.deficient
    return Band.unlikely if is_over(case, result, unlikely) else Band.indeterminate


@concept
def band(case: Case) -> Band:
    """The lower class of total and active B12."""
    bands = [item for item in (total_band(case), active_band(case)) if item is not Band.none]
    return min(bands, key=_ORDER.__getitem__, default=Band.none)


@concept
def is_low_long_ago(case: Case) -> bool:
    """The level that counts is a low one that only counts because nothing has overtaken it."""
    counting = [one for one in (total_b12(case), active_b12(case)) if one is not None]
    age = case.thresholds.result_age_vitamin
    return bool(counting) and not any(is_within(case, one, age) for one in counting)


@concept
def is_discordant(case: Case) -> bool:
    """One of total and active B12 is deficient while the other makes deficiency unlikely."""
    return {total_band(case), active_band(case)} == {Band.deficient, Band.unlikely}


@concept
def mma(case: Case) -> Mma:
    """Raised only as far as the kidneys allow; a normal value counts at every eGFR."""
    result = methylmalonic_acid(case)
    over = None if result is None else _exceeds(case, result)
    if result is None or over is None:
        return Mma.none
    if not over:
        return Mma.normal
    function = kidney(case)
    if function in (Kidney.normal, Kidney.unknown):
        return Mma.raised
    clear = is_over(case, result, case.thresholds.mma_kidney_gate)
    return Mma.raised if function is Kidney.reduced and clear else Mma.held_back


@concept
def methylmalonic_acid(case: Case) -> Result | None:
    """The newest serum MMA that still counts; a raised one is not undone by time alone."""
    newest = case.latest(A.mma)
    if newest is None or newest.quantity is None:
        return None
    if is_within(case, newest, case.thresholds.result_age_vitamin):
        return newest
    return newest if _exceeds(case, newest) and not _is_overtaken(case, newest) else None


def _exceeds(case: Case, result: Result) -> Truth:
    own = result.limits.high if result.limits else None
    if own is not None and result.quantity is not None:
        return is_above(result.quantity, own)
    return is_over(case, result, mma_limit(case))


def mma_limit(case: Case) -> Parameter:
    """The limit of MMA at the patient's age, where the report sends none of its own."""
    age = case.age
    older = age is not None and age >= case.thresholds.older_adult_age.number
    return case.thresholds.mma_raised_older if older else case.thresholds.mma_raised


@concept
def homocysteine_is_raised(case: Case) -> Truth:
    """Total homocysteine above its limit; by itself it never decides."""
    return is_over(case, current(case, A.homocysteine), case.thresholds.homocysteine_raised)


@concept
def folate_is_low(case: Case) -> Truth:
    """Serum folate, or red-cell folate, below its limit."""
    return any_of(
        (
            is_under(case, current(case, A.folate_serum), case.thresholds.folate_serum_low),
            is_under(case, current(case, A.folate_rbc), case.thresholds.folate_rbc_low),
        )
    )


@concept
def folate_is_known(case: Case) -> bool:
    """Whether any folate result still counts."""
    return (current(case, A.folate_serum) or current(case, A.folate_rbc)) is not None


def is_high_b12(case: Case) -> Truth:
    """Total B12 above the level that laboratories report as raised."""
    return is_over(case, total_b12(case), case.thresholds.b12_high)


@concept
def potassium_is_low(case: Case) -> Truth:
    """Potassium below the report's own limit, else the usual one."""
    return is_low(case, current(case, A.potassium), case.thresholds.potassium_low)


def has_negative_antibody(case: Case) -> bool:
    """An intrinsic-factor antibody was measured and not found; that excludes nothing."""
    antibody = current(case, A.intrinsic_factor_antibody)
    return antibody is not None and antibody.finding is Finding.negative


def because_of_b12(case: Case) -> tuple[Because, ...]:
    """The B12 results with the limit that put each into its band."""
    thresholds = case.thresholds
    rows = (
        (
            total_b12(case),
            total_band(case),
            thresholds.b12_total_deficient,
            thresholds.b12_total_unlikely,
        ),
        (
            active_b12(case),
            active_band(case),
            thresholds.b12_active_deficient,
            thresholds.b12_active_unlikely,
        ),
    )
    return tuple(
        [
            because_of_limit(case, result, unlikely if one is Band.unlikely else deficient)
            for result, one, deficient, unlikely in rows
            if result is not None
        ]
    )


def because_of_mma(case: Case) -> tuple[Because, ...]:
    """The MMA result with the limit it was held against."""
    result = methylmalonic_acid(case)
    if result is None:
        return ()
    own = result.limits.high if result.limits else None
    if own is not None:
        return (because_of_own_limit(result, own),)
    return (because_of_limit(case, result, mma_limit(case)),)


def because_of_homocysteine(case: Case) -> tuple[Because, ...]:
    """The homocysteine result with its limit."""
    result = current(case, A.homocysteine)
    if result is None:
        return ()
    return (because_of_limit(case, result, case.thresholds.homocysteine_raised),)

"""The blood count: anaemia, the size of the cells, iron, platelets, neutrophils and the film."""

from decimal import Decimal

from msgspec.structs import replace

from cobalamin.service.rules.evidence.case import Case, concept
from cobalamin.service.rules.evidence.comparisons import (
    because_high,
    because_low,
    because_of_limit,
    because_of_own_limit,
    is_high,
    is_low,
    is_over,
    is_under,
)
from cobalamin.service.rules.evidence.recency import current, current_number
from cobalamin.service.rules.evidence.result_selection import time_key
from cobalamin.service.rules.findings.haemoglobin_limits import (
    haematocrit_limits,
    haemoglobin_limits,
    moderate_limit,
    severe_limit,
)
from cobalamin.service.rules.model.assessment import Because, Cells, Severity
from cobalamin.service.rules.model.facts import Finding, Flag, Result
from cobalamin.service.rules.model.parameter import Parameter
from cobalamin.service.rules.model.quantities import Quantity
from cobalamin.service.rules.model.truth import Truth, all_of, any_of
from cobalamin.service.rules.model.vocabulary import Analyte as A

PERCENT = "%"
TEN = Decimal(10)  # one percent of 10*12/L is 10 of 10*9/L


@concept
def has_anaemia(case: Case) -> Truth:
    """Haemoglobin below the limit for sex and pregnancy; haematocrit where it is not known."""
    haemoglobin = current_number(case, A.haemoglobin)
    if haemoglobin is not None:
        return _below_all_or_none(case, haemoglobin, haemoglobin_limits(case))
    haematocrit = current_number(case, A.haematocrit)
    return _below_all_or_none(case, haematocrit, haematocrit_limits(case))


def _below_all_or_none(case: Case, result: Result | None, limits: tuple[Parameter, ...]) -> Truth:
    """Where sex, pregnancy or trimester is not known, only what holds for all of them counts."""
    answers = {is_under(case, result, limit) for limit in limits}
    return answers.pop() if len(answers) == 1 else None


def severity(case: Case) -> Severity:
    """None, mild, moderate or severe by haemoglobin; by haematocrit alone, mild means at least."""
    present = has_anaemia(case)
    if present is None:
        return Severity.unknown
    if not present:
        return Severity.none
    if is_severe_anaemia(case):
        return Severity.severe
    moderate = is_under(case, current_number(case, A.haemoglobin), moderate_limit(case))
    return Severity.moderate if moderate else Severity.mild


@concept
def is_severe_anaemia(case: Case) -> Truth:
    """Haemoglobin, or haematocrit where it is not known, below the severe limit."""
    return red_cells_are_under(case, severe_limit(case), case.thresholds.haematocrit_severe)


def red_cells(case: Case) -> Result | None:
    """The haemoglobin, or the haematocrit where it is not known."""
    return current_number(case, A.haemoglobin) or current_number(case, A.haematocrit)


def red_cells_are_under(case: Case, haemoglobin: Parameter, haematocrit: Parameter) -> Truth:
    """Whether haemoglobin, or haematocrit where it is not known, is below its limit."""
    result = red_cells(case)
    if result is None:
        return None
    limit = haemoglobin if result.analyte is A.haemoglobin else haematocrit
    return is_under(case, result, limit)


@concept
def is_macrocytic(case: Case) -> Truth:
    """MCV above the adult limit."""
    return is_over(case, current(case, A.mcv), case.thresholds.mcv_macrocytic)


@concept
def is_microcytic(case: Case) -> Truth:
    """MCV below the report's own limit, else the adult limit."""
    return is_low(case, current(case, A.mcv), case.thresholds.mcv_microcytic)


@concept
def has_small_cells(case: Case) -> Truth:
    """MCV below the adult limit, whatever limit the report has of its own."""
    return is_under(case, current(case, A.mcv), case.thresholds.mcv_microcytic)


@concept
def has_wide_cells(case: Case) -> Truth:
    """RDW above the limit."""
    return is_over(case, current(case, A.rdw), case.thresholds.rdw_raised)


@concept
def has_low_ferritin(case: Case) -> Truth:
    """Ferritin below the report's limit, else below the limit that its CRP calls for."""
    crp = current(case, A.crp)
    inflamed = is_over(case, crp, case.thresholds.crp_inflamed)
    limit = case.thresholds.ferritin_low_inflamed if inflamed else case.thresholds.ferritin_low
    if inflamed:
        return is_under(case, current(case, A.ferritin), limit)
    return is_low(case, current(case, A.ferritin), limit)


@concept
def is_iron_deficient(case: Case) -> Truth:
    """Low ferritin, or low transferrin saturation."""
    saturation = current(case, A.transferrin_saturation)
    return any_of(
        (
            has_low_ferritin(case),
            is_low(case, saturation, case.thresholds.transferrin_saturation_low),
        )
    )


@concept
def has_low_platelets(case: Case) -> Truth:
    """Thrombocytopenia."""
    return is_under(case, current(case, A.platelets), case.thresholds.platelets_low)


@concept
def has_low_neutrophils(case: Case) -> Truth:
    """Neutropenia."""
    return is_under(case, current(case, A.neutrophils), case.thresholds.neutrophils_low)


@concept
def has_hypersegmentation(case: Case) -> Truth:
    """Hypersegmented neutrophils are reported present, or their share reaches the limit."""
    film = current(case, A.hypersegmented_neutrophils)
    by_film = _is_seen(film)
    return is_over(case, film, case.thresholds.hypersegmented_share) if by_film is None else by_film


def has_macro_ovalocytes(case: Case) -> Truth:
    """Macro-ovalocytes are reported present."""
    return _is_seen(current(case, A.macro_ovalocytes))


@concept
def has_schistocytes(case: Case) -> Truth:
    """Red-cell fragments are reported present."""
    return _is_seen(current(case, A.schistocytes))


def _is_seen(film: Result | None) -> Truth:
    if film is None or film.finding is None or film.finding is Finding.equivocal:
        return None
    return film.finding in (Finding.present, Finding.positive)


@concept
def has_haemolysis(case: Case) -> Truth:
    """Haptoglobin is low and LDH is raised."""
    return all_of(
        (
            is_low(case, current(case, A.haptoglobin), case.thresholds.haptoglobin_low),
            is_high(case, current(case, A.ldh), case.thresholds.ldh_raised),
        )
    )


@concept
def has_low_reticulocytes(case: Case) -> Truth:
    """The marrow answers too little.

    A share of the red cells counts by the report's own limit or flag, else as the number that it
    makes of the red cells of the same sample; never by the limit of a number.
    """
    result, limit = current(case, A.reticulocytes), case.thresholds.reticulocytes_low
    if result is None or result.quantity is None or result.quantity.unit != PERCENT:
        return is_low(case, result, limit)
    if result.limits is not None and result.limits.low is not None:
        return is_low(case, result, limit)
    if result.flag is not None:
        return result.flag is Flag.low
    return is_low(case, _counted(case, result, result.quantity), limit)


def _counted(case: Case, result: Result, share: Quantity) -> Result | None:
    """The share as a number of cells; None without the red cells of the same sample."""
    cells = current_number(case, A.red_cell_count)
    if cells is None or cells.quantity is None or time_key(cells.on) != time_key(result.on):
        return None
    if share.comparator is not None or cells.quantity.comparator is not None:
        return None
    units = case.knowledge.units
    count = cells.quantity.value * units[A.red_cell_count].factors[cells.quantity.unit]
    number = share.value * count * TEN
    unit = units[A.reticulocytes].canonical
    return replace(result, quantity=Quantity(value=number, unit=unit), limits=None)


def cell_size(case: Case) -> Cells:
    """Size by MCV alone; the dimorphic picture also needs B12 or iron and is found later."""
    mcv = current_number(case, A.mcv)
    if mcv is None:
        return Cells.unknown
    if is_macrocytic(case):
        return Cells.macrocytic
    return Cells.microcytic if is_microcytic(case) else Cells.normocytic


def because_of_blood(case: Case) -> tuple[Because, ...]:
    """The results behind the findings of this module, each with its limit."""
    thresholds = case.thresholds
    haemoglobin, mcv = current_number(case, A.haemoglobin), current_number(case, A.mcv)
    rdw, ferritin = current(case, A.rdw), current(case, A.ferritin)
    because: list[Because] = []
    if haemoglobin is not None:
        because.append(because_of_limit(case, haemoglobin, haemoglobin_limits(case)[0]))
    elif (haematocrit := current_number(case, A.haematocrit)) is not None:
        because.append(because_of_limit(case, haematocrit, haematocrit_limits(case)[0]))
    if mcv is not None:
        low = is_microcytic(case)
        because.append(
            because_low(case, mcv, thresholds.mcv_microcytic)
            if low
            else because_of_limit(case, mcv, thresholds.mcv_macrocytic)
        )
    if rdw is not None and has_wide_cells(case):
        because.append(because_of_limit(case, rdw, thresholds.rdw_raised))
    if ferritin is not None and has_low_ferritin(case):
        because.append(because_low(case, ferritin, thresholds.ferritin_low))
    because.extend(_by_cytopenia(case))
    return tuple(because)


def _by_cytopenia(case: Case) -> list[Because]:
    thresholds = case.thresholds
    because: list[Because] = []
    for analyte, parameter, is_found in (
        (A.platelets, thresholds.platelets_low, has_low_platelets),
        (A.neutrophils, thresholds.neutrophils_low, has_low_neutrophils),
    ):
        result = current(case, analyte)
        if result is not None and is_found(case):
            because.append(because_of_limit(case, result, parameter))
    for analyte, is_found in (
        (A.hypersegmented_neutrophils, has_hypersegmentation),
        (A.macro_ovalocytes, has_macro_ovalocytes),
        (A.schistocytes, has_schistocytes),
    ):
        film = current(case, analyte)
        if film is not None and is_found(case):
            because.append(because_of_own_limit(film, None))
    haptoglobin, ldh = current(case, A.haptoglobin), current(case, A.ldh)
    if haptoglobin is not None and ldh is not None and has_haemolysis(case):
        because.append(because_low(case, haptoglobin, thresholds.haptoglobin_low))
        because.append(because_high(case, ldh, thresholds.ldh_raised))
    return because

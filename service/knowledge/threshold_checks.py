"""Checks of thresholds that one table cannot pass by its shape: units, bounds and order.

Every profile is checked when it is loaded, and again as a site file changes it: the units of a
limit must be units of its analyte and agree with each other, a limit must keep its bounds, and a
limit that lies below another by its meaning must be below it by its number.
"""

from collections.abc import Iterator, Mapping
from decimal import Decimal

import msgspec

from cobalamin.service.knowledge.toml_files import load_entries
from cobalamin.service.rules.model.parameter import Parameter
from cobalamin.service.rules.model.thresholds import Thresholds
from cobalamin.service.rules.model.units import UnitTable, convert_limit
from cobalamin.service.rules.model.vocabulary import Analyte

BOUNDS = "threshold_bounds.toml"
AGREEMENT = Decimal("0.02")
# Published in both units, rounded to one digit: 3 ug/L are 6.8 nmol/L.
ROUNDED = {"folate_serum_low": Decimal("0.04")}
# Limits that are not named after their analyte, and numbers that no result is compared with.
ANALYTES: Mapping[str, Analyte | None] = {
    "b12_high": Analyte.b12_total,
    "folate_rbc_low": Analyte.folate_rbc,
    "hypersegmented_share": Analyte.hypersegmented_neutrophils,
    "creatine_kinase_factor": None,
    "creatine_kinase_factor_alone": None,
    "egfr_scale": None,
    "egfr_kappa_female": Analyte.creatinine,
    "egfr_kappa_male": Analyte.creatinine,
    "egfr_alpha_female": None,
    "egfr_alpha_male": None,
    "egfr_slope": None,
    "egfr_age_base": None,
    "egfr_female_factor": None,
}
BELOW = (
    ("b12_total_deficient", "b12_total_unlikely"),
    ("b12_total_unlikely", "b12_high"),
    ("b12_active_deficient", "b12_active_unlikely"),
    ("mma_raised", "mma_kidney_gate"),
    ("mma_raised_older", "mma_kidney_gate"),
    ("egfr_severe", "egfr_reduced"),
    ("mcv_microcytic", "mcv_macrocytic"),
    ("haemoglobin_severe", "haemoglobin_moderate"),
    ("haemoglobin_moderate", "haemoglobin_women"),
    ("haemoglobin_severe_pregnant", "haemoglobin_moderate_pregnant"),
    ("haemoglobin_moderate_pregnant", "haemoglobin_second_trimester"),
    ("platelets_bleeding", "platelets_marked"),
    ("platelets_marked", "platelets_low"),
    ("neutrophils_marked", "neutrophils_low"),
    ("ferritin_low", "ferritin_low_inflamed"),
    ("maintenance_longest", "maintenance_lapse"),
    ("second_trimester_from", "third_trimester_from"),
    ("adult_age", "older_adult_age"),
)
NOT_ABOVE = (
    ("mma_raised", "mma_raised_older"),
    ("maintenance_shortest", "maintenance_longest"),
    ("haemoglobin_women", "haemoglobin_men"),
)


class ThresholdBounds(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The least and the most that a limit may be; `site` says that a site file may change it."""

    unit: str
    low: Decimal
    high: Decimal
    site: bool = True


class ThresholdFault(msgspec.Struct, frozen=True):
    """What is wrong with one limit."""

    key: str
    problem: str


def load_threshold_bounds() -> Mapping[str, ThresholdBounds]:
    """The bounds by the key of the limit.

    Raises:
        KnowledgeError: the file has another shape.
    """
    return load_entries(BOUNDS, ThresholdBounds)


def threshold_faults(
    thresholds: Thresholds, units: Mapping[Analyte, UnitTable]
) -> Iterator[ThresholdFault]:
    """What is wrong with the numbers of a profile, in the order in which they can be judged."""
    for key in Thresholds.__struct_fields__:
        limit: Parameter = getattr(thresholds, key)
        for problem in _unit_faults(limit, unit_table_of(key, units)):
            yield ThresholdFault(key, problem)
    for key, bounds in load_threshold_bounds().items():
        if key not in Thresholds.__struct_fields__:
            yield ThresholdFault(key, f"has bounds in {BOUNDS} and is no limit")
            continue
        values: Parameter = getattr(thresholds, key)
        for unit, value in values.value.items():
            for problem in value_faults(unit, value, bounds, unit_table_of(key, units)):
                yield ThresholdFault(key, problem)
    yield from _order_faults(thresholds, units)


def unit_table_of(key: str, units: Mapping[Analyte, UnitTable]) -> UnitTable | None:
    """The units of the analyte that a limit is about; None for a number of days or a factor."""
    if key in ANALYTES:
        analyte = ANALYTES[key]
    else:
        names = sorted(Analyte, key=lambda name: len(name.value), reverse=True)
        analyte = next((name for name in names if key.startswith(f"{name.value}_")), None)
    return None if analyte is None else units[analyte]


def value_faults(
    unit: str, value: Decimal, bounds: ThresholdBounds, table: UnitTable | None
) -> Iterator[str]:
    """Why one number of a limit is refused: an unknown unit, or out of bounds."""
    if unit != bounds.unit and (table is None or unit not in table.factors):
        yield f"{unit}: is not a unit of this limit"
        return
    low, high = bounds.low, bounds.high
    if table is not None:
        low = convert_limit(low, bounds.unit, unit, table)
        high = convert_limit(high, bounds.unit, unit, table)
    if not (value.is_finite() and low <= value <= high):
        yield f"{unit}: must be from {low:.4g} to {high:.4g}"


def _unit_faults(limit: Parameter, table: UnitTable | None) -> Iterator[str]:
    if table is None:
        return
    unknown = [unit for unit in limit.value if table.unit_of(unit) != unit]
    yield from (f"{unit}: is not a unit of this limit" for unit in unknown)
    if unknown:
        return
    values = _canonical(limit, table)
    allowed = ROUNDED.get(limit.id, AGREEMENT)
    if values[0] <= 0:
        yield "must be above zero"
    elif values[-1] / values[0] > 1 + allowed:
        yield f"its units differ by more than {allowed * 100:.0f} %"


def _order_faults(
    thresholds: Thresholds, units: Mapping[Analyte, UnitTable]
) -> Iterator[ThresholdFault]:
    for lower, upper in BELOW:
        below, above = _spans(thresholds, lower, upper, units)
        if below[-1] >= above[0]:
            yield ThresholdFault(lower, f"must be below {upper}")
    for lower, upper in NOT_ABOVE:
        below, above = _spans(thresholds, lower, upper, units)
        if below[-1] > above[0] * (1 + AGREEMENT):
            yield ThresholdFault(lower, f"must not be above {upper}")


def _spans(
    thresholds: Thresholds, lower: str, upper: str, units: Mapping[Analyte, UnitTable]
) -> tuple[list[Decimal], list[Decimal]]:
    """The numbers of two limits, each in ascending order, in one unit."""
    table = unit_table_of(lower, units)
    below, above = getattr(thresholds, lower), getattr(thresholds, upper)
    return _canonical(below, table), _canonical(above, table)


def _canonical(limit: Parameter, table: UnitTable | None) -> list[Decimal]:
    if table is None:
        return sorted(limit.value.values())
    # A unit without a factor stands by itself.
    convertible = [
        value * table.factors[unit] for unit, value in limit.value.items() if unit in table.factors
    ]
    return sorted(convertible or limit.value.values())

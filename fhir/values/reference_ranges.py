"""Reference ranges that can be compared with the result."""

from decimal import Decimal

import msgspec

from cobalamin.fhir.decode.resources import (
    DECODE_ERRORS,
    RANGES,
    QuantityElement,
    Range,
    is_filled,
    is_sent,
)
from cobalamin.fhir.values.numbers import parse_number
from cobalamin.fhir.values.units import UCUM
from cobalamin.service.rules.model.facts import ReferenceRange
from cobalamin.service.rules.model.units import UnitTable, are_plausible

NORMAL = frozenset({"normal", "n"})


def select_range(raw: msgspec.Raw) -> Range | None:
    """Select the range that applies to the result, if there is exactly one and none is modified."""
    ranges = _ranges(raw)
    if not ranges or any(is_filled(given.modifierExtension) for given in ranges):
        return None
    return _normal(ranges)


def has_limits(raw: msgspec.Raw) -> bool:
    """Whether any range has a limit, not only text."""
    ranges = _ranges(raw)
    return ranges is None or any(r.low is not None or r.high is not None for r in ranges)


def _ranges(raw: msgspec.Raw) -> list[Range] | None:
    """Decode all ranges; None if malformed."""
    try:
        return RANGES.decode(raw) if is_sent(raw) else []
    except DECODE_ERRORS:
        return None


def _normal(ranges: list[Range]) -> Range | None:
    """The one range that applies; None if several might."""
    if len(ranges) == 1:
        only = ranges[0]
        return only if _is_normal(only) else None
    general = [r for r in ranges if _is_normal(r) and not len(r.appliesTo) and not len(r.age)]
    return general[0] if len(general) == 1 else None


def _is_normal(given: Range) -> bool:
    codings = given.type.coding if given.type is not None else None
    return not codings or any(c.code is not None and c.code.lower() in NORMAL for c in codings)


def build_limits(given: Range, unit: str, table: UnitTable) -> ReferenceRange | None:
    """Build the limits; None for 0 to 0, another unit, or values not plausible in the unit."""
    if not (_is_in(given.low, unit, table) and _is_in(given.high, unit, table)):
        return None
    low, high = _limit(given.low), _limit(given.high)
    if (low is None and high is None) or (low is not None and high is not None and low >= high):
        return None
    if not are_plausible(table, unit, low, high):
        return None
    return ReferenceRange(low=low, high=high)


def range_unit(given: Range) -> QuantityElement | None:
    """A limit with a unit, if both limits have the same unit."""
    limits = [limit for limit in (given.low, given.high) if limit is not None]
    spelled = {(limit.unit, limit.system, limit.code) for limit in limits}
    return limits[0] if len(spelled) == 1 else None


def _is_in(limit: QuantityElement | None, unit: str, table: UnitTable) -> bool:
    """Whether a limit is in the unit; without a unit it is, by the FHIR specification."""
    if limit is None:
        return True
    spelled = (limit.code if limit.system in UCUM else None) or limit.unit
    if not spelled or spelled == unit:
        return True
    return table.may_mean(spelled.strip(), unit)


def _limit(limit: QuantityElement | None) -> Decimal | None:
    parsed = None if limit is None else parse_number(limit.value)
    return None if parsed is None or parsed.comparator is not None else parsed.number

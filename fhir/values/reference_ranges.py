"""The report's own reference range, as far as it can be compared with the result."""

from decimal import Decimal

import msgspec

from cobalamin.fhir.decode.resources import DECODE_ERRORS, RANGES, QuantityElement, Range, is_sent
from cobalamin.fhir.values.numbers import parse_number
from cobalamin.fhir.values.units import UCUM
from cobalamin.service.rules.model.facts import ReferenceRange
from cobalamin.service.rules.model.units import UnitTable, are_plausible

NORMAL = frozenset({"normal", "n"})


def select_range(raw: msgspec.Raw) -> Range | None:
    """The one range that holds for the result, if there is one."""
    ranges = _ranges(raw)
    return _normal(ranges) if ranges else None


def has_limits(raw: msgspec.Raw) -> bool:
    """Whether there is more than text for people."""
    ranges = _ranges(raw)
    return ranges is None or any(r.low is not None or r.high is not None for r in ranges)


def _ranges(raw: msgspec.Raw) -> list[Range] | None:
    """Every range of the element, or None where it has another shape."""
    if not is_sent(raw):
        return []
    try:
        return RANGES.decode(raw)
    except DECODE_ERRORS:
        return None


def _normal(ranges: list[Range]) -> Range | None:
    """The one range that holds for this result; where several might, none is taken."""
    if len(ranges) == 1:
        only = ranges[0]
        return only if _is_normal(only) else None
    general = [r for r in ranges if _is_normal(r) and not len(r.appliesTo) and not len(r.age)]
    return general[0] if len(general) == 1 else None


def _is_normal(given: Range) -> bool:
    codings = given.type.coding if given.type is not None else None
    return not codings or any(c.code is not None and c.code.lower() in NORMAL for c in codings)


def build_limits(given: Range, unit: str, table: UnitTable) -> ReferenceRange | None:
    """The limits in the unit of the result; 0 to 0, limits in another unit and
    limits that cannot be in this unit are none."""
    if not (_is_in(given.low, unit, table) and _is_in(given.high, unit, table)):
        return None
    low, high = _limit(given.low), _limit(given.high)
    if (low is None and high is None) or (low is not None and high is not None and low >= high):
        return None
    if not are_plausible(table, unit, low, high):
        return None
    return ReferenceRange(low=low, high=high)


def range_unit(given: Range) -> QuantityElement | None:
    """The limit that has a unit, if both limits have the same."""
    sent = [limit for limit in (given.low, given.high) if limit is not None]
    spelled = {(limit.unit, limit.system, limit.code) for limit in sent}
    return sent[0] if len(spelled) == 1 else None


def _is_in(limit: QuantityElement | None, unit: str, table: UnitTable) -> bool:
    """A limit without a unit is in that of the result, as FHIR says."""
    if limit is None:
        return True
    spelled = (limit.code if limit.system in UCUM else None) or limit.unit
    if not spelled or spelled == unit:
        return True
    return table.aliases.get(spelled.strip(), spelled.strip()) == unit


def _limit(limit: QuantityElement | None) -> Decimal | None:
    parsed = None if limit is None else parse_number(limit.value)
    return None if parsed is None or parsed.comparator is not None else parsed.number

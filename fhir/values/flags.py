"""Whether a laboratory's flag fits the value within the report's own limits."""

from decimal import Decimal

from cobalamin.service.rules.model.facts import Flag, ReferenceRange
from cobalamin.service.rules.model.quantities import Quantity


def contradicts(flag: Flag | None, quantity: Quantity, limits: ReferenceRange) -> bool:
    """Whether the flag puts the value on another side of the report's own limits than it is."""
    if quantity.comparator is not None:
        return False
    value = quantity.value
    if flag is Flag.normal:
        return _is_under(value, limits.low) or _is_over(value, limits.high)
    if flag is Flag.low:
        return _is_over(value, limits.low)
    return flag is Flag.high and _is_under(value, limits.high)


def _is_under(value: Decimal, limit: Decimal | None) -> bool:
    return limit is not None and value < limit


def _is_over(value: Decimal, limit: Decimal | None) -> bool:
    return limit is not None and value > limit

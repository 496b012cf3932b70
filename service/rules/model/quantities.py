"""Measured values as intervals, in the unit in which they were reported."""

from decimal import Decimal
from enum import StrEnum

from msgspec import Struct

from cobalamin.service.rules.model.truth import Truth


class Comparator(StrEnum):
    """How a reported number bounds the true value."""

    below = "<"
    at_most = "<="
    at_least = ">="
    above = ">"


class Quantity(Struct, frozen=True, kw_only=True):
    """A decimal number with its UCUM unit."""

    value: Decimal
    unit: str
    comparator: Comparator | None = None

    def __str__(self) -> str:
        return f"{self.comparator or ''}{self.value:f} {self.unit}"


def is_below(quantity: Quantity, limit: Decimal) -> Truth:
    """Whether the true value is less than the limit, given in the same unit."""
    value, comparator = quantity.value, quantity.comparator
    if comparator is None:
        return value < limit
    if comparator is Comparator.below:
        return True if value <= limit else None
    if comparator is Comparator.at_most:
        return True if value < limit else None
    return False if value >= limit else None


def is_above(quantity: Quantity, limit: Decimal) -> Truth:
    """Whether the true value is greater than the limit, given in the same unit."""
    value, comparator = quantity.value, quantity.comparator
    if comparator is None:
        return value > limit
    if comparator is Comparator.above:
        return True if value >= limit else None
    if comparator is Comparator.at_least:
        return True if value > limit else None
    return False if value <= limit else None

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


_MICROGRAMS = {"g": Decimal(1_000_000), "mg": Decimal(1000), "ug": Decimal(1)}


def micrograms(amount: Quantity) -> Decimal | None:
    """An amount of g, mg or ug, or one a day, in micrograms; None for another unit."""
    factor = _MICROGRAMS.get(amount.unit.removesuffix("/d"))
    return None if factor is None else amount.value * factor


def larger(first: Quantity | None, other: Quantity | None) -> Quantity | None:
    """The larger of two masses, or of two a day; the one that is a mass where only one is."""
    masses = [(mass, amount) for amount in (first, other) if (mass := _mass(amount)) is not None]
    return max(masses, key=lambda pair: pair[0])[1] if masses else first or other


def _mass(amount: Quantity | None) -> Decimal | None:
    return None if amount is None else micrograms(amount)


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

"""The units in which each analyte may be reported.

A unit that is unknown, ambiguous or implausible for the value is refused, never guessed: a
thousandfold error in a vitamin B12 result harms the patient.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Literal

from msgspec import Struct

from cobalamin.service.rules.model.quantities import Comparator, Quantity

LARGEST_EXPONENT = 12
FILLER_DIGITS = 4
LONGEST_ECHO = 20


class AmbiguousUnit(Struct, frozen=True, kw_only=True):
    """A spelling used for two units, resolved by the report's own lower limit or by the value.

    With a lower limit of at most `other_if_low_at_most` it means the unit `other`. With a lower
    limit of at least `this_if_low_at_least`, or from the value `sure_from`, it is taken as written.
    """

    other: str
    other_if_low_at_most: Decimal
    this_if_low_at_least: Decimal
    sure_from: Decimal


class UnitTable(Struct, frozen=True, kw_only=True):
    """The closed list of units of one analyte.

    `factors` maps each UCUM code to its size in canonical units. `aliases` maps other spellings to
    a UCUM code. `refused` maps a unit that senders use to the reason why it is not accepted.
    `plausible` are inclusive limits per unit. `separate` units are compared without conversion.
    `ambiguous` units may mean two units.
    """

    canonical: str
    factors: Mapping[str, Decimal]
    aliases: Mapping[str, str] = {}
    refused: Mapping[str, str] = {}
    plausible: Mapping[str, tuple[Decimal, Decimal]] = {}
    separate: frozenset[str] = frozenset()
    ambiguous: Mapping[str, AmbiguousUnit] = {}

    def unit_of(self, spelled: str) -> str | None:
        """The UCUM code of a spelling; None for a unit that is not accepted."""
        is_listed = spelled in self.factors or spelled in self.separate
        return spelled if is_listed else self.aliases.get(spelled)

    def may_mean(self, spelled: str, unit: str) -> bool:
        """Whether a spelling means this unit, or is ambiguous and may mean it."""
        code = self.unit_of(spelled)
        doubtful = None if code is None else self.ambiguous.get(code)
        return code == unit or (doubtful is not None and doubtful.other == unit)


class Recognised(Struct, frozen=True, kw_only=True):
    """An accepted quantity; `alias` is the original spelling where it was translated."""

    quantity: Quantity
    alias: str | None = None


class NotRecognised(Struct, frozen=True, kw_only=True):
    """Why a quantity is refused; the text never contains the value.

    `readings` are the possible values of an ambiguous unit, in the canonical unit.
    """

    code: Literal[
        "unit-missing",
        "unit-not-read",
        "value-not-plausible",
        "value-not-read",
        "haemoglobin-unit-unclear",
    ]
    text: str
    readings: tuple[Quantity, ...] = ()


def are_plausible(table: UnitTable, unit: str, low: Decimal | None, high: Decimal | None) -> bool:
    """Whether a report's own limits are plausible in this unit; the lower one has no minimum."""
    guard = table.plausible.get(unit)
    if guard is None:
        return True
    low_limit, high_limit = guard
    return (low is None or low <= high_limit) and (high is None or low_limit <= high <= high_limit)


def recognise(
    value: Decimal,
    unit: str | None,
    table: UnitTable,
    comparator: Comparator | None = None,
    own_low: Decimal | None = None,
) -> Recognised | NotRecognised:
    """The quantity in its reported unit, or the reason why it is refused.

    `own_low` is the report's own lower limit, which resolves an ambiguous unit.
    """
    if not value.is_finite() or abs(value.adjusted()) > LARGEST_EXPONENT:
        return NotRecognised(code="value-not-read", text="the value is not a usable number")
    if unit is None or not unit.strip():
        return NotRecognised(code="unit-missing", text=f"no unit; send {_choices(table)}")
    spelled = unit.strip()
    code = table.unit_of(spelled)
    if code is None:
        return NotRecognised(code="unit-not-read", text=_refusal(spelled, table))
    meant = _meant(value, code, table, own_low)
    if isinstance(meant, NotRecognised):
        return meant
    ucum, code = code, meant
    if not _is_plausible(value, code, table, comparator):
        return NotRecognised(
            code="value-not-plausible",
            text=f"the value is not plausible in {code}; check the unit",
        )
    quantity = Quantity(value=value, unit=code, comparator=comparator)
    return Recognised(quantity=quantity, alias=None if ucum == spelled else spelled)


def _meant(
    value: Decimal, code: str, table: UnitTable, own_low: Decimal | None
) -> str | NotRecognised:
    """Resolve an ambiguous unit, or return its possible values."""
    doubtful = table.ambiguous.get(code)
    if doubtful is None:
        return code
    if own_low is not None and 0 < own_low <= doubtful.other_if_low_at_most:
        return doubtful.other
    is_told_by_range = own_low is not None and own_low >= doubtful.this_if_low_at_least
    if is_told_by_range or value >= doubtful.sure_from:
        return code
    readings = tuple(
        Quantity(value=round(value * table.factors[unit], 0), unit=table.canonical)
        for unit in (code, doubtful.other)
        if Decimal(0) <= value
    )
    text = f"two quantities are reported in {code}, and it is unclear which applies; check today"
    return NotRecognised(code="haemoglobin-unit-unclear", text=text, readings=readings)


def convert_limit(limit: Decimal, unit: str, to: str, table: UnitTable) -> Decimal:
    """Convert a published limit to another unit of the same analyte.

    Only limits are converted, never results.
    """
    return limit * table.factors[unit] / table.factors[to]


def _is_filler(value: Decimal) -> bool:
    """Whether it is a number that systems put where there is none: 9999, 99999.9 and the like."""
    if value.adjusted() < FILLER_DIGITS - 1:
        return False
    whole, _, fraction = f"{value:f}".partition(".")
    return set(whole) == {"9"} and set(fraction) <= set("09")


def _is_plausible(
    value: Decimal, code: str, table: UnitTable, comparator: Comparator | None
) -> bool:
    if value < 0 or (comparator is None and _is_filler(value)):
        return False
    limits = table.plausible.get(code)
    if limits is None:
        return True
    low, high = limits
    return value <= high and (comparator is not None or value >= low)


def _refusal(unit: str, table: UnitTable) -> str:
    reason = table.refused.get(unit)
    if reason is not None:
        return reason
    unit_text = unit if len(unit) <= LONGEST_ECHO and unit.isprintable() else "sent"
    return f'unit "{unit_text}" is not one read for this analyte; send {_choices(table)}'


def _choices(table: UnitTable) -> str:
    return "UCUM " + ", ".join(sorted({*table.factors, *table.separate}))

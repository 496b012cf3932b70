"""Which units an analyte may be reported in, and which are refused.

A unit that is unknown, ambiguous or implausible for the value is refused and never guessed:
a thousandfold error in a vitamin B12 result harms a person.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Literal

from msgspec import Struct

from cobalamin.service.rules.model.quantities import Comparator, Quantity

LARGEST_EXPONENT = 12
LONGEST_ECHO = 20


class AmbiguousUnit(Struct, frozen=True, kw_only=True):
    """One spelling for two quantities, told apart by the report's own lower limit or the value.

    With a lower limit of at most `other_if_low_at_most` it is the unit `other`; else it is what it
    says from the value `sure_from`, or with a lower limit of at least `this_if_low_at_least`.
    """

    other: str
    other_if_low_at_most: Decimal
    this_if_low_at_least: Decimal
    sure_from: Decimal


class UnitTable(Struct, frozen=True, kw_only=True):
    """The closed list of units of one analyte.

    `factors` gives, for each UCUM code, how many canonical units one such unit is.
    `aliases` maps other spellings to a UCUM code. `refused` gives the reason why a unit that
    senders use is not believed. `plausible` are inclusive limits per unit. `separate` units are
    read and compared as they are: no factor leads to another. `ambiguous` ones stand for two.
    """

    canonical: str
    factors: Mapping[str, Decimal]
    aliases: Mapping[str, str] = {}
    refused: Mapping[str, str] = {}
    plausible: Mapping[str, tuple[Decimal, Decimal]] = {}
    separate: frozenset[str] = frozenset()
    ambiguous: Mapping[str, AmbiguousUnit] = {}

    def unit_of(self, spelled: str) -> str | None:
        """The UCUM code that a spelling stands for, None for a unit that is not read."""
        is_listed = spelled in self.factors or spelled in self.separate
        return spelled if is_listed else self.aliases.get(spelled)

    def may_mean(self, spelled: str, unit: str) -> bool:
        """Whether a spelling stands for a unit, or is ambiguous and may do so."""
        code = self.unit_of(spelled)
        doubtful = None if code is None else self.ambiguous.get(code)
        return code == unit or (doubtful is not None and doubtful.other == unit)


class Recognised(Struct, frozen=True, kw_only=True):
    """A quantity that rules may compare; `alias` is the spelling that was translated."""

    quantity: Quantity
    alias: str | None = None


class NotRecognised(Struct, frozen=True, kw_only=True):
    """Why a quantity may not be compared; the text never holds the value.

    `readings` are the values that an ambiguous unit may stand for, in the canonical unit.
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
    """Whether a report's own limits can be in this unit; a lower one may be as low as it likes."""
    guard = table.plausible.get(unit)
    if guard is None:
        return True
    least, most = guard
    return (low is None or low <= most) and (high is None or least <= high <= most)


def recognise(
    value: Decimal,
    unit: str | None,
    table: UnitTable,
    comparator: Comparator | None = None,
    own_low: Decimal | None = None,
) -> Recognised | NotRecognised:
    """The quantity in its reported unit, or the reason why it is refused.

    `own_low` is the report's own lower limit, which tells what an ambiguous unit stands for.
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
    plain, code = code, meant
    if not _is_plausible(value, code, table, comparator):
        return NotRecognised(
            code="value-not-plausible",
            text=f"the value is not plausible in {code}; check the unit",
        )
    quantity = Quantity(value=value, unit=code, comparator=comparator)
    return Recognised(quantity=quantity, alias=None if plain == spelled else spelled)


def _meant(
    value: Decimal, code: str, table: UnitTable, own_low: Decimal | None
) -> str | NotRecognised:
    """The unit that is meant, or the values that it may stand for."""
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
    text = f"two quantities are reported in {code}, and nothing tells which; check today"
    return NotRecognised(code="haemoglobin-unit-unclear", text=text, readings=readings)


def convert_limit(limit: Decimal, unit: str, to: str, table: UnitTable) -> Decimal:
    """A published limit expressed in another unit of the same analyte.

    Limits are converted, results never are: the reported number stays what was reported.
    """
    return limit * table.factors[unit] / table.factors[to]


def _is_plausible(
    value: Decimal, code: str, table: UnitTable, comparator: Comparator | None
) -> bool:
    if value < 0:
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

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


class UnitTable(Struct, frozen=True, kw_only=True):
    """The closed list of units of one analyte.

    `factors` gives, for each UCUM code, how many canonical units one such unit is.
    `aliases` maps other spellings to a UCUM code. `refused` gives the reason why a unit that
    senders use is not believed. `plausible` are inclusive limits per unit.
    """

    canonical: str
    factors: Mapping[str, Decimal]
    aliases: Mapping[str, str] = {}
    refused: Mapping[str, str] = {}
    plausible: Mapping[str, tuple[Decimal, Decimal]] = {}


class Recognised(Struct, frozen=True, kw_only=True):
    """A quantity that rules may compare; `alias` is the spelling that was translated."""

    quantity: Quantity
    alias: str | None = None


class NotRecognised(Struct, frozen=True, kw_only=True):
    """Why a quantity may not be compared; the text never holds the value."""

    code: Literal["unit-missing", "unit-not-read", "value-not-plausible", "value-not-read"]
    text: str


def are_plausible(table: UnitTable, unit: str, low: Decimal | None, high: Decimal | None) -> bool:
    """Whether a report's own limits can be in this unit; a lower one may be as low as it likes."""
    guard = table.plausible.get(unit)
    if guard is None:
        return True
    least, most = guard
    return (low is None or low <= most) and (high is None or least <= high <= most)


def recognise(
    value: Decimal, unit: str | None, table: UnitTable, comparator: Comparator | None = None
) -> Recognised | NotRecognised:
    """The quantity in its reported unit, or the reason why it is refused."""
    if not value.is_finite() or abs(value.adjusted()) > LARGEST_EXPONENT:
        return NotRecognised(code="value-not-read", text="the value is not a usable number")
    if unit is None or not unit.strip():
        return NotRecognised(code="unit-missing", text=f"no unit; send {_choices(table)}")
    spelled = unit.strip()
    code = spelled if spelled in table.factors else table.aliases.get(spelled)
    if code is None:
        return NotRecognised(code="unit-not-read", text=_refusal(spelled, table))
    if not _is_plausible(value, code, table, comparator):
        return NotRecognised(
            code="value-not-plausible",
            text=f"the value is not plausible in {code}; check the unit",
        )
    quantity = Quantity(value=value, unit=code, comparator=comparator)
    return Recognised(quantity=quantity, alias=None if code == spelled else spelled)


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
    shown = unit if len(unit) <= LONGEST_ECHO and unit.isprintable() else "sent"
    return f'unit "{shown}" is not one read for this analyte; send {_choices(table)}'


def _choices(table: UnitTable) -> str:
    return "UCUM " + ", ".join(sorted(table.factors))

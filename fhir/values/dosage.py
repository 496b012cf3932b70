"""Dosage: how much is taken at once and a day, as far as it is clear, and how."""

from collections.abc import Sequence
from decimal import Decimal

import msgspec
from msgspec import Struct

from cobalamin.fhir.decode.resources import (
    DECODE_ERRORS,
    DOSAGE,
    DOSAGES,
    NONE,
    Dosage,
    DoseRange,
    QuantityElement,
    Repeat,
    is_filled,
    is_sent,
)
from cobalamin.fhir.values.dose_units import MILLILITRE, PIECE, parse_dose_unit
from cobalamin.fhir.values.numbers import parse_number
from cobalamin.service.knowledge.code_meanings import Codes, Strength
from cobalamin.service.rules.model.quantities import Quantity, larger
from cobalamin.service.rules.model.units import LARGEST_EXPONENT
from cobalamin.service.rules.model.vocabulary import Intake

_DAYS = {"h": Decimal(1) / 24, "d": Decimal(1), "wk": Decimal(7)}
_TIMES = {
    "QD": Decimal(1),
    "AM": Decimal(1),
    "PM": Decimal(1),
    "BED": Decimal(1),
    "BID": Decimal(2),
    "TID": Decimal(3),
    "QID": Decimal(4),
    "QOD": Decimal(1) / 2,
    "WK": Decimal(1) / 7,
}
MIN_PERIOD = Decimal("0.01")
MAX_PERIOD = Decimal(1000)
MAX_FREQUENCY = 100
_SHOWN = Decimal("0.001")


class Amount(Struct, frozen=True):
    """A number of g, mg or ug, of mL, or of pieces; `is_limit` says that it may be less."""

    number: Decimal
    unit: str
    is_limit: bool = False


class Instruction(Struct, frozen=True):
    """One dosage: how much at once and how often a day, None where that is not clear."""

    amount: Amount | None
    times: Decimal | None


class Instructions(Struct, frozen=True):
    """Every dosage of a medicine, and how it is taken where all of them say the same.

    One whose meaning is changed by something unknown says nothing, and `is_modified` tells of it.
    `is_told` says that more than the route was sent.
    """

    steps: tuple[Instruction, ...]
    intake: Intake | None
    is_modified: bool = False
    is_told: bool = False


class Dose(Struct, frozen=True):
    """How much of an ingredient is taken.

    `daily` is what was recorded; `single` is the most that is taken at once or that one piece
    holds. What is not clear is None.
    """

    single: Quantity | None = None
    daily: Quantity | None = None


def decode_dosages(raw: msgspec.Raw) -> list[Dosage]:
    """What is sent of them, one or several; one of another shape says nothing."""
    if raw is NONE or not is_sent(raw):
        return []
    try:
        return DOSAGES.decode(raw) if bytes(raw)[:1] == b"[" else [DOSAGE.decode(raw)]
    except DECODE_ERRORS:
        return [Dosage()]


def read_instructions(codes: Codes, raw: msgspec.Raw) -> Instructions:
    """What the dosages say, free of what the product holds."""
    decoded = decode_dosages(raw)
    dosages = [Dosage() if _is_modified(dosage) else dosage for dosage in decoded]
    intakes = {_route(codes, dosage) for dosage in dosages}
    return Instructions(
        steps=tuple(
            Instruction(amount, _times_a_day(dosage))
            for dosage in dosages
            for amount in _amounts_at_once(dosage)
        ),
        intake=intakes.pop() if len(intakes) == 1 else None,
        is_modified=dosages != decoded,
        is_told=any(msgspec.structs.replace(dosage, route=None) != Dosage() for dosage in decoded),
    )


def _is_modified(dosage: Dosage) -> bool:
    timing = dosage.timing
    return is_filled(dosage.modifierExtension) or (
        timing is not None and is_filled(timing.modifierExtension)
    )


def dose_of(
    steps: Sequence[Instruction], strength: Strength | None, *, is_injected: bool, is_alone: bool
) -> Dose:
    """How much of one ingredient is taken.

    A mass is that of the ingredient only where the product holds no other (`is_alone`). Of several
    dosages, which may follow each other, no amount a day is told.
    """
    piece = None if strength is None else strength.amount
    taken = [_taken(one.amount, strength, is_injected, is_alone) for one in steps]
    single = piece
    for amount in taken:
        single = larger(single, amount)
    if len(steps) != 1 or steps[0].amount is None or steps[0].amount.is_limit:
        return Dose(single)
    return Dose(single, _a_day(taken[0], steps[0].times))


def _taken(
    amount: Amount | None,
    strength: Strength | None,
    is_injected: bool,  # noqa: FBT001 - as `dose_of` has them
    is_alone: bool,  # noqa: FBT001
) -> Quantity | None:
    """How much of the ingredient one dose holds."""
    if amount is None:
        return None
    if amount.unit not in (PIECE, MILLILITRE):
        return Quantity(value=amount.number, unit=amount.unit) if is_alone else None
    if strength is None:
        return None
    held = strength.amount
    if amount.unit == PIECE:
        # A piece of a liquid is an ampoule, unless it is swallowed: then nobody knows.
        is_counted = strength.volume is None or is_injected
        return Quantity(value=amount.number * held.value, unit=held.unit) if is_counted else None
    if strength.volume is None:
        return None
    return Quantity(value=amount.number * held.value / strength.volume, unit=held.unit)


def _route(codes: Codes, dosage: Dosage) -> Intake | None:
    coded = dosage.route
    codings = () if coded is None else coded.coding or ()
    routes = {codes.routes[key] for c in codings if (key := (c.system, c.code)) in codes.routes}
    return routes.pop() if len(routes) == 1 else None


def _amounts_at_once(dosage: Dosage) -> list[Amount | None]:
    """The doses, or the upper ends of ranges of doses, which differ; None where there is none.

    Of several, such as one that is calculated and one that is ordered, nobody knows which is taken.
    """
    rates = dosage.doseAndRate or ()
    quantities = (
        dosage.doseQuantity,
        dosage.dose,
        dosage.quantity,
        dosage.quantityQuantity,
        *(rate.doseQuantity for rate in rates),
    )
    ranges = (dosage.doseRange, dosage.quantityRange, *(rate.doseRange for rate in rates))
    amounts = [
        *(_amount(item) for item in quantities if item is not None),
        *(_upper_end(item) for item in ranges if item is not None),
    ]
    return list(dict.fromkeys(amounts)) or [None]


def _upper_end(dose_range: DoseRange) -> Amount | None:
    amount = None if dose_range.high is None else _amount(dose_range.high)
    return None if amount is None else Amount(amount.number, amount.unit, is_limit=True)


def _amount(quantity: QuantityElement) -> Amount | None:
    parsed = parse_number(quantity.value)
    if parsed is None or parsed.comparator is not None or parsed.number <= 0:
        return None
    if abs(parsed.number.adjusted()) > LARGEST_EXPONENT:
        return None
    unit = parse_dose_unit(quantity)
    return None if unit is None else Amount(parsed.number, unit)


def _times_a_day(dosage: Dosage) -> Decimal | None:
    """None unless the timing is plain: as needed, ranges and other units of time are not."""
    timing = dosage.timing
    if timing is None or _is_as_needed(dosage):
        return None
    if timing.repeat is not None and is_sent(timing.repeat.period):
        return _repeated(timing.repeat)
    codings = () if timing.code is None else timing.code.coding or ()
    times = {_TIMES[c.code] for c in codings if c.code in _TIMES}
    return times.pop() if len(times) == 1 else None


def _is_as_needed(dosage: Dosage) -> bool:
    reasons = (dosage.asNeededCodeableConcept, dosage.asNeededFor)
    return bool(dosage.asNeededBoolean or dosage.asNeeded or any(r is not NONE for r in reasons))


def _repeated(repeat: Repeat) -> Decimal | None:
    days = _DAYS.get(period_unit(repeat))
    period = parse_number(repeat.period)
    if days is None or period is None or not MIN_PERIOD <= period.number <= MAX_PERIOD:
        return None
    frequency = 1 if repeat.frequency is None else repeat.frequency
    if repeat.frequencyMax is not None or not 0 < frequency <= MAX_FREQUENCY:
        return None
    return Decimal(frequency) / (period.number * days)


def period_unit(repeat: Repeat) -> str:
    """The unit of the period, as any version of FHIR names it; empty where there is none."""
    return repeat.periodUnit or repeat.periodUnits or ""


def _a_day(single: Quantity | None, times: Decimal | None) -> Quantity | None:
    if single is None or times is None:
        return None
    value = (single.value * times).quantize(_SHOWN).normalize()
    return Quantity(value=value + 0, unit=f"{single.unit}/d")

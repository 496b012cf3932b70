"""Dosage: the amount a day, where it is clear, and the route."""

from decimal import Decimal

import msgspec
from msgspec import Struct

from cobalamin.fhir.decode.resources import (
    DECODE_ERRORS,
    DOSAGE,
    DOSAGES,
    NONE,
    Dosage,
    QuantityElement,
    Repeat,
    is_sent,
)
from cobalamin.fhir.values.numbers import parse_number
from cobalamin.service.knowledge.code_meanings import Codes, Taken
from cobalamin.service.rules.model.quantities import Quantity
from cobalamin.service.rules.model.units import LARGEST_EXPONENT

_MASS = {
    "g": "g",
    "gm": "g",
    "mg": "mg",
    "ug": "ug",
    "mcg": "ug",
    "µg": "ug",
    "μg": "ug",
    "microgram": "ug",
    "micrograms": "ug",
}
_PIECES = frozenset(
    {"1", "tab", "tabs", "tablet", "tablets", "{tbl}", "{tablet}", "cap", "caps", "capsule",
     "capsules", "{capsule}", "{cap}", "unit", "{unit}", "each", "{each}", "{dose}"}
)  # fmt: skip
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
MICROGRAMS = {"g": Decimal(1_000_000), "mg": Decimal(1000), "ug": Decimal(1)}


class Dose(Struct, frozen=True):
    """One dose, the amount a day, and the route; what is not clear is None."""

    single: Quantity | None = None
    daily: Quantity | None = None
    route: Taken | None = None
    is_assumed: bool = False


def micrograms(amount: Quantity) -> Decimal:
    """An amount, or an amount a day, in micrograms."""
    return amount.value * MICROGRAMS[amount.unit.removesuffix("/d")]


def read_dose(codes: Codes, raw: msgspec.Raw, strength: Quantity | None) -> Dose:
    """What the dosage says; without one, one unit of a known strength a day is assumed."""
    sent = decode_dosages(raw)
    if not sent:
        return Dose(strength, _a_day(strength, Decimal(1)), is_assumed=strength is not None)
    routes = {_route(codes, one) for one in sent}
    route = routes.pop() if len(routes) == 1 else None
    if len(sent) > 1:
        return Dose(route=route)
    single = _single(sent[0], strength)
    return Dose(single, _a_day(single, _times_a_day(sent[0])), route)


def decode_dosages(raw: msgspec.Raw) -> list[Dosage]:
    """What is sent of them, one or several; one of another shape says nothing."""
    if raw is NONE or not is_sent(raw):
        return []
    try:
        return DOSAGES.decode(raw) if bytes(raw)[:1] == b"[" else [DOSAGE.decode(raw)]
    except DECODE_ERRORS:
        return [Dosage()]


def _route(codes: Codes, dosage: Dosage) -> Taken | None:
    coded = dosage.route
    codings = () if coded is None else coded.coding or ()
    found = {codes.routes[key] for c in codings if (key := (c.system, c.code)) in codes.routes}
    return found.pop() if len(found) == 1 else None


def _single(dosage: Dosage, strength: Quantity | None) -> Quantity | None:
    sent = dosage.doseQuantity or dosage.dose
    if sent is None and dosage.doseAndRate:
        sent = dosage.doseAndRate[0].doseQuantity
    if sent is None:
        return None
    parsed = parse_number(sent.value)
    if parsed is None or parsed.comparator is not None or parsed.number <= 0:
        return None
    if abs(parsed.number.adjusted()) > LARGEST_EXPONENT:
        return None
    return _amount(parsed.number, sent, strength)


def _amount(number: Decimal, sent: QuantityElement, strength: Quantity | None) -> Quantity | None:
    spelled = (sent.code or sent.unit or "").strip().lower()
    parsed = (sent.unit or "").strip().lower()
    unit = _MASS.get(spelled) or _MASS.get(parsed)
    if unit is not None:
        return Quantity(value=number, unit=unit)
    is_piece = spelled in _PIECES or parsed in _PIECES or not (spelled or parsed)
    if strength is None or not is_piece:
        return None
    return Quantity(value=number * strength.value, unit=strength.unit)


def _times_a_day(dosage: Dosage) -> Decimal | None:
    """None unless the timing is plain: as needed, ranges and other units of time are not."""
    timing = dosage.timing
    if timing is None or dosage.asNeededBoolean or dosage.asNeededCodeableConcept is not NONE:
        return None
    if timing.repeat is not None and is_sent(timing.repeat.period):
        return _repeated(timing.repeat)
    codings = () if timing.code is None else timing.code.coding or ()
    times = {_TIMES[c.code] for c in codings if c.code in _TIMES}
    return times.pop() if len(times) == 1 else None


def _repeated(repeat: Repeat) -> Decimal | None:
    days = _DAYS.get(repeat.periodUnit or "")
    sent = parse_number(repeat.period)
    if days is None or sent is None or not MIN_PERIOD <= sent.number <= MAX_PERIOD:
        return None
    frequency = 1 if repeat.frequency is None else repeat.frequency
    if repeat.frequencyMax is not None or not 0 < frequency <= MAX_FREQUENCY:
        return None
    return Decimal(frequency) / (sent.number * days)


def _a_day(single: Quantity | None, times: Decimal | None) -> Quantity | None:
    if single is None or times is None:
        return None
    value = (single.value * times).quantize(_SHOWN).normalize()
    return Quantity(value=value + 0, unit=f"{single.unit}/d")

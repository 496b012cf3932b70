"""Until when an order of vitamin B12 goes on."""

from collections.abc import Iterable
from datetime import date
from decimal import ROUND_CEILING, Decimal

import msgspec

from cobalamin.fhir.decode.resources import (
    CONCEPT,
    CONCEPTS,
    DECODE_ERRORS,
    PERIOD,
    QUANTITY,
    RANGE,
    TEXT_LIST,
    Dosage,
    MedicationRequest,
    QuantityElement,
    Repeat,
    is_sent,
)
from cobalamin.fhir.values.dosage import decode_dosages, period_unit
from cobalamin.fhir.values.numbers import parse_number
from cobalamin.service.rules.model.dates import days_after, months_after, read_when
from cobalamin.service.rules.model.facts import Course
from cobalamin.service.rules.model.vocabulary import History

REPLACEMENT = frozenset({History.b12_replacement_oral, History.b12_replacement_parenteral})
INPATIENT = frozenset({"inpatient"})
CATEGORIES = INPATIENT | {"outpatient", "community", "discharge"}
MAX_NUMBER = 1000
_DAYS = {"h": Decimal(1) / 24, "d": Decimal(1), "wk": Decimal(7)}
_MONTHS = {"mo": 1, "a": 12}


def build_courses(request: MedicationRequest, codes: Iterable[History]) -> tuple[Course, ...]:
    """A course for each way of replacing vitamin B12 that an order in force stands for."""
    replacing = REPLACEMENT.intersection(codes)
    if not replacing:
        return ()
    until, in_hospital = _until(request), _categories(request.category) == INPATIENT
    return tuple(
        Course(code=code, until=until, in_hospital=in_hospital) for code in sorted(replacing)
    )


def _categories(raw: msgspec.Raw) -> frozenset[str]:
    """Where an order is carried out; older versions, and some clients, send one without a list."""
    try:
        several = bytes(raw)[:1] == b"["
        coded = CONCEPTS.decode(raw) if several else [CONCEPT.decode(raw)] if is_sent(raw) else []
    except DECODE_ERRORS:
        return frozenset()
    codes = (c.code for one in coded for c in one.coding or () if c.code)
    return CATEGORIES.intersection(code.strip().lower() for code in codes)


def _until(request: MedicationRequest) -> date | None:
    """The latest end of its dosages; None where one has no end that can be told."""
    dosages = decode_dosages(request.dosageInstruction)
    ends = [_end(dosage, request.authoredOn) for dosage in dosages]
    known_ends = [end for end in ends if end is not None]
    return max(known_ends) if known_ends and len(known_ends) == len(ends) else None


def _end(dosage: Dosage, authored: str | None) -> date | None:
    """By its bounds, else by the number of its doses, or the last day that it names."""
    timing = dosage.timing
    if timing is None:
        return None
    try:
        end = None if timing.repeat is None else _end_of_repeat(timing.repeat, authored)
        return end or _last_event(timing.event)
    except DECODE_ERRORS:
        return None


def _end_of_repeat(repeat: Repeat, authored: str | None) -> date | None:
    end = _end_of_period(repeat)
    if end is not None or authored is None:
        return end
    start = read_when(authored).last
    longest = _longest(repeat)
    if longest is not None:
        return _after(start, _number(longest.value), longest.code or longest.unit or "")
    count, period = _number(repeat.count), _number(repeat.period)
    if count is None or period is None:
        return None
    times = 1 if repeat.frequency is None else max(repeat.frequency, 1)
    return _after(start, count * period / times, period_unit(repeat))


def _last_event(raw: msgspec.Raw) -> date | None:
    """The latest of the days on which it is to be given."""
    days = TEXT_LIST.decode(raw) if is_sent(raw) else []
    return max((read_when(day).last for day in days), default=None)


def _end_of_period(repeat: Repeat) -> date | None:
    if not is_sent(repeat.boundsPeriod):
        return None
    end = PERIOD.decode(repeat.boundsPeriod).end
    return None if end is None else read_when(end).last


def _longest(repeat: Repeat) -> QuantityElement | None:
    """How long it goes on, at most."""
    if is_sent(repeat.boundsDuration):
        return QUANTITY.decode(repeat.boundsDuration)
    return RANGE.decode(repeat.boundsRange).high if is_sent(repeat.boundsRange) else None


def _number(raw: msgspec.Raw) -> Decimal | None:
    parsed = parse_number(raw)
    if parsed is None or parsed.comparator is not None or not 0 < parsed.number <= MAX_NUMBER:
        return None
    return parsed.number


def _after(start: date, number: Decimal | None, unit: str) -> date | None:
    if number is None:
        return None
    if unit in _MONTHS:
        return months_after(start, int(number.to_integral_value(ROUND_CEILING)) * _MONTHS[unit])
    days = _DAYS.get(unit)
    if days is None:
        return None
    return days_after(start, int((number * days).to_integral_value(ROUND_CEILING)))

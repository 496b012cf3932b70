"""Until when an order of vitamin B12 goes on."""

from collections.abc import Iterable
from datetime import date, timedelta
from decimal import ROUND_CEILING, Decimal

import msgspec

from cobalamin.fhir.doses import dosages
from cobalamin.fhir.numbers import read_number
from cobalamin.fhir.wire import (
    CODEDS,
    FAULTS,
    PERIOD,
    QUANTITY,
    Dosage,
    MedicationRequest,
    Repeat,
    is_sent,
)
from cobalamin.service.rules.dates import months_after, read_when
from cobalamin.service.rules.facts import Course
from cobalamin.service.rules.vocabulary import History

REPLACEMENT = frozenset({History.b12_replacement_oral, History.b12_replacement_parenteral})
INPATIENT = frozenset({"inpatient"})
LONGEST = 1000
_DAYS = {"h": Decimal(1) / 24, "d": Decimal(1), "wk": Decimal(7)}
_MONTHS = {"mo": 1, "a": 12}


def courses_of(sent: MedicationRequest, codes: Iterable[History]) -> tuple[Course, ...]:
    """A course for each way of replacing vitamin B12 that an order in force stands for."""
    replacing = REPLACEMENT.intersection(codes)
    if not replacing:
        return ()
    until, in_hospital = _until(sent), _categories(sent.category) == INPATIENT
    return tuple(
        Course(code=code, until=until, in_hospital=in_hospital) for code in sorted(replacing)
    )


def _categories(raw: msgspec.Raw) -> frozenset[str]:
    try:
        coded = CODEDS.decode(raw) if is_sent(raw) else []
    except FAULTS:
        return frozenset()
    return frozenset(c.code for one in coded for c in one.coding or () if c.code)


def _until(sent: MedicationRequest) -> date | None:
    """The latest end of its dosages; None where one has no end that can be told."""
    ends = [_end(one, sent.authoredOn) for one in dosages(sent.dosageInstruction)]
    known = [end for end in ends if end is not None]
    return max(known) if known and len(known) == len(ends) else None


def _end(dosage: Dosage, authored: str | None) -> date | None:
    repeat = None if dosage.timing is None else dosage.timing.repeat
    if repeat is None:
        return None
    try:
        return _end_of_period(repeat) or _end_of_duration(repeat, authored)
    except FAULTS:
        return None


def _end_of_period(repeat: Repeat) -> date | None:
    if not is_sent(repeat.boundsPeriod):
        return None
    end = PERIOD.decode(repeat.boundsPeriod).end
    return None if end is None else read_when(end).last


def _end_of_duration(repeat: Repeat, authored: str | None) -> date | None:
    if authored is None or not is_sent(repeat.boundsDuration):
        return None
    sent = QUANTITY.decode(repeat.boundsDuration)
    printed = read_number(sent.value)
    if printed is None or printed.comparator is not None or not 0 < printed.number <= LONGEST:
        return None
    return _after(read_when(authored).last, printed.number, sent.code or sent.unit or "")


def _after(start: date, number: Decimal, unit: str) -> date | None:
    if unit in _MONTHS:
        return months_after(start, int(number.to_integral_value(ROUND_CEILING)) * _MONTHS[unit])
    days = _DAYS.get(unit)
    if days is None:
        return None
    return start + timedelta(days=int((number * days).to_integral_value(ROUND_CEILING)))

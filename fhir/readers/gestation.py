"""Read how far a pregnancy has gone: its age on a day, or the expected day of delivery."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from cobalamin.fhir.decode.issues import Issue
from cobalamin.fhir.decode.reader_state import ElementPath, GestationRecord, ReaderState
from cobalamin.fhir.decode.resources import (
    DECODE_ERRORS,
    QUANTITY,
    TEXT,
    Observation,
    ValueElements,
    is_sent,
)
from cobalamin.fhir.values.dates import read_effective_time
from cobalamin.fhir.values.numbers import parse_number
from cobalamin.service.rules.model.dates import days_after, read_when

TERM_DAYS = 40 * 7
_DAYS = {"d": 1, "wk": 7}
_MOST_DAYS = 1000


def read_gestational_age(
    state: ReaderState, path: ElementPath, observation: Observation, elements: ValueElements
) -> None:
    """Read weeks or days of gestation on the day of the Observation."""
    on, days = _day_of(observation), _days(elements)
    if on is None or days is None:
        state.note(Issue.gestation_not_read, str(path))
        return
    state.gestations.append(GestationRecord(days_after(on, -days), on, by_delivery=False))


def read_delivery_date(
    state: ReaderState, path: ElementPath, observation: Observation, elements: ValueElements
) -> None:
    """Read the day on which delivery is expected, at 40 weeks."""
    expected = _delivery(elements)
    if expected is None:
        state.note(Issue.gestation_not_read, str(path))
        return
    on = _day_of(observation)
    state.gestations.append(GestationRecord(days_after(expected, -TERM_DAYS), on, by_delivery=True))


def newest_gestation(records: Iterable[GestationRecord]) -> date | None:
    """The first day of the pregnancy by the newest record; of one day, by the day of delivery."""
    newest = max(records, key=_recency, default=None)
    return None if newest is None else newest.begun


def _recency(record: GestationRecord) -> tuple[date, bool, date]:
    return (record.on or date.min, record.by_delivery, record.begun)


def _day_of(observation: Observation) -> date | None:
    text, _element = read_effective_time(observation)
    return _day(text)


def _day(text: str | None) -> date | None:
    try:
        return None if text is None else read_when(text).last
    except ValueError:
        return None


def _days(elements: ValueElements) -> int | None:
    """Whole days; None for another unit, and for what no pregnancy can last."""
    if not is_sent(elements.valueQuantity):
        return None
    try:
        quantity = QUANTITY.decode(elements.valueQuantity)
    except DECODE_ERRORS:
        return None
    number, unit = parse_number(quantity.value), quantity.code or quantity.unit
    if number is None or number.comparator is not None or unit not in _DAYS:
        return None
    days = number.number * _DAYS[unit]
    return int(days) if Decimal(0) <= days <= _MOST_DAYS else None


def _delivery(elements: ValueElements) -> date | None:
    if not is_sent(elements.valueDateTime):
        return None
    try:
        return _day(TEXT.decode(elements.valueDateTime))
    except DECODE_ERRORS:
        return None

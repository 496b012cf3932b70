"""Clinical dates, from whichever element holds them."""

import msgspec
from msgspec.structs import replace

from cobalamin.fhir.decode.issues import Issue
from cobalamin.fhir.decode.reader_state import ElementPath, ReaderState
from cobalamin.fhir.decode.resources import (
    DECODE_ERRORS,
    NONE,
    PERIOD,
    Observation,
    Period,
    is_sent,
)
from cobalamin.service.rules.model.dates import When


def read_effective_time(observation: Observation) -> tuple[str | None, str]:
    """The text and the element of the clinical time: effective, else issued."""
    if observation.effectiveDateTime is not None:
        return observation.effectiveDateTime, "effectiveDateTime"
    if _has_period(observation):
        period = _decode_period(observation.effectivePeriod)
        return "" if period is None else period.end or period.start, "effectivePeriod"
    if observation.effectiveInstant is not None:
        return observation.effectiveInstant, "effectiveInstant"
    return observation.issued, "issued"


def parse_effective_time(state: ReaderState, observation: Observation) -> When | None:
    """The clinical time; of a period its end, with its start beside it. None where none was sent.

    Raises:
        ValueError: it is no time.
    """
    text, _element = read_effective_time(observation)
    if text is None:
        return None
    when = state.parse_when(text)
    if not _is_by_period(observation):
        return when
    period = _decode_period(observation.effectivePeriod)
    if period is None or period.start is None or period.end is None:
        return when
    start = state.parse_when(period.start)
    if start.first > when.last:
        raise ValueError("the period ends before it starts")
    return replace(when, start=start)


def parse_effective_time_or_none(state: ReaderState, observation: Observation) -> When | None:
    """The clinical time of a result that is refused; an invalid one is not noted as well."""
    try:
        return parse_effective_time(state, observation)
    except ValueError:
        return None


def _is_by_period(observation: Observation) -> bool:
    return observation.effectiveDateTime is None and _has_period(observation)


def _has_period(observation: Observation) -> bool:
    return observation.effectivePeriod is not NONE and is_sent(observation.effectivePeriod)


def _decode_period(raw: msgspec.Raw) -> Period | None:
    try:
        return PERIOD.decode(raw)
    except DECODE_ERRORS:
        return None


def parse_date_or_note(
    state: ReaderState, path: ElementPath, element: str, text: str | None
) -> When | None:
    """Parse a date; an invalid one is noted and None."""
    if text is None:
        return None
    try:
        return state.parse_when(text)
    except ValueError:
        state.note(Issue.date_not_read, path.element(element))
        return None


def first_of(*texts: str | None) -> str | None:
    """The first text that is present."""
    return next((text for text in texts if text is not None), None)


def start_of(period: Period | None) -> str | None:
    """The start of a period, if any."""
    return None if period is None else period.start


def end_of(period: Period | None) -> str | None:
    """The end of a period, if any."""
    return None if period is None else period.end

"""Clinical dates, from whichever element holds them."""

import msgspec

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
    if observation.effectivePeriod is not NONE and is_sent(observation.effectivePeriod):
        return _end_of(observation.effectivePeriod), "effectivePeriod"
    if observation.effectiveInstant is not None:
        return observation.effectiveInstant, "effectiveInstant"
    return observation.issued, "issued"


def parse_effective_time_or_none(state: ReaderState, observation: Observation) -> When | None:
    """The clinical time of a result that is refused; an invalid one is not noted as well."""
    text, _element = read_effective_time(observation)
    try:
        return None if text is None else state.parse_when(text)
    except ValueError:
        return None


def _end_of(raw: msgspec.Raw) -> str | None:
    """The end of a period, else its start."""
    try:
        period = PERIOD.decode(raw)
    except DECODE_ERRORS:
        return ""
    return period.end or period.start


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

"""Tells panels from results that have no value."""

from collections.abc import Iterator
from contextlib import suppress

from cobalamin.fhir.decode.raw_lists import decode_raw_list
from cobalamin.fhir.decode.reader_state import ReaderState
from cobalamin.fhir.decode.resources import (
    COMPONENT,
    DECODE_ERRORS,
    CodingElement,
    Observation,
    is_filled,
)
from cobalamin.fhir.values.results import has_absence, sent_values


def is_panel(observation: Observation) -> bool:
    """Whether it is a panel: members or components in place of a value."""
    has_members = is_filled(observation.hasMember) or is_filled(observation.component)
    return has_members and not sent_values(observation) and not has_absence(observation)


def is_panel_of_results(state: ReaderState, observation: Observation) -> bool:
    """Whether what has the code of a result is a panel; components must hold something known.

    Otherwise it is a result without a value, beside components that nothing is read from.
    """
    if not is_panel(observation):
        return False
    return is_filled(observation.hasMember) or any(
        state.codes.find(coding.system, coding.code) is not None
        for coding in _component_codings(observation)
    )


def _component_codings(observation: Observation) -> Iterator[CodingElement]:
    try:
        for raw in decode_raw_list(observation.component):
            with suppress(*DECODE_ERRORS):
                code = COMPONENT.decode(raw).code
                yield from () if code is None else code.coding or ()
    except DECODE_ERRORS:
        return

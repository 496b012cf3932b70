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
from cobalamin.service.rules.model.vocabulary import Analyte


def is_panel(observation: Observation) -> bool:
    """Whether it is a panel: members or components in place of a value."""
    has_members = is_filled(observation.hasMember) or is_filled(observation.component)
    return has_members and not sent_values(observation) and not has_absence(observation)


def is_panel_of_results(state: ReaderState, observation: Observation, analyte: Analyte) -> bool:
    """Whether what has the code of a result is a panel: members, or a component with the value.

    Otherwise it is a result without a value, beside components that hold something else.
    """
    if not is_panel(observation):
        return False
    if is_filled(observation.hasMember):
        return True
    found = (state.codes.find(one.system, one.code) for one in _component_codings(observation))
    return any(meaning is not None and meaning.analyte is analyte for meaning in found)


def _component_codings(observation: Observation) -> Iterator[CodingElement]:
    try:
        for raw in decode_raw_list(observation.component):
            with suppress(*DECODE_ERRORS):
                code = COMPONENT.decode(raw).code
                yield from () if code is None else code.coding or ()
    except DECODE_ERRORS:
        return

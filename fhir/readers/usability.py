"""Decide whether a resource may be read at all, before anything in it is."""

from collections.abc import Iterator

from cobalamin.fhir.decode.issues import Issue
from cobalamin.fhir.decode.raw_lists import decode_raw_list
from cobalamin.fhir.decode.reader_state import ElementPath, ReaderState
from cobalamin.fhir.decode.resources import (
    COMPONENT,
    DECODE_ERRORS,
    NONE,
    AllergyIntolerance,
    CodeableConcept,
    Observation,
    Resource,
    is_filled,
)
from cobalamin.fhir.decode.test_data import is_test_data
from cobalamin.fhir.readers.allergies import note_unread_allergy
from cobalamin.fhir.values.codings import read_code
from cobalamin.fhir.values.dates import parse_effective_time_or_none


def is_usable(state: ReaderState, path: ElementPath, resource: Resource | Observation) -> bool:
    """Whether nothing unknown changes the meaning of a resource; what does is noted.

    FHIR forbids ignoring a modifierExtension or implicitRules that a reader does not know.
    """
    if _is_refused_test(state, path, resource):
        return False
    if resource.modifierExtension is NONE and resource.implicitRules is NONE:
        return True
    if is_filled(resource.modifierExtension):
        refuse_resource(state, path, resource, Issue.modifier_not_known, "modifierExtension")
        return False
    if is_filled(resource.implicitRules):
        refuse_resource(state, path, resource, Issue.rules_not_known, "implicitRules")
        return False
    return True


def _is_refused_test(
    state: ReaderState, path: ElementPath, resource: Resource | Observation
) -> bool:
    """Whether it is test data that the settings refuse; else test data is noted."""
    if not state.is_test_data and not is_test_data(resource.meta):
        return False
    if state.options.refuse_test_data:
        refuse_resource(state, path, resource, Issue.test_data, "meta.security")
        return True
    state.note_once(Issue.test_data, path.element("meta.security"), "")
    return False


def refuse_resource(
    state: ReaderState,
    path: ElementPath,
    resource: Resource | Observation,
    issue: Issue,
    element: str = "",
) -> None:
    """Refuse every result of a resource; a resource without one is noted."""
    where = path.element(element)
    analytes, on = [], None
    if isinstance(resource, Observation):
        meanings = (read_code(state, path, concept) for concept in concepts_of(resource))
        analytes = [m.analyte for m in meanings if m is not None and m.analyte is not None]
        on = parse_effective_time_or_none(state, resource)
    for analyte in analytes:
        state.refuse(analyte, issue, where, on=on)
    if not analytes:
        state.note(issue, where)
    if isinstance(resource, AllergyIntolerance):
        note_unread_allergy(state, path, resource)


def concepts_of(observation: Observation) -> Iterator[CodeableConcept | None]:
    """The code of an Observation and those of its components."""
    yield observation.code
    try:
        raw = observation.component
        if raw is not NONE:
            for component in decode_raw_list(raw) if is_filled(raw) else ():
                yield COMPONENT.decode(component).code
    except DECODE_ERRORS:
        return

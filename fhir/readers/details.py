"""Reasons, outcomes and signs beside what is read: never a fact, and always said."""

from collections.abc import Iterator

import msgspec

from cobalamin.fhir.decode.issues import Issue
from cobalamin.fhir.decode.reader_state import ElementPath, Mention, ReaderState
from cobalamin.fhir.decode.resources import (
    DECODE_ERRORS,
    NONE,
    Condition,
    MedicationResource,
    Observation,
    Procedure,
    Resource,
    is_filled,
)
from cobalamin.fhir.decode.unread_types import KINDS
from cobalamin.service.knowledge.names import find_name

_REASONS = ("reasonCode", "reasonReference", "reasonCodeableConcept", "reason", "statusReason")
_OF_PROCEDURE = (*_REASONS, "outcome", "complication")
_TIMES: dict[type[Resource | Observation], tuple[str, ...]] = {
    Condition: ("onsetString", "onsetAge", "onsetRange"),
    Procedure: (
        *("performedString", "performedAge", "performedRange"),
        *("occurrenceString", "occurrenceAge", "occurrenceRange"),
    ),
}
_OF_MEDICINE = (*_REASONS, "reasonForUseCodeableConcept")


def note_details(state: ReaderState, path: ElementPath, resource: Resource | Observation) -> None:
    """Say once of each element that it is not read, and of each thing that matters and it names.

    What is referred to is read by itself where it was sent.
    """
    for element in _elements(resource):
        raw: msgspec.Raw = getattr(resource, element)
        if raw is not NONE and is_filled(raw):
            _note_detail(state, path.element(element), raw)
    for element in _TIMES.get(type(resource), ()):
        if is_filled(getattr(resource, element)):
            state.note_once(Issue.time_not_read, path.element(element), element)


def _elements(resource: Resource | Observation) -> tuple[str, ...]:
    if isinstance(resource, MedicationResource):
        return _OF_MEDICINE
    if isinstance(resource, Procedure):
        return _OF_PROCEDURE
    return ("evidence",) if isinstance(resource, Condition) else ()


def _note_detail(state: ReaderState, where: str, raw: msgspec.Raw) -> None:
    try:
        found = list(_nodes(msgspec.json.decode(raw)))
    except DECODE_ERRORS:
        state.note_once(Issue.element_not_read, where, where)
        return
    labels: set[str | None] = set()
    for node in found:
        reference = node.get("reference")
        if isinstance(reference, str):
            display = node.get("display")
            shown = display if isinstance(display, str) else None
            state.mentions.append(Mention(where, reference, shown))
        else:
            labels.update(_labels(state, node))
    for label in sorted(label for label in labels if label):
        text = f"names {label} as a reason, an outcome or a sign; these are not read, look at it"
        state.note_once(Issue.detail_not_read, where, label, text, "warning")
    if labels == {None}:
        state.note_once(Issue.detail_not_read, where, "")


def _nodes(value: object) -> Iterator[dict[str, object]]:
    """Every object within an element that holds no other, or is a reference."""
    waiting = [value]
    while waiting:
        found = waiting.pop()
        if isinstance(found, dict):
            yield found
            inner = () if isinstance(found.get("reference"), str) else found.values()
            waiting.extend(inner)
        elif isinstance(found, list):
            waiting.extend(found)


def _labels(state: ReaderState, node: dict[str, object]) -> Iterator[str | None]:
    """What that matters an object names by its code, text or display; None for anything else."""
    system, code = node.get("system"), node.get("code")
    if isinstance(system, str) and isinstance(code, str):
        meaning = state.codes.find(system, code)
        is_asked = meaning is not None and bool(meaning.history or meaning.features)
        yield meaning.display if meaning is not None and is_asked else None
    for text in (node.get("text"), node.get("display")):
        if isinstance(text, str):
            named = (find_name(kind, text) for kind in KINDS)
            yield next((one.label for one in named if one is not None), None)

"""References to what was not sent, and what nothing refers to: said, and never believed."""

from collections.abc import Iterable, Iterator

from cobalamin.fhir.decode.issues import Issue
from cobalamin.fhir.decode.reader_state import (
    LISTS,
    ElementPath,
    LocatedResource,
    Mention,
    PanelOfResult,
    ReaderState,
)
from cobalamin.fhir.decode.references import names_of_resource, normalise_reference
from cobalamin.fhir.decode.resources import (
    CodeableConcept,
    DiagnosticReport,
    Medication,
    Observation,
    Specimen,
)
from cobalamin.fhir.decode.unread_types import KINDS, LISTS_OF_KINDS
from cobalamin.fhir.values.codings import name_of
from cobalamin.service.knowledge.names import NameKind, find_name

URN = "urn:"
READ_TYPES = frozenset({*LISTS, "DiagnosticReport"})


def note_unsent_references(state: ReaderState, resources: Iterable[LocatedResource]) -> None:
    """Say once of each element that it refers to what was not sent.

    What is shown for it is no fact: a result that it names is refused unless one was sent, and the
    list of anything else that matters is not known.
    """
    if not state.mentions:
        return
    sent = {normalise_reference(url) for url in state.other_urls}
    for path, resource in resources:
        sent |= names_of_resource(str(resource.__struct_config__.tag), resource.id, path)
    for mention in state.mentions:
        name = normalise_reference(mention.reference)
        is_read = name.startswith(URN) or name.partition("/")[0] in READ_TYPES
        if is_read and name not in sent:
            _note_unsent(state, mention, name)
    state.mentions.clear()


def _note_unsent(state: ReaderState, mention: Mention, name: str) -> None:
    about = "" if mention.panel is None else mention.panel[1]
    state.note_once(Issue.reference_not_sent, mention.where, about)
    display = mention.display or ""
    if mention.panel is not None:
        named = find_name(NameKind.result, display)
        if named is not None and named.analyte is not None:
            path, element, on = mention.panel
            members, issue = frozenset({name}), Issue.reference_not_sent
            state.panels.append(
                PanelOfResult(
                    named.analyte, path, on, members, issue, is_report=True, element=element
                )
            )
        return
    for kind, list_name in LISTS_OF_KINDS.items():
        thing = find_name(kind, display)
        if thing is not None:
            state.incomplete.add(list_name)
            text = f"shows {thing.label} for what was not sent; it is not known, look at it"
            state.note_once(Issue.reference_not_sent, mention.where, thing.label, text, "warning")


def note_unused(state: ReaderState, resources: Iterable[LocatedResource]) -> None:
    """Say what nothing that was read refers to: a Medication that matters, or a part alone."""
    located = list(resources)
    for path, resource in located:
        if isinstance(resource, Medication) and id(resource) not in state.used_medications:
            _note_unused_medication(state, path, resource, is_alone=len(located) == 1)
    kinds = {type(resource) for _, resource in located}
    if Specimen in kinds and kinds.isdisjoint({Observation, DiagnosticReport}):
        path = next(path for path, resource in located if isinstance(resource, Specimen))
        state.note_once(Issue.not_referred_to, str(path), "Specimen")


def _note_unused_medication(
    state: ReaderState, path: ElementPath, medication: Medication, *, is_alone: bool
) -> None:
    label = next(filter(None, (_label(state, one) for one in _concepts(medication))), None)
    if label is not None:
        text = f"names {label}, and nothing that was read refers to it; not known whether taken"
        state.note_once(Issue.not_referred_to, str(path), label, text, "warning")
    elif is_alone:
        state.note_once(Issue.not_referred_to, str(path), "Medication")


def _concepts(medication: Medication) -> Iterator[CodeableConcept | None]:
    yield medication.code
    for ingredient in medication.ingredient or ():
        yield ingredient.itemCodeableConcept


def _label(state: ReaderState, coded: CodeableConcept | None) -> str | None:
    """What that matters a concept names, by its texts or its codes."""
    named = name_of(coded, KINDS)
    if named is not None:
        return named.label
    for coding in () if coded is None else coded.coding or ():
        meaning = state.codes.find(coding.system, coding.code)
        if meaning is not None and (meaning.history or meaning.cobalamin or meaning.ingredients):
            return meaning.display
    return None

"""What is said of resources of types that nothing is read from."""

import re
from collections.abc import Iterator

import msgspec

from cobalamin.fhir.decode.issues import Issue
from cobalamin.fhir.decode.reader_state import ElementPath, ReaderState
from cobalamin.fhir.decode.references import normalise_reference
from cobalamin.fhir.decode.resources import (
    DECODE_ERRORS,
    NONE,
    SECTIONS,
    Composition,
    IgnoredResource,
    NamingResource,
    is_filled,
    is_withdrawn,
)
from cobalamin.fhir.decode.strings import iter_strings
from cobalamin.service.knowledge.names import NamedThing, NameKind, find_name

# Types that may hold what the rules ask about, and that nothing is read from.
MAY_HOLD_FACTS = frozenset(
    {
        "AdverseEvent",
        "ClinicalImpression",
        "MedicationPrescription",
        "NutritionIntake",
        "NutritionOrder",
        "QuestionnaireResponse",
    }
)
# Which list is not known where one of these names something that matters.
LISTS_OF_NAMES = {
    "CarePlan": "medications",
    "ChargeItem": "administrations",
    "Flag": "conditions",
    "Immunization": "administrations",
    "SupplyDelivery": "administrations",
}
# What asks for something, which a result or a record of medicines tells where it was done.
REQUESTS = frozenset(
    {
        "Appointment",
        "CommunicationRequest",
        "DiagnosticOrder",
        "ProcedureRequest",
        "ReferralRequest",
        "RequestGroup",
        "RequestOrchestration",
        "ServiceRequest",
        "SupplyRequest",
        "Task",
    }
)
KINDS = (NameKind.medicine, NameKind.condition, NameKind.allergy)
IN_ERROR = b'"entered-in-error"'
TYPE_NAME = re.compile(r"[A-Za-z]{1,64}")


def note_ignored(state: ReaderState, path: ElementPath, resource: IgnoredResource) -> None:
    """Say once of each type that may hold facts, or names what matters, that it is not read."""
    kind = type(resource).__name__
    if isinstance(resource, Composition):
        _read_document(state, path, resource)
    if (
        kind == "List"
        and isinstance(resource, NamingResource)
        and bytes(resource.status) == IN_ERROR
    ):
        text = "a List that was entered in error; what it names was read all the same"
        state.note_once(Issue.in_error, path.element("status"), kind, text)
    if kind in MAY_HOLD_FACTS:
        note_unread_type(state, path, kind)
        return
    named = _find_name(resource) if isinstance(resource, NamingResource) else None
    if named is None:
        return
    text = f"names {named.label}, in a type of resource that is not read ({kind})"
    severity = "information" if kind in REQUESTS else None
    state.note_once(Issue.type_not_read, str(path), f"{kind} {named.label}", text, severity)
    if kind in LISTS_OF_NAMES:
        state.incomplete.add(LISTS_OF_NAMES[kind])


def _read_document(state: ReaderState, path: ElementPath, document: Composition) -> None:
    """Remember what a document refers to that was cancelled or entered in error."""
    if not is_withdrawn(document.status):
        return
    state.note_once(Issue.report_withdrawn, path.element("status"), "Composition")
    try:
        sections = SECTIONS.decode(document.section) if is_filled(document.section) else []
    except DECODE_ERRORS:
        state.note(Issue.element_not_read, path.element("section"))
        return
    while sections:
        section = sections.pop()
        sections.extend(section.section or ())
        names = (one.reference for one in section.entry or () if one.reference)
        state.withdrawn_by_report.update(normalise_reference(name) for name in names)


def note_unread_type(state: ReaderState, path: ElementPath, kind: str) -> None:
    """Say once of each type that it is not read."""
    shown = f" ({kind})" if TYPE_NAME.fullmatch(kind) else ""
    text = f"{Issue.type_not_read.value.text}{shown}"
    state.note_once(Issue.type_not_read, str(path), kind, text, "information")


def _find_name(resource: NamingResource) -> NamedThing | None:
    found = (find_name(kind, text) for text in _texts(resource) for kind in KINDS)
    return next((named for named in found if named is not None), None)


def _texts(resource: NamingResource) -> Iterator[str]:
    """Every string of the elements that name something."""
    for raw in msgspec.structs.astuple(resource):
        if raw is not NONE:
            yield from iter_strings(raw)

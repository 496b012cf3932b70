"""What is said of resources of types that nothing is read from."""

import re
from collections.abc import Iterator

import msgspec

from cobalamin.fhir.decode.issues import Issue
from cobalamin.fhir.decode.reader_state import ElementPath, ReaderState
from cobalamin.fhir.decode.resources import (
    NONE,
    IgnoredResource,
    NamingResource,
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
TYPE_NAME = re.compile(r"[A-Za-z]{1,64}")


def note_ignored(state: ReaderState, path: ElementPath, resource: IgnoredResource) -> None:
    """Say once of each type that may hold facts, or names what matters, that it is not read."""
    kind = type(resource).__name__
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

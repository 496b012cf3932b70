"""What is said of resources of types that nothing is read from."""

import re
from collections.abc import Iterable, Iterator

import msgspec

from cobalamin.fhir.decode.issues import Issue
from cobalamin.fhir.decode.reader_state import ElementPath, Mention, ReaderState
from cobalamin.fhir.decode.references import normalise_reference
from cobalamin.fhir.decode.resources import (
    DECODE_ERRORS,
    ITEMS,
    NONE,
    SECTIONS,
    Composition,
    IgnoredResource,
    ListResource,
    NamingResource,
    is_filled,
    is_withdrawn,
)
from cobalamin.fhir.decode.strings import iter_strings
from cobalamin.service.knowledge.names import NameKind, find_name

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
    "EpisodeOfCare": "conditions",
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
# Which list is not known where an item of a List is named so and refers to nothing.
LISTS_OF_KINDS = {
    NameKind.medicine: "medications",
    NameKind.condition: "conditions",
    NameKind.allergy: "allergies",
}
KINDS = tuple(LISTS_OF_KINDS)
IN_ERROR = b'"entered-in-error"'
CONTAINED = "contained"
ITEMS_OF_LIST = "entry"
SYSTEM = b'"system"'
# Nothing of these is read within another resource, but for what reports and panels contain.
_CONTAINED = re.compile(
    rb'"resourceType"\s*:\s*"(?P<kind>Observation|Condition|Procedure|MedicationRequest|MedicationOrder'
    rb"|MedicationStatement|MedicationUsage|MedicationAdministration|MedicationDispense"
    rb'|AllergyIntolerance|FamilyMemberHistory|DiagnosticReport)"'
)
TEXT_ALONE = "a section of this document is text alone, which is not read; look at it"
TYPE_NAME = re.compile(r"[A-Za-z]{1,64}")


def note_ignored(state: ReaderState, path: ElementPath, resource: IgnoredResource) -> None:
    """Say once of each type that may hold facts, or names what matters, that it is not read."""
    kind = type(resource).__name__
    if isinstance(resource, Composition):
        _read_document(state, path, resource)
    if isinstance(resource, ListResource):
        _read_list(state, path, resource)
    if kind in MAY_HOLD_FACTS:
        note_unread_type(state, path, kind)
        return
    if isinstance(resource, NamingResource):
        note_contained(state, path, resource.contained)
        label = _find_name(_texts(resource)) or _find_coded(state, resource)
        if label is not None:
            _note_named(state, path, kind, label)
        elif kind in REQUESTS:
            _note_requested(state, path, kind, resource)


def _note_named(state: ReaderState, path: ElementPath, kind: str, label: str) -> None:
    text = f"names {label}, in a type of resource that is not read ({kind})"
    severity = "information" if kind in REQUESTS else None
    state.note_once(Issue.type_not_read, str(path), f"{kind} {label}", text, severity)
    if kind in LISTS_OF_NAMES:
        state.incomplete.add(LISTS_OF_NAMES[kind])


def _note_requested(
    state: ReaderState, path: ElementPath, kind: str, resource: NamingResource
) -> None:
    """Say once of each type of request that it asks for a test whose result is read."""
    raw = resource.code
    meanings = (state.codes.find(*one) for one in codings_in(raw)) if is_filled(raw) else ()
    if any(meaning is not None and meaning.analyte is not None for meaning in meanings):
        text = f"asks for a test; that it was asked for is not read ({kind})"
        state.note_once(Issue.type_not_read, str(path), f"{kind} test", text, "information")


def _read_list(state: ReaderState, path: ElementPath, resource: ListResource) -> None:
    """Say of a List that it never was, and what its items name that refer to nothing."""
    if bytes(resource.status) == IN_ERROR:
        text = "a List that was entered in error; what it names was read all the same"
        state.note_once(Issue.in_error, path.element("status"), "List", text)
    try:
        items = ITEMS.decode(resource.entry) if is_filled(resource.entry) else []
    except DECODE_ERRORS:
        state.note(Issue.element_not_read, path.element(ITEMS_OF_LIST))
        return
    where = path.element(ITEMS_OF_LIST)
    if any(one.deleted for one in items):
        state.note_once(Issue.list_item_removed, where, str(path))
    named = [one.item for one in items if one.item is not None and not one.deleted]
    state.mentions.extend(
        Mention(where, item.reference, item.display) for item in named if item.reference
    )
    if any(is_filled(one.identifier) and not (one.reference or one.display) for one in named):
        state.note_once(Issue.reference_not_sent, where, "")
    names = dict.fromkeys(item.display for item in named if item.display and not item.reference)
    for kind, list_name in LISTS_OF_KINDS.items():
        label = _find_name(names, (kind,))
        if label is not None:
            _note_named(state, path, "List", label)
            state.incomplete.add(list_name)


def _read_document(state: ReaderState, path: ElementPath, document: Composition) -> None:
    """Remember what a document refers to, to withdraw it where it never was; texts are said."""
    is_gone = is_withdrawn(document.status)
    if is_gone:
        state.note_once(Issue.report_withdrawn, path.element("status"), "Composition")
    try:
        sections = SECTIONS.decode(document.section) if is_filled(document.section) else []
    except DECODE_ERRORS:
        state.note(Issue.element_not_read, path.element("section"))
        return
    while sections:
        section = sections.pop()
        sections.extend(section.section or ())
        entries = [one for one in section.entry or () if one.reference]
        if is_gone:
            names = (normalise_reference(one.reference or "") for one in entries)
            state.withdrawn_by_report.update(names)
            continue
        where = path.element("section.entry")
        state.mentions.extend(Mention(where, one.reference or "", one.display) for one in entries)
        if is_filled(section.text) and not (section.entry or section.section):
            where = path.element("section.text")
            state.note_once(Issue.free_text, where, "Composition", TEXT_ALONE, "warning")


def note_unread_type(state: ReaderState, path: ElementPath, kind: str) -> None:
    """Say once of each type that it is not read."""
    shown = f" ({kind})" if TYPE_NAME.fullmatch(kind) else ""
    text = f"{Issue.type_not_read.value.text}{shown}"
    state.note_once(Issue.type_not_read, str(path), kind, text, "information")


def note_contained(state: ReaderState, path: ElementPath, raw: msgspec.Raw) -> None:
    """Say once of each type that a resource contains where it is not looked for."""
    if raw is NONE:
        return
    for found in _CONTAINED.finditer(bytes(raw)):
        kind = found["kind"].decode()
        text = f"contains a resource that is read only by itself ({kind}); not read"
        state.note_once(Issue.type_not_read, path.element("contained"), f"#{kind}", text)


def _find_name(texts: Iterable[str], kinds: Iterable[NameKind] = KINDS) -> str | None:
    found = (find_name(kind, text) for text in texts for kind in kinds)
    return next((named.label for named in found if named is not None), None)


def _find_coded(state: ReaderState, resource: NamingResource) -> str | None:
    """What a code means that some rule asks about as a medicine, a condition or a symptom."""
    for raw in _named_elements(resource):
        if SYSTEM in bytes(raw):
            for system, code in codings_in(raw):
                meaning = state.codes.find(system, code)
                if meaning is not None and (
                    meaning.history or meaning.features or meaning.cobalamin
                ):
                    return meaning.display
    return None


def codings_in(raw: msgspec.Raw) -> Iterator[tuple[str, str]]:
    """Every system with its code, however deep."""
    waiting: list[object] = [msgspec.json.decode(raw)]
    while waiting:
        found = waiting.pop()
        if isinstance(found, dict):
            system, code = found.get("system"), found.get("code")
            if isinstance(system, str) and isinstance(code, str):
                yield system, code
            waiting.extend(found.values())
        elif isinstance(found, list):
            waiting.extend(found)


def _named_elements(resource: NamingResource) -> Iterator[msgspec.Raw]:
    others = (CONTAINED, ITEMS_OF_LIST)
    names = (name for name in resource.__struct_fields__ if name not in others)
    return (raw for raw in (getattr(resource, name) for name in names) if raw is not NONE)


def _texts(resource: NamingResource) -> Iterator[str]:
    """Every string of the elements that name something."""
    for raw in _named_elements(resource):
        yield from iter_strings(raw)

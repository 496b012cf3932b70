"""Orders that are being written: drafts as clients send them, often incomplete.

Before a product is picked a draft has neither intent nor medication; servers of older FHIR
versions send the older names. What cannot be read is said and never counts as harmless.
"""

import re
from collections.abc import Iterable, Mapping

import msgspec

from cobalamin.fhir.decode.bundles import note_unread_type
from cobalamin.fhir.decode.draft_bundle import iter_entries
from cobalamin.fhir.decode.issues import Issue
from cobalamin.fhir.decode.reader_state import ElementPath, ReaderState
from cobalamin.fhir.decode.resources import (
    DECODE_ERRORS,
    NONE,
    CodeableConcept,
    Medication,
    MedicationResource,
    is_sent,
)
from cobalamin.fhir.readers.draft_codes import DraftCodes, read_draft_codes
from cobalamin.fhir.readers.medication_products import medication_concepts, shown_medication
from cobalamin.fhir.readers.medications import read_medication
from cobalamin.fhir.readers.usability import is_usable
from cobalamin.fhir.values.codings import is_known, read_code, unknown_parts
from cobalamin.fhir.values.subjects import Subjects
from cobalamin.service.knowledge.code_meanings import Codes
from cobalamin.service.knowledge.names import NameKind
from cobalamin.service.rules.model.facts import DraftOrder, HistoryFact, Note
from cobalamin.service.rules.model.units import UnitTable
from cobalamin.service.rules.model.vocabulary import Analyte

# What FHIR allows as an id: anything else is not repeated to the client.
ID = re.compile(r"[A-Za-z0-9.-]{1,64}")
OVER = frozenset({"cancelled", "completed", "entered-in-error", "stopped", "revoked", "rejected"})


class DraftOrders(msgspec.Struct, frozen=True):
    """The selected draft orders, the other drafts of the request, and the notes.

    `unread` is the number of selected orders that could not be looked at, `named` of those that
    name something that matters by no code that is known.
    """

    selected: tuple[DraftOrder, ...] = ()
    others: tuple[DraftOrder, ...] = ()
    notes: tuple[Note, ...] = ()
    unread: int = 0
    named: int = 0


class _Item(msgspec.Struct):
    code: CodeableConcept | None = None


class _DraftOrder(MedicationResource, tag_field="resourceType", kw_only=True):
    """What the kinds of orders share that are looked at; each has a subset of it."""

    code: CodeableConcept | None = None
    item: list[_Item] | None = None
    doNotPerform: bool | None = None
    dosageInstruction: msgspec.Raw = NONE


class _Header(msgspec.Struct):
    resourceType: str
    id: str | None = None


class DraftMedicationRequest(_DraftOrder, tag="MedicationRequest"):
    """A prescription."""


class DraftMedicationOrder(_DraftOrder, tag="MedicationOrder"):
    """A prescription in DSTU2."""


class DraftMedicationStatement(_DraftOrder, tag="MedicationStatement"):
    """Sent among orders by some clients when a medicine is continued."""


class DraftServiceRequest(_DraftOrder, tag="ServiceRequest"):
    """A test or a procedure."""


class DraftProcedureRequest(_DraftOrder, tag="ProcedureRequest"):
    """A test or a procedure in STU3 and DSTU2."""


class DraftDiagnosticOrder(_DraftOrder, tag="DiagnosticOrder"):
    """Tests in DSTU2, one an item."""


_DraftResource = (
    DraftMedicationRequest
    | DraftMedicationOrder
    | DraftMedicationStatement
    | DraftServiceRequest
    | DraftProcedureRequest
    | DraftDiagnosticOrder
)
_DRAFT: msgspec.json.Decoder[_DraftResource | Medication] = msgspec.json.Decoder(
    _DraftResource | Medication
)
_HEADER = msgspec.json.Decoder(_Header)
_MEDICINES = (DraftMedicationRequest, DraftMedicationOrder, DraftMedicationStatement)
_NAMES = frozenset(
    {
        "MedicationRequest",
        "MedicationOrder",
        "MedicationStatement",
        "ServiceRequest",
        "ProcedureRequest",
        "DiagnosticOrder",
        "Medication",
    }
)
ORDERS = "orders"
MEDICINES: tuple[NameKind, ...] = (NameKind.medicine,)
TESTS = (NameKind.result, NameKind.condition)
LocatedDraft = tuple[ElementPath, _DraftResource]


def read_orders(
    raw: msgspec.Raw,
    base: str,
    patient_id: str,
    codes: Codes,
    units: Mapping[Analyte, UnitTable],
    selections: Iterable[str] | None = None,
) -> DraftOrders:
    """The orders of a Bundle of drafts; `selections` names the ones to check, None means all.

    Nothing here fails: an order that cannot be read is counted and noted with its path.
    """
    state = ReaderState(codes=codes, units=units, list_name=ORDERS)
    drafts, seen_names, broken = _drafts(state, raw, base)
    wanted = None if selections is None else frozenset(_key(selection) for selection in selections)
    selected: list[DraftOrder] = []
    others: list[DraftOrder] = []
    unread = broken + len(seen_names & (wanted or frozenset()))
    named = 0
    subjects = Subjects(patient_id)
    for path, draft in drafts:
        if _is_over(draft) or draft.doNotPerform:
            seen_names |= _names(draft)
            continue
        if not subjects.is_counted(state, path, draft):
            continue
        if not is_usable(state, path, draft):
            seen_names |= _names(draft)
            unread += 1
            continue
        order = _order(state, path, draft)
        if wanted is not None and not _is_wanted(wanted, seen_names, draft):
            others.append(order)
            continue
        codes_read = _read_codes(state, path, draft, order)
        named += codes_read.is_named
        if codes_read.is_read:
            selected.append(order)
        else:
            unread += 1
    for _missing in (wanted or frozenset()) - seen_names:
        unread += 1
        state.note_once(Issue.order_not_found, "context.selections", "")
    state.note_unknown_codes()
    return DraftOrders(tuple(selected), tuple(others), tuple(state.notes), unread, named)


def _key(reference: str) -> str:
    """The type and id alone of a relative or absolute reference."""
    return "/".join(reference.split("/_history/", 1)[0].split("/")[-2:])


def _is_wanted(wanted: frozenset[str], seen_names: set[str], draft: _DraftResource) -> bool:
    """Whether a selection names the draft, by type and id or by the id alone."""
    names = _names(draft)
    seen_names |= wanted & names
    return not wanted.isdisjoint(names)


def _names(draft: _DraftResource) -> set[str]:
    return (
        set() if draft.id is None else {f"{type(draft).__struct_config__.tag}/{draft.id}", draft.id}
    )


def _drafts(
    state: ReaderState, raw: msgspec.Raw, base: str
) -> tuple[list[LocatedDraft], set[str], int]:
    """Every order of the Bundle with its place, and how many could not be decoded.

    Between them, how selections may name drafts of types that are not read.
    """
    drafts: list[LocatedDraft] = []
    unread: set[str] = set()
    broken = 0
    for path, resource in iter_entries(state, raw, base):
        if resource is None:
            broken += 1
            continue
        try:
            draft = _DRAFT.decode(resource)
        except DECODE_ERRORS:
            kind, identity = _kind(resource)
            if kind is None or kind in _NAMES:
                broken += 1
                state.note(Issue.entry_not_read, str(path))
            else:
                note_unread_type(state, path, kind)
                unread |= {f"{kind}/{identity}", identity}
            continue
        if isinstance(draft, Medication):
            state.add_medication(path, draft)
        else:
            drafts.append((path, draft))
    return drafts, unread, broken


def _kind(raw: msgspec.Raw) -> tuple[str | None, str]:
    """The type and id of a resource of another shape; no type if that cannot be told."""
    try:
        header = _HEADER.decode(raw)
    except DECODE_ERRORS:
        return None, ""
    return header.resourceType, header.id or ""


def _is_over(draft: _DraftResource) -> bool:
    return (draft.status or "").strip().lower() in OVER


def _read_codes(
    state: ReaderState, path: ElementPath, draft: _DraftResource, order: DraftOrder
) -> DraftCodes:
    """Whether what is ordered could be looked at: by a code, or by a medicine that was sent."""
    if isinstance(draft, _MEDICINES):
        concepts = medication_concepts(state, draft) or (shown_medication(draft),)
        parts, kinds = unknown_parts(state.codes, concepts), MEDICINES
    else:
        tests = [one for one in _tests(draft) if one is not None] or [CodeableConcept()]
        parts, kinds = [one for one in tests if not is_known(state.codes, one)], TESTS
    has_facts = bool(order.history or order.tests)
    return read_draft_codes(state, path, parts, kinds, has_facts=has_facts)


def _tests(draft: _DraftResource) -> tuple[CodeableConcept | None, ...]:
    return (draft.code, *(item.code for item in draft.item or ()))


# --- what an order is to the rules


def _order(state: ReaderState, path: ElementPath, draft: _DraftResource) -> DraftOrder:
    named = draft.id is not None and ID.fullmatch(draft.id)
    reference = f"{type(draft).__struct_config__.tag}/{draft.id}" if named else None
    if isinstance(draft, _MEDICINES):
        return _medicine(state, path, draft, reference)
    return _service(state, path, draft, reference)


def _medicine(
    state: ReaderState, path: ElementPath, draft: _DraftResource, reference: str | None
) -> DraftOrder:
    dosage = draft.dosageInstruction if is_sent(draft.dosageInstruction) else draft.dosage
    facts = read_medication(state, path, draft, dosage)
    form = next((fact.form for fact in facts if fact.form is not None), None)
    return DraftOrder(where=str(path), reference=reference, history=facts, form=form)


def _service(
    state: ReaderState, path: ElementPath, draft: _DraftResource, reference: str | None
) -> DraftOrder:
    """A test by its analyte; a procedure by what it would add to the record."""
    meanings = [read_code(state, path, coded) for coded in _tests(draft)]
    usable = [meaning for meaning in meanings if meaning is not None and meaning.refused is None]
    return DraftOrder(
        where=str(path),
        reference=reference,
        tests=tuple(meaning.analyte for meaning in usable if meaning.analyte is not None),
        history=tuple(HistoryFact(code=code) for meaning in usable for code in meaning.history),
    )

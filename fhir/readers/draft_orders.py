"""Orders that are being written: drafts as clients send them, often incomplete.

Before a product is picked a draft has neither intent nor medication; servers of older FHIR
versions send the older names. What cannot be read is said and never counts as harmless.
"""

import re
from collections.abc import Iterable, Mapping

import msgspec

from cobalamin.fhir.decode.draft_bundle import iter_entries
from cobalamin.fhir.decode.issues import Issue
from cobalamin.fhir.decode.reader_state import ElementPath, ReaderState
from cobalamin.fhir.decode.references import relative_reference
from cobalamin.fhir.decode.resources import (
    DECODE_ERRORS,
    CodeableConcept,
    Medication,
    is_sent,
)
from cobalamin.fhir.decode.unread_types import note_unread_type
from cobalamin.fhir.readers.comments import note_comments
from cobalamin.fhir.readers.details import note_details
from cobalamin.fhir.readers.draft_codes import DraftCodes, read_draft_codes
from cobalamin.fhir.readers.draft_decoding import (
    DRAFT,
    READ_TYPES,
    WITHOUT_ORDER,
    DraftMedicine,
    DraftResource,
    reference_to,
)
from cobalamin.fhir.readers.medication_products import medication_concepts, shown_medication
from cobalamin.fhir.readers.medications import read_medication
from cobalamin.fhir.readers.usability import is_usable
from cobalamin.fhir.values.codings import (
    contradicts_its_codes,
    is_known,
    is_of_other_test,
    read_code,
    unknown_parts,
    why_not_known,
)
from cobalamin.fhir.values.subjects import Subjects
from cobalamin.service.knowledge.code_meanings import Codes
from cobalamin.service.knowledge.names import NameKind
from cobalamin.service.reading_options import DEFAULT_OPTIONS, ReadingOptions
from cobalamin.service.rules.model.facts import DraftOrder, HistoryFact, Note
from cobalamin.service.rules.model.units import UnitTable
from cobalamin.service.rules.model.vocabulary import Analyte

# What FHIR allows as an id: anything else is not repeated to the client.
ID = re.compile(r"[A-Za-z0-9.-]{1,64}")
OVER = frozenset({"cancelled", "completed", "entered-in-error", "stopped", "revoked", "rejected"})
_ISSUES_OF_OVER = {"entered-in-error": Issue.in_error, "cancelled": Issue.withdrawn}


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


class _Tally(msgspec.Struct):
    """What was counted so far; `names` are those by which a selection may name any draft."""

    selected: list[DraftOrder] = []
    others: list[DraftOrder] = []
    names: set[str] = set()
    unread: int = 0
    named: int = 0


class _Header(msgspec.Struct):
    resourceType: str
    id: str | None = None


_HEADER = msgspec.json.Decoder(_Header)
ORDERS = "orders"
MEDICINES: tuple[NameKind, ...] = (NameKind.medicine,)
TESTS = (NameKind.result, NameKind.condition)
LocatedDraft = tuple[ElementPath, DraftResource]


def read_orders(  # noqa: PLR0913 - what was sent, whose it is, and how to read it
    raw: msgspec.Raw,
    base: str,
    subjects: Subjects,
    codes: Codes,
    units: Mapping[Analyte, UnitTable],
    selections: Iterable[str] | None = None,
    *,
    options: ReadingOptions = DEFAULT_OPTIONS,
) -> DraftOrders:
    """The orders of a Bundle of drafts; `selections` names the ones to check, None means all.

    Nothing here fails: an order that cannot be read, or is another person's, is counted and noted
    with its path.
    """
    state = ReaderState(codes=codes, units=units, list_name=ORDERS, options=options)
    wanted = None if selections is None else frozenset(map(relative_reference, selections))
    tally = _Tally()
    for path, draft in _decode_drafts(state, raw, base, tally, wanted):
        is_wanted = _is_wanted(wanted, tally, draft)
        if _is_over(state, path, draft):
            continue
        if not (subjects.is_counted(state, path, draft) and is_usable(state, path, draft)):
            tally.unread += is_wanted
            continue
        note_comments(state, path, draft)
        note_details(state, path, draft)
        order = _order(state, path, draft)
        if not is_wanted:
            _count_unknown_parts(state, path, draft)
            tally.others.append(order)
            continue
        if _is_contradicted(state, draft, order):
            _count_contradicted(state, path, tally)
            continue
        _count_selected(tally, order, _read_codes(state, path, draft, order))
    _count_missing(state, tally, wanted or frozenset())
    state.note_unknown_codes()
    return DraftOrders(
        tuple(tally.selected), tuple(tally.others), tuple(state.notes), tally.unread, tally.named
    )


def _count_selected(tally: _Tally, order: DraftOrder, codes_read: DraftCodes) -> None:
    tally.named += codes_read.is_named
    if codes_read.is_read:
        tally.selected.append(order)
    else:
        tally.unread += 1


def _count_missing(state: ReaderState, tally: _Tally, wanted: frozenset[str]) -> None:
    for _missing in wanted - tally.names:
        tally.unread += 1
        state.note_once(Issue.order_not_found, "context.selections", "")


def _is_wanted(wanted: frozenset[str] | None, tally: _Tally, draft: DraftResource) -> bool:
    """Whether it is to be checked: all are, or a selection names it, by the id alone as well."""
    reference = reference_to(draft)
    names = set() if reference is None or draft.id is None else {reference, draft.id}
    tally.names |= names
    return wanted is None or not wanted.isdisjoint(names)


def _decode_drafts(
    state: ReaderState,
    raw: msgspec.Raw,
    base: str,
    tally: _Tally,
    wanted: frozenset[str] | None,
) -> list[LocatedDraft]:
    """Every order of the Bundle with its place; what is no order that is read is counted."""
    drafts: list[LocatedDraft] = []
    for entry in iter_entries(state, raw, base):
        if entry.resource is None:
            tally.unread += 1
            continue
        try:
            draft = DRAFT.decode(entry.resource)
        except DECODE_ERRORS:
            _count_unread(state, entry.path, entry.resource, tally, wanted)
            continue
        entry.apply_to(draft)
        if isinstance(draft, Medication):
            state.add_medication(entry.path, draft)
        else:
            drafts.append((entry.path, draft))
    return drafts


def _count_unread(
    state: ReaderState,
    path: ElementPath,
    raw: msgspec.Raw,
    tally: _Tally,
    wanted: frozenset[str] | None,
) -> None:
    """Count an order of another shape, or of a type that is not read and may hold an order."""
    kind, identity = _kind(raw)
    if kind is None or kind in READ_TYPES:
        tally.unread += 1
        state.note(Issue.entry_not_read, str(path))
        return
    note_unread_type(state, path, kind)
    names = frozenset({f"{kind}/{identity}", identity})
    tally.names |= names
    if wanted is None:
        tally.unread += kind not in WITHOUT_ORDER
    else:
        tally.unread += not wanted.isdisjoint(names)


def _kind(raw: msgspec.Raw) -> tuple[str | None, str]:
    """The type and id of a resource of another shape; no type if that cannot be told."""
    try:
        header = _HEADER.decode(raw)
    except DECODE_ERRORS:
        return None, ""
    return header.resourceType, header.id or ""


def _is_over(state: ReaderState, path: ElementPath, draft: DraftResource) -> bool:
    """Whether a draft asks for nothing any more, or for something not to be done; it is said."""
    status = (draft.status or "").strip().lower()
    if status in OVER:
        issue = _ISSUES_OF_OVER.get(status, Issue.order_over)
        state.note_once(issue, path.element("status"), str(path))
    elif draft.doNotPerform:
        state.note_once(Issue.order_not_to_do, path.element("doNotPerform"), str(path))
    return status in OVER or bool(draft.doNotPerform)


def _read_codes(
    state: ReaderState, path: ElementPath, draft: DraftResource, order: DraftOrder
) -> DraftCodes:
    """Whether what is ordered could be looked at: by a code, or by a medicine that was sent."""
    kinds = MEDICINES if isinstance(draft, DraftMedicine) else TESTS
    has_facts = bool(order.history or order.tests)
    parts = _unknown_parts(state, draft)
    return read_draft_codes(state, path, parts, kinds, has_facts=has_facts)


def _unknown_parts(state: ReaderState, draft: DraftResource) -> list[CodeableConcept]:
    """What of a draft no known code names."""
    if isinstance(draft, DraftMedicine):
        concepts = medication_concepts(state, draft) or (shown_medication(draft),)
        return unknown_parts(state.codes, concepts)
    tests = [one for one in _tests(draft) if one is not None] or [CodeableConcept()]
    return [one for one in tests if not is_known(state.codes, one)]


def _count_unknown_parts(state: ReaderState, path: ElementPath, draft: DraftResource) -> None:
    """Count what is not known of a draft that is not selected: it is said, and judged later."""
    for part in _unknown_parts(state, draft):
        issue, system = why_not_known(state, part)
        state.count_unknown(issue, system, str(path))


def _count_contradicted(state: ReaderState, path: ElementPath, tally: _Tally) -> None:
    state.note(Issue.text_contradicts, str(path))
    tally.unread += 1
    tally.named += 1


def _is_contradicted(state: ReaderState, draft: DraftResource, order: DraftOrder) -> bool:
    """Whether its text names something that matters, and none of its codes is of that."""
    if isinstance(draft, DraftMedicine):
        concepts = medication_concepts(state, draft)
        return any(contradicts_its_codes(state.codes, one, NameKind.medicine) for one in concepts)
    known = [one for one in _tests(draft) if is_known(state.codes, one)]
    return any(is_of_other_test(state.codes, one, order.tests) for one in known)


def _tests(draft: DraftResource) -> tuple[CodeableConcept | None, ...]:
    return (draft.code, *(item.code for item in draft.item or ()))


# --- what an order is to the rules


def _order(state: ReaderState, path: ElementPath, draft: DraftResource) -> DraftOrder:
    named = draft.id is not None and ID.fullmatch(draft.id)
    reference = reference_to(draft) if named else None
    if isinstance(draft, DraftMedicine):
        return _medicine(state, path, draft, reference)
    return _service(state, path, draft, reference)


def _medicine(
    state: ReaderState, path: ElementPath, draft: DraftResource, reference: str | None
) -> DraftOrder:
    dosage = draft.dosageInstruction if is_sent(draft.dosageInstruction) else draft.dosage
    facts = read_medication(state, path, draft, dosage)
    form = next((fact.form for fact in facts if fact.form is not None), None)
    return DraftOrder(where=str(path), reference=reference, history=facts, form=form)


def _service(
    state: ReaderState, path: ElementPath, draft: DraftResource, reference: str | None
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

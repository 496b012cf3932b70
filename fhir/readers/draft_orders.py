"""Orders that are being written: drafts as clients send them, often incomplete.

Before a product is picked a draft has neither intent nor medication; servers of older FHIR
versions send the older names. What cannot be read is said and never counts as harmless.
"""

import re
from collections.abc import Iterable, Mapping

import msgspec

from cobalamin.fhir.decode.draft_bundle import written
from cobalamin.fhir.decode.issues import Remark
from cobalamin.fhir.decode.reader_state import Place, Reading
from cobalamin.fhir.decode.resources import (
    FAULTS,
    HEADER,
    NONE,
    Coded,
    Medication,
    Medicine,
    Reference,
    is_sent,
)
from cobalamin.fhir.readers.medications import named_as, read_medicine
from cobalamin.fhir.values.codings import read_code
from cobalamin.fhir.values.subjects import Subjects
from cobalamin.service.knowledge.code_meanings import Cobalamin, Codes
from cobalamin.service.rules.model.facts import DraftOrder, HistoryFact, Note
from cobalamin.service.rules.model.units import UnitTable
from cobalamin.service.rules.model.vocabulary import Analyte, Form

# What FHIR allows as an id: anything else is not repeated to the client.
ID = re.compile(r"[A-Za-z0-9.-]{1,64}")
OVER = frozenset({"cancelled", "completed", "entered-in-error", "stopped", "revoked", "rejected"})
_FORMS = {
    Cobalamin.cyanocobalamin: Form.cyanocobalamin,
    Cobalamin.hydroxocobalamin: Form.hydroxocobalamin,
}


class Drafts(msgspec.Struct, frozen=True):
    """The orders that are asked about, the others of the call, and what was noted.

    `unread` is the number of orders asked about that name no code that could be read.
    """

    asked: tuple[DraftOrder, ...] = ()
    beside: tuple[DraftOrder, ...] = ()
    notes: tuple[Note, ...] = ()
    unread: int = 0


class _Item(msgspec.Struct):
    code: Coded | None = None


class _Draft(Medicine, tag_field="resourceType", kw_only=True):
    """What the kinds of orders share that are looked at; each has a subset of it."""

    code: Coded | None = None
    item: list[_Item] | None = None
    doNotPerform: bool | None = None
    dosageInstruction: msgspec.Raw = NONE


class MedicationRequest(_Draft, tag="MedicationRequest"):
    """A prescription."""


class MedicationOrder(_Draft, tag="MedicationOrder"):
    """A prescription in DSTU2."""


class MedicationStatement(_Draft, tag="MedicationStatement"):
    """Sent among orders by some clients when a medicine is continued."""


class ServiceRequest(_Draft, tag="ServiceRequest"):
    """A test or a procedure."""


class ProcedureRequest(_Draft, tag="ProcedureRequest"):
    """A test or a procedure in STU3 and DSTU2."""


class DiagnosticOrder(_Draft, tag="DiagnosticOrder"):
    """Tests in DSTU2, one an item."""


_Kinds = (
    MedicationRequest
    | MedicationOrder
    | MedicationStatement
    | ServiceRequest
    | ProcedureRequest
    | DiagnosticOrder
)
_DRAFT: msgspec.json.Decoder[_Kinds | Medication] = msgspec.json.Decoder(_Kinds | Medication)
_MEDICINES = (MedicationRequest, MedicationOrder, MedicationStatement)
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
Placed = tuple[Place, _Kinds]


def read_orders(
    raw: msgspec.Raw,
    base: str,
    patient_id: str,
    codes: Codes,
    units: Mapping[Analyte, UnitTable],
    selected: Iterable[str] | None = None,
) -> Drafts:
    """The orders of a Bundle of drafts; `selected` are those asked about, None means all.

    Nothing here fails: an order that cannot be read is counted and noted with its path.
    """
    reading = Reading(codes=codes, units=units)
    drafts, broken = _drafts(reading, raw, base)
    wanted = None if selected is None else frozenset(_key(one) for one in selected)
    found: set[str] = set()
    asked: list[DraftOrder] = []
    beside: list[DraftOrder] = []
    unread = broken
    subjects = Subjects(patient_id)
    for place, draft in drafts:
        if _is_over(draft) or draft.doNotPerform:
            found |= _names(draft)
            continue
        if not subjects.is_counted(reading, place, _subject(draft)):
            continue
        order = _order(reading, place, draft)
        if wanted is not None and not _is_wanted(wanted, found, draft):
            beside.append(order)
        elif _is_named(reading, draft):
            asked.append(order)
        else:
            unread += 1
            reading.note(Remark.order_not_named, place.path())
    for _missing in (wanted or frozenset()) - found:
        unread += 1
        reading.mention(Remark.order_not_found, "context.selections", "")
    return Drafts(tuple(asked), tuple(beside), tuple(reading.notes), unread)


def _key(reference: str) -> str:
    """The type and id alone of a relative or absolute reference."""
    return "/".join(reference.split("/_history/", 1)[0].split("/")[-2:])


def _is_wanted(wanted: frozenset[str], found: set[str], draft: _Kinds) -> bool:
    """Whether a selection names the draft, by type and id or by the id alone."""
    names = _names(draft)
    found |= wanted & names
    return not wanted.isdisjoint(names)


def _names(draft: _Kinds) -> set[str]:
    return set() if draft.id is None else {f"{type(draft).__name__}/{draft.id}", draft.id}


def _drafts(reading: Reading, raw: msgspec.Raw, base: str) -> tuple[list[Placed], int]:
    """Every order of the Bundle with its place, and how many could not be decoded."""
    found: list[Placed] = []
    broken = 0
    for place, resource in written(reading, raw, base):
        if resource is None:
            broken += 1
            continue
        try:
            draft = _DRAFT.decode(resource)
        except FAULTS:
            if _is_order(resource):
                broken += 1
                reading.note(Remark.entry_not_read, place.path())
            continue
        if isinstance(draft, Medication):
            reading.keep(place, draft)
        else:
            found.append((place, draft))
    return found, broken


def _is_order(raw: msgspec.Raw) -> bool:
    """Whether a resource of another shape is of a type that would have been looked at."""
    try:
        return HEADER.decode(raw).resourceType in _NAMES
    except FAULTS:
        return True


def _is_over(draft: _Kinds) -> bool:
    return (draft.status or "").strip().lower() in OVER


def _subject(draft: _Kinds) -> Reference | None:
    return draft.subject or draft.patient


def _is_named(reading: Reading, draft: _Kinds) -> bool:
    """Whether a draft says what is ordered: by a code, or by a medicine that was sent as well."""
    if isinstance(draft, _MEDICINES):
        return any(_has_code(coded) for coded in named_as(reading, draft))
    return any(_has_code(coded) for coded in _tests(draft))


def _has_code(coded: Coded | None) -> bool:
    return coded is not None and any(one.code for one in coded.coding or ())


def _tests(draft: _Kinds) -> tuple[Coded | None, ...]:
    return (draft.code, *(item.code for item in draft.item or ()))


# --- what an order is to the rules


def _order(reading: Reading, place: Place, draft: _Kinds) -> DraftOrder:
    named = draft.id is not None and ID.fullmatch(draft.id)
    reference = f"{type(draft).__name__}/{draft.id}" if named else None
    if isinstance(draft, _MEDICINES):
        return _medicine(reading, place, draft, reference)
    return _service(reading, place, draft, reference)


def _medicine(reading: Reading, place: Place, draft: _Kinds, reference: str | None) -> DraftOrder:
    sent = draft.dosageInstruction if is_sent(draft.dosageInstruction) else draft.dosage
    medicine = read_medicine(reading, place, draft, sent)
    if medicine is None:
        return DraftOrder(where=place.path(), reference=reference)
    return DraftOrder(
        where=place.path(),
        reference=reference,
        history=tuple(HistoryFact(code=code, dose=medicine.daily) for code in medicine.codes),
        form=None if medicine.cobalamin is None else _FORMS.get(medicine.cobalamin),
    )


def _service(reading: Reading, place: Place, draft: _Kinds, reference: str | None) -> DraftOrder:
    """A test by its analyte; a procedure by what it would add to the record."""
    meanings = [read_code(reading, place, coded) for coded in _tests(draft)]
    known = [one for one in meanings if one is not None and one.refused is None]
    return DraftOrder(
        where=place.path(),
        reference=reference,
        tests=tuple(one.analyte for one in known if one.analyte is not None),
        history=tuple(HistoryFact(code=code) for one in known for code in one.history),
    )

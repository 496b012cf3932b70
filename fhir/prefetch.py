"""Reads what a CDS client prefetched: each list by itself, all of one patient."""

from collections.abc import Mapping, Sequence
from enum import StrEnum

import msgspec
from msgspec import Struct

from cobalamin.fhir.decode.bundles import Opened, Placed, open_resource, open_root
from cobalamin.fhir.decode.issues import Remark
from cobalamin.fhir.decode.reader_state import Place, Reading
from cobalamin.fhir.decode.resources import FAULTS, HEADER, is_sent
from cobalamin.fhir.reader import facts_of, read_resources
from cobalamin.fhir.values.subjects import Subjects
from cobalamin.service.knowledge.code_meanings import Codes
from cobalamin.service.rules.model.facts import Facts, Note
from cobalamin.service.rules.model.units import UnitTable
from cobalamin.service.rules.model.vocabulary import Analyte

KEYS = (
    "patient",
    "labs",
    "symptoms",
    "conditions",
    "medications",
    "statements",
    "administrations",
    "procedures",
    "allergies",
    "family",
)
REQUIRED = ("patient", "labs")


class KeyState(StrEnum):
    """What became of one prefetch key."""

    absent = "absent"
    null = "null"
    empty = "empty"
    operation_outcome = "operation-outcome"
    unreadable = "unreadable"
    first_page = "first-page"
    read = "read"


UNOBTAINED = frozenset({KeyState.absent, KeyState.operation_outcome, KeyState.unreadable})
BY_PAGES = frozenset({KeyState.read, KeyState.empty})
NOT_KNOWN = UNOBTAINED | {KeyState.first_page}
_NOT_SENT = {
    key: Note(
        code=Remark.list_not_sent.code,
        where=f"prefetch.{key}",
        text=Remark.list_not_sent.value.text,
        severity=Remark.list_not_sent.value.severity,
    )
    for key in KEYS
}
_REMARKS = {
    KeyState.operation_outcome: Remark.list_not_read,
    KeyState.unreadable: Remark.list_not_read,
    KeyState.first_page: Remark.list_incomplete,
}


class _Response(Struct):
    status: str | int = ""


RESPONSE = msgspec.json.Decoder(_Response)
TOLD = ("2", "404", "410")


class Prefetched(Struct, frozen=True, kw_only=True):
    """The facts, and for each key how it was found and where its next page is."""

    facts: Facts
    states: Mapping[str, KeyState]
    next_pages: Mapping[str, str] = {}

    @property
    def unobtained(self) -> tuple[str, ...]:
        """The required keys without which nothing can be said."""
        return tuple(key for key in REQUIRED if self.states[key] in UNOBTAINED)


def read_prefetch(
    prefetch: Mapping[str, msgspec.Raw],
    patient_id: str,
    codes: Codes,
    units: Mapping[Analyte, UnitTable],
    pages: Mapping[str, Sequence[bytes]] | None = None,
    missed: Mapping[str, Remark] | None = None,
) -> Prefetched:
    """The facts of the patient of the request.

    `pages` are the further pages of a list; `missed` says why a list, or the rest of it, could
    not be read back either. Nothing here fails: a list that cannot be read is `unread` in the
    facts and has its state.
    """
    reading = Reading(codes=codes, units=units)
    states: dict[str, KeyState] = {}
    next_pages: dict[str, str] = {}
    resources: list[Placed] = []
    missed = missed or {}
    for key in KEYS:
        value, reason = prefetch.get(key), missed.get(key)
        if value is None:
            states[key] = KeyState.absent
            if reason is None:
                reading.notes.append(_NOT_SENT[key])
            else:
                reading.note(reason, f"prefetch.{key}")
            continue
        opened = Opened()
        states[key] = _open(reading, opened, key, value)
        for number, page in enumerate((pages or {}).get(key, ()), start=2):
            _open_page(reading, opened, f"prefetch.{key}.page[{number}]", page)
        if opened.next_page is not None:
            next_pages[key] = opened.next_page
        if states[key] in BY_PAGES and opened.next_page is not None:
            states[key] = KeyState.first_page
        _say(reading, key, states[key], reason)
        resources.extend(opened.resources)
    read_resources(reading, Subjects(patient_id), resources)
    unread = tuple(key for key, state in states.items() if state in NOT_KNOWN)
    return Prefetched(facts=facts_of(reading, unread), states=states, next_pages=next_pages)


def _open(reading: Reading, opened: Opened, key: str, value: msgspec.Raw) -> KeyState:
    if not is_sent(value):
        return KeyState.null
    notes = len(reading.notes)
    place = Place(f"prefetch.{key}")
    if key == "patient":
        open_resource(reading, opened, place, value, 0)
    else:
        open_root(reading, opened, place, value)
    if _is_wrapped(opened, value):
        del reading.notes[notes:]
        return _open_wrapped(reading, opened, key, value)
    return _state(opened)


def _open_page(reading: Reading, opened: Opened, base: str, page: bytes) -> None:
    """Read a further page; one that cannot be read leaves the list incomplete."""
    before, unread, outcomes = opened.next_page, opened.unread, opened.outcomes
    read = len(opened.resources)
    opened.next_page = None
    open_root(reading, opened, Place(base), page)
    no_data = opened.outcomes > outcomes and len(opened.resources) == read
    if opened.unread > unread or no_data:
        opened.next_page = before


def _is_wrapped(opened: Opened, value: msgspec.Raw) -> bool:
    """Before version 1.0 a value was a response with the resource inside it."""
    if opened.resources or opened.outcomes or opened.unread != 1:
        return False
    try:
        header = HEADER.decode(value)
    except FAULTS:
        return False
    return header.resourceType is None and bool(len(header.response) or len(header.resource))


def _open_wrapped(reading: Reading, opened: Opened, key: str, value: msgspec.Raw) -> KeyState:
    opened.unread = 0
    header = HEADER.decode(value)
    inner = header.resource
    if not is_sent(inner):
        return KeyState.unreadable if _failed(header.response) else KeyState.null
    open_resource(reading, opened, Place(f"prefetch.{key}.resource"), inner, 0)
    return _state(opened)


def _failed(response: msgspec.Raw) -> bool:
    """Whether the client was not told what there is; that there is nothing is an answer."""
    try:
        status = str(RESPONSE.decode(response).status)
    except FAULTS:
        return False
    return bool(status) and not status.startswith(TOLD)


def _state(opened: Opened) -> KeyState:
    if opened.resources:
        return KeyState.read
    if opened.outcomes:
        return KeyState.operation_outcome
    return KeyState.unreadable if opened.unread else KeyState.empty


def _say(reading: Reading, key: str, state: KeyState, reason: Remark | None) -> None:
    for remark in (_REMARKS.get(state), reason):
        if remark is not None:
            reading.note(remark, f"prefetch.{key}")

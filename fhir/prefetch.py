"""Reads the prefetch of a CDS Hooks request, list by list, for one patient."""

from collections.abc import Mapping, Sequence
from datetime import date
from enum import StrEnum

import msgspec
from msgspec import Struct

from cobalamin.fhir.decode.bundles import DecodedBody, add_resource, decode_body
from cobalamin.fhir.decode.issues import Issue
from cobalamin.fhir.decode.reader_state import (
    ElementPath,
    LocatedResource,
    ReaderState,
)
from cobalamin.fhir.decode.resources import DECODE_ERRORS, HEADER, RESPONSE, is_sent
from cobalamin.fhir.reader import build_facts, read_resources
from cobalamin.fhir.values.subjects import Subjects
from cobalamin.service.knowledge.code_meanings import Codes
from cobalamin.service.reading_options import DEFAULT_OPTIONS, ReadingOptions
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
    """State of one prefetch key."""

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
        code=Issue.list_not_sent.code,
        where=f"prefetch.{key}",
        text=Issue.list_not_sent.value.text,
        severity=Issue.list_not_sent.value.severity,
    )
    for key in KEYS
}
_ISSUES = {
    KeyState.operation_outcome: Issue.list_not_read,
    KeyState.unreadable: Issue.list_not_read,
    KeyState.first_page: Issue.list_incomplete,
}


TOLD = ("2", "404", "410")


class PrefetchResult(Struct, frozen=True, kw_only=True):
    """The facts, and per key its state and the URL of its next page.

    `subjects` knows the patient by what the Patient holds, so that drafts can be compared with it.
    """

    facts: Facts
    subjects: Subjects
    states: Mapping[str, KeyState]
    next_pages: Mapping[str, str] = {}

    @property
    def unobtained(self) -> tuple[str, ...]:
        """Required keys that were not obtained."""
        return tuple(key for key in REQUIRED if self.states[key] in UNOBTAINED)


def read_prefetch(  # noqa: PLR0913 - what was sent, what was fetched, and how to read both
    prefetch: Mapping[str, msgspec.Raw],
    patient_id: str,
    codes: Codes,
    units: Mapping[Analyte, UnitTable],
    pages: Mapping[str, Sequence[bytes]] | None = None,
    missed: Mapping[str, Issue] | None = None,
    *,
    options: ReadingOptions = DEFAULT_OPTIONS,
    on: date | None = None,
) -> PrefetchResult:
    """Read the facts of the patient.

    `pages` are further pages per list; `missed` says why a list, or the rest of it, could not be
    fetched. With the day of assessment, `on`, results that no rule asks for on that day are not
    read. Never raises: a list that cannot be read is `unread` in the facts.
    """
    state = ReaderState(codes=codes, units=units, options=options)
    states: dict[str, KeyState] = {}
    next_pages: dict[str, str] = {}
    resources: list[LocatedResource] = []
    missed = missed or {}
    for key in KEYS:
        value, reason = prefetch.get(key), missed.get(key)
        if value is None:
            states[key] = KeyState.absent
            _note_absence(state, key, reason)
            continue
        decoded = DecodedBody()
        states[key] = _open(state, decoded, key, value)
        is_partial = decoded.is_partial
        for number, page in enumerate((pages or {}).get(key, ()), start=2):
            _open_page(state, decoded, f"prefetch.{key}.page[{number}]", page)
        if decoded.next_page is not None:
            next_pages[key] = decoded.next_page
        if states[key] in BY_PAGES and (is_partial or decoded.next_page is not None):
            states[key] = KeyState.first_page
        _note_key_state(state, key, states[key], reason)
        resources.extend(decoded.resources)
    subjects = Subjects(patient_id)
    read_resources(state, subjects, resources, on)
    unread = tuple(key for key, state in states.items() if state in NOT_KNOWN)
    return PrefetchResult(
        facts=build_facts(state, unread), subjects=subjects, states=states, next_pages=next_pages
    )


def _note_absence(state: ReaderState, key: str, reason: Issue | None) -> None:
    if reason is None:
        state.notes.add(_NOT_SENT[key])
    else:
        state.note(reason, f"prefetch.{key}")


def _open(state: ReaderState, decoded: DecodedBody, key: str, value: msgspec.Raw) -> KeyState:
    if not is_sent(value):
        return KeyState.null
    notes = len(state.notes)
    path = ElementPath(f"prefetch.{key}")
    if key == "patient":
        add_resource(state, decoded, path, value, 0)
    else:
        decode_body(state, decoded, path, value)
    if _is_wrapped(decoded, value):
        state.notes.truncate(notes)
        return _open_wrapped(state, decoded, key, value)
    return _state(decoded)


def _open_page(state: ReaderState, decoded: DecodedBody, base: str, page: bytes) -> None:
    """Read a further page; an unreadable one leaves the list incomplete."""
    before, unread, outcomes = decoded.next_page, decoded.unread, decoded.outcomes
    read = len(decoded.resources)
    decoded.next_page = None
    decode_body(state, decoded, ElementPath(base), page)
    no_data = decoded.outcomes > outcomes and len(decoded.resources) == read
    if decoded.unread > unread or no_data:
        decoded.next_page = before


def _is_wrapped(decoded: DecodedBody, value: msgspec.Raw) -> bool:
    """Before version 1.0 a value was a response with the resource inside it."""
    if decoded.resources or decoded.outcomes or decoded.unread != 1:
        return False
    try:
        header = HEADER.decode(value)
    except DECODE_ERRORS:
        return False
    return header.resourceType is None and bool(len(header.response) or len(header.resource))


def _open_wrapped(
    state: ReaderState, decoded: DecodedBody, key: str, value: msgspec.Raw
) -> KeyState:
    decoded.unread = 0
    header = HEADER.decode(value)
    inner = header.resource
    if not is_sent(inner):
        return KeyState.unreadable if _failed(header.response) else KeyState.null
    add_resource(state, decoded, ElementPath(f"prefetch.{key}.resource"), inner, 0)
    return _state(decoded)


def _failed(response: msgspec.Raw) -> bool:
    """Whether a batch response entry is an error; 404 and 410 mean that there is nothing."""
    try:
        status = str(RESPONSE.decode(response).status)
    except DECODE_ERRORS:
        return False
    return bool(status) and not status.startswith(TOLD)


def _state(decoded: DecodedBody) -> KeyState:
    if decoded.resources:
        return KeyState.read
    if decoded.outcomes:
        return KeyState.operation_outcome
    return KeyState.unreadable if decoded.unread else KeyState.empty


def _note_key_state(
    state: ReaderState, key: str, key_state: KeyState, reason: Issue | None
) -> None:
    for issue in (_ISSUES.get(key_state), reason):
        if issue is not None:
            state.note(issue, f"prefetch.{key}")

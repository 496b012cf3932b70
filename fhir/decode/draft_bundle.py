"""Iterate over draft resources of a hook context, leniently."""

from collections.abc import Iterator

import msgspec

from cobalamin.fhir.decode.entries import note_misnamed_entries
from cobalamin.fhir.decode.issues import Issue
from cobalamin.fhir.decode.raw_lists import decode_raw_list, issue_of_list
from cobalamin.fhir.decode.reader_state import ElementPath, ReaderState
from cobalamin.fhir.decode.resources import DECODE_ERRORS, NONE, Resource, is_filled, is_sent
from cobalamin.fhir.decode.test_data import note_test_bundle


class DraftEntry(msgspec.Struct, frozen=True):
    """One entry: its place, its resource, and what changes the meaning of that from outside.

    `resource` is None for an entry that is malformed, which is noted.
    """

    path: ElementPath
    resource: msgspec.Raw | None
    modifiers: msgspec.Raw = NONE
    rules: msgspec.Raw = NONE

    def apply_to(self, draft: Resource) -> None:
        """Give what was decoded the modifiers of its entry and the rules of its Bundle."""
        if is_filled(self.modifiers):
            draft.modifierExtension = self.modifiers
        if is_filled(self.rules):
            draft.implicitRules = self.rules


class _Bundle(msgspec.Struct):
    resourceType: msgspec.Raw = NONE
    entry: msgspec.Raw = NONE
    entries: msgspec.Raw = NONE
    implicitRules: msgspec.Raw = NONE
    meta: msgspec.Raw = NONE


class _Entry(msgspec.Struct):
    resourceType: msgspec.Raw = NONE
    resource: msgspec.Raw = NONE
    fullUrl: str | None = None
    modifierExtension: msgspec.Raw = NONE


BUNDLE = b'"Bundle"'
_BUNDLE = msgspec.json.Decoder(_Bundle)
_ENTRY = msgspec.json.Decoder(_Entry)


def iter_entries(state: ReaderState, raw: msgspec.Raw, base: str) -> Iterator[DraftEntry]:
    """Yield each entry that holds something, with its path."""
    try:
        bundle = _BUNDLE.decode(raw)
        if is_sent(bundle.resourceType) and bytes(bundle.resourceType) != BUNDLE:
            # Some clients send a single draft without a Bundle.
            yield DraftEntry(ElementPath(base), raw)
            return
        entries = decode_raw_list(bundle.entry) if is_sent(bundle.entry) else []
    except DECODE_ERRORS as error:
        state.note(issue_of_list(error), base)
        yield DraftEntry(ElementPath(base), None)
        return
    note_test_bundle(state, ElementPath(base), bundle.meta)
    if note_misnamed_entries(state, base, bundle.entries):
        yield DraftEntry(ElementPath(base), None)
    for index, encoded in enumerate(entries):
        path = ElementPath(base, index)
        try:
            entry = _ENTRY.decode(encoded)
        except DECODE_ERRORS:
            state.note(Issue.entry_not_read, f"{base}.entry[{index}]")
            yield DraftEntry(path, None)
            continue
        if is_sent(entry.resource):
            path.full_url = entry.fullUrl
            yield DraftEntry(path, entry.resource, entry.modifierExtension, bundle.implicitRules)
        elif is_sent(entry.resourceType):  # a resource where an entry has to hold one
            state.note(Issue.entry_not_read, f"{base}.entry[{index}]")
            yield DraftEntry(path, None)

"""Iterate over draft resources of a hook context, leniently."""

from collections.abc import Iterator

import msgspec

from cobalamin.fhir.decode.issues import Issue
from cobalamin.fhir.decode.raw_lists import decode_raw_list, issue_of_list
from cobalamin.fhir.decode.reader_state import ElementPath, ReaderState
from cobalamin.fhir.decode.resources import DECODE_ERRORS, NONE, is_sent


class _Bundle(msgspec.Struct):
    resourceType: msgspec.Raw = NONE
    entry: msgspec.Raw = NONE


class _Entry(msgspec.Struct):
    resource: msgspec.Raw = NONE
    fullUrl: str | None = None


BUNDLE = b'"Bundle"'
_BUNDLE = msgspec.json.Decoder(_Bundle)
_ENTRY = msgspec.json.Decoder(_Entry)


def iter_entries(
    state: ReaderState, raw: msgspec.Raw, base: str
) -> Iterator[tuple[ElementPath, msgspec.Raw | None]]:
    """Yield each resource with its path; None for a malformed one, which is noted."""
    try:
        bundle = _BUNDLE.decode(raw)
        if is_sent(bundle.resourceType) and bytes(bundle.resourceType) != BUNDLE:
            # Some clients send a single draft without a Bundle.
            yield ElementPath(base), raw
            return
        raw_entries = bundle.entry
        entries = decode_raw_list(raw_entries) if is_sent(raw_entries) else []
    except DECODE_ERRORS as error:
        state.note(issue_of_list(error), base)
        yield ElementPath(base), None
        return
    for index, raw_entry in enumerate(entries):
        path = ElementPath(base, index)
        try:
            entry = _ENTRY.decode(raw_entry)
        except DECODE_ERRORS:
            state.note(Issue.entry_not_read, f"{base}.entry[{index}]")
            yield path, None
            continue
        if is_sent(entry.resource):
            path.full_url = entry.fullUrl
            yield path, entry.resource

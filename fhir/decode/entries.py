"""Whether an entry of a Bundle says what a resource holds, by its request and its response."""

import msgspec

from cobalamin.fhir.decode.issues import Issue
from cobalamin.fhir.decode.reader_state import ElementPath, ReaderState
from cobalamin.fhir.decode.references import relative_reference
from cobalamin.fhir.decode.resources import (
    DECODE_ERRORS,
    NONE,
    REQUEST,
    RESPONSE,
    BundleEntry,
    WholeEntry,
    is_sent,
)

DELETE = "DELETE"
OTHER_METHODS = frozenset({DELETE, "PATCH", "GET", "HEAD"})
HISTORY = "history"
SUCCEEDED = ("1", "2", "3")
ENTRIES = "FHIR calls it `entry`; nothing of it was read"


def states_content(
    state: ReaderState,
    path: ElementPath,
    entry: BundleEntry | WholeEntry,
    deleted: set[str],
    *,
    is_history: bool,
) -> bool:
    """Whether an entry says what a resource holds; one that does not is noted.

    The entries of a transaction, batch or history with POST or PUT are read as what they hold. Not
    read are one that deletes, patches or asks for a resource, one that a server answered with an
    error, and in a history, whose newest entries come first, an older version of what was deleted.
    """
    is_read = entry.response is NONE or not _has_failed(state, path, entry)
    if entry.request is NONE or not is_sent(entry.request):
        return is_read
    try:
        request = REQUEST.decode(entry.request)
    except DECODE_ERRORS:
        return is_read
    method, url = (request.method or "").strip().upper(), (request.url or "").strip()
    target = relative_reference((url or entry.fullUrl or "").split("?", 1)[0])
    is_gone = is_history and target in deleted
    if method == DELETE and target:
        deleted.add(target)
    if is_gone or method in OTHER_METHODS:
        state.note(Issue.entry_deleted, str(path))
        return False
    return is_read


def note_misnamed_entries(state: ReaderState, base: str, raw: msgspec.Raw) -> int:
    """Say that a Bundle has its resources in `entries`; the number of lists that were not read."""
    if raw is NONE or not is_sent(raw):
        return 0
    state.note(Issue.element_not_read, f"{base}.entries", ENTRIES)
    return 1


def _has_failed(state: ReaderState, path: ElementPath, entry: BundleEntry | WholeEntry) -> bool:
    """Whether a server answered with an error; what was asked for is not known then."""
    try:
        status = str(RESPONSE.decode(entry.response).status).strip()
    except DECODE_ERRORS:
        status = ""
    if not status or status.startswith(SUCCEEDED):
        return False
    state.note(Issue.entry_failed, str(path))
    return True

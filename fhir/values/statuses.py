"""Statuses of results. Only final ones count."""

from cobalamin.fhir.decode.issues import Issue
from cobalamin.fhir.decode.reader_state import ElementPath, ReaderState

FINAL = frozenset({"final", "amended", "corrected"})
REPLACING = frozenset({"amended", "corrected"})
_NOT_FINAL = {
    "preliminary": Issue.not_final,
    "registered": Issue.not_final,
    "partial": Issue.not_final,
    "unknown": Issue.not_final,
    "cancelled": Issue.withdrawn,
    "entered-in-error": Issue.in_error,
}
NEVER_WAS = frozenset({Issue.withdrawn, Issue.in_error})


def issue_of_status(state: ReaderState, path: ElementPath, status: str | None) -> Issue | None:
    """Why a result with this status does not count; None if it does."""
    if status in FINAL:
        return None
    if not status:
        return Issue.status_missing
    spelled = status.strip().lower()
    if spelled in FINAL:
        state.note_once(Issue.status_spelled, path.element("status"), "")
        return None
    return _NOT_FINAL.get(spelled, Issue.status_unknown)

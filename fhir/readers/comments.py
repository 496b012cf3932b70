"""Comments beside what was sent: never a fact, always said, and warned of where they bear on it."""

from collections.abc import Iterable
from itertools import islice

import msgspec

from cobalamin.fhir.decode.issues import Issue
from cobalamin.fhir.decode.reader_state import ElementPath, ReaderState
from cobalamin.fhir.decode.resources import (
    NONE,
    DiagnosticReport,
    FamilyMemberHistory,
    Observation,
    Procedure,
    Resource,
    is_filled,
)
from cobalamin.fhir.decode.strings import iter_strings
from cobalamin.service.knowledge.names import NameKind, names_in_comment

_OF_OBSERVATION = ("note", "comment", "comments")
_OF_REPORT = ("note", "conclusion", "conclusionCode", "codedDiagnosis", "presentedForm")
_OF_OTHERS = ("note", "notes")
# A comment on a result names that result; one on a medicine may name another medicine.
_OF_RECORD = (NameKind.comment, NameKind.medicine)
_KINDS: dict[type[Resource | Observation], tuple[NameKind, ...]] = {
    Observation: (NameKind.comment,),
    DiagnosticReport: (NameKind.comment,),
    FamilyMemberHistory: (NameKind.comment, NameKind.condition),
    Procedure: (*_OF_RECORD, NameKind.condition),
}


def note_comments(state: ReaderState, path: ElementPath, resource: Resource | Observation) -> None:
    """Say once that comments were sent, and once of each thing that bears on what they are of."""
    for element in _elements(resource):
        raw: msgspec.Raw = getattr(resource, element)
        if raw is not NONE and is_filled(raw):
            where = path.element(element)
            note_comment(state, where, iter_strings(raw), _KINDS.get(type(resource), _OF_RECORD))


def note_comment(
    state: ReaderState,
    where: str,
    texts: Iterable[str],
    kinds: Iterable[NameKind] = (NameKind.comment,),
) -> None:
    """Say so of one comment, given as its texts; `kinds` are of what is looked for in it."""
    state.note_once(Issue.comment_not_read, where, "")
    _warn(state, where, texts, kinds)


def warn_of_text(state: ReaderState, path: ElementPath, observation: Observation) -> None:
    """Warn of a result that has no known code and is a text that names something that matters."""
    raw = observation.valueString
    if raw is not NONE and is_filled(raw):
        kinds = (NameKind.result, NameKind.comment)
        _warn(state, path.element("valueString"), iter_strings(raw), kinds)


def _warn(state: ReaderState, where: str, texts: Iterable[str], kinds: Iterable[NameKind]) -> None:
    for text in islice(texts, state.texts_left):
        state.texts_left -= 1
        for label in names_in_comment(text, kinds):
            said = f"a comment names {label}; comments are not read, look at it"
            state.note_once(Issue.comment_not_read, where, label, said, "warning")


def _elements(resource: Resource | Observation) -> tuple[str, ...]:
    if isinstance(resource, Observation):
        return _OF_OBSERVATION
    if not isinstance(resource, DiagnosticReport):
        return _OF_OTHERS
    holds_results = is_filled(resource.result) or is_filled(resource.contained)
    # The narrative of a report with results says what these say.
    return _OF_REPORT if holds_results else (*_OF_REPORT, "text")

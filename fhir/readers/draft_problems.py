"""Read draft Conditions of problem-list-item-create, which are often incomplete."""

from collections.abc import Mapping

import msgspec

from cobalamin.fhir.decode.draft_bundle import DraftEntry, iter_entries
from cobalamin.fhir.decode.issues import Issue
from cobalamin.fhir.decode.reader_state import ElementPath, ReaderState
from cobalamin.fhir.decode.resources import (
    DECODE_ERRORS,
    RESOURCE,
    Condition,
    IgnoredResource,
    ReadResource,
)
from cobalamin.fhir.readers.comments import note_comments
from cobalamin.fhir.readers.conditions import is_current, read_condition
from cobalamin.fhir.readers.draft_codes import read_draft_codes
from cobalamin.fhir.readers.usability import is_usable
from cobalamin.fhir.values.codings import read_code, unknown_parts
from cobalamin.fhir.values.subjects import Subjects
from cobalamin.service.knowledge.code_meanings import Codes
from cobalamin.service.knowledge.names import NameKind
from cobalamin.service.reading_options import DEFAULT_OPTIONS, ReadingOptions
from cobalamin.service.rules.model.facts import DraftProblem, Note
from cobalamin.service.rules.model.units import UnitTable
from cobalamin.service.rules.model.vocabulary import Analyte

PROBLEMS = "problems"
NAMES = (NameKind.condition,)


class DraftProblems(msgspec.Struct, frozen=True):
    """The draft problems, the notes, and the number that could not be read."""

    problems: tuple[DraftProblem, ...] = ()
    notes: tuple[Note, ...] = ()
    unread: int = 0


def read_problems(
    raw: msgspec.Raw,
    base: str,
    subjects: Subjects,
    codes: Codes,
    units: Mapping[Analyte, UnitTable],
    options: ReadingOptions = DEFAULT_OPTIONS,
) -> DraftProblems:
    """Read the Conditions of a Bundle; a resolved or refuted one adds nothing.

    Never raises: a problem that cannot be read, or is another's, is counted and noted.
    """
    state = ReaderState(codes=codes, units=units, list_name=PROBLEMS, options=options)
    problems: list[DraftProblem] = []
    unread = 0
    for entry in iter_entries(state, raw, base):
        path, condition = entry.path, _decode(state, entry)
        if condition is None:
            unread += 1
        elif not isinstance(condition, Condition):
            state.note(Issue.type_not_read, str(path))
        elif not _is_looked_at(state, subjects, path, condition):
            unread += 1
        else:
            note_comments(state, path, condition)
            problems.append(_problem(state, path, condition))
    state.note_unknown_codes()
    return DraftProblems(tuple(problems), tuple(state.notes), unread)


def _decode(state: ReaderState, entry: DraftEntry) -> ReadResource | IgnoredResource | None:
    if entry.resource is None:
        return None
    try:
        decoded = RESOURCE.decode(entry.resource)
    except DECODE_ERRORS:
        state.note(Issue.entry_not_read, str(entry.path))
        return None
    if isinstance(decoded, Condition):
        entry.apply_to(decoded)
    return decoded


def _is_looked_at(
    state: ReaderState, subjects: Subjects, path: ElementPath, condition: Condition
) -> bool:
    """Whether it is the patient's, usable, and named by a code that is known or harmless."""
    if not subjects.is_counted(state, path, condition) or not is_usable(state, path, condition):
        return False
    if not _is_named(condition):
        state.note(Issue.problem_not_named, str(path))
        return False
    return _is_read(state, path, condition)


def _is_read(state: ReaderState, path: ElementPath, condition: Condition) -> bool:
    parts = unknown_parts(state.codes, (condition.code,))
    return read_draft_codes(state, path, parts, NAMES, has_facts=False).is_read


def _is_named(condition: Condition) -> bool:
    return condition.code is not None and any(one.code for one in condition.code.coding or ())


def _problem(state: ReaderState, path: ElementPath, condition: Condition) -> DraftProblem:
    """The facts that the Condition would add to the record."""
    features, history = len(state.features), len(state.history)
    meaning = read_code(state, path, condition.code)
    if meaning is None:
        return DraftProblem(where=str(path))
    read_condition(state, path, condition)
    return DraftProblem(
        where=str(path),
        features=tuple(state.features[features:]),
        history=tuple(fact for fact in state.history[history:] if fact.active),
        diagnosis=meaning.diagnosis if is_current(state.codes, condition) else None,
    )

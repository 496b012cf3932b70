"""Whether the codes of a draft are read; a draft that is not read is never taken for harmless."""

from collections.abc import Sequence

from msgspec import Struct

from cobalamin.fhir.decode.issues import Issue
from cobalamin.fhir.decode.reader_state import ElementPath, ReaderState
from cobalamin.fhir.decode.resources import CodeableConcept
from cobalamin.fhir.values.codings import name_of, why_not_known
from cobalamin.service.knowledge.names import NameKind


class DraftCodes(Struct, frozen=True):
    """Whether a draft could be looked at, and whether it names something that matters."""

    is_read: bool
    is_named: bool = False


def read_draft_codes(
    state: ReaderState,
    path: ElementPath,
    parts: Sequence[CodeableConcept],
    kinds: Sequence[NameKind],
    *,
    has_facts: bool,
) -> DraftCodes:
    """Count the parts of a draft that no known code names, by their systems.

    A draft is read if some rule asks about a part of it, or if what is not known is of a system
    that is read: what no rule asks about is harmless. It is not read if a system is not, if there
    is no code, or if a display or text names something that matters.
    """
    read_parts = [_read_part(state, path, part, kinds) for part in parts]
    return DraftCodes(
        is_read=has_facts or all(draft_part.is_read for draft_part in read_parts),
        is_named=any(draft_part.is_named for draft_part in read_parts),
    )


def _read_part(
    state: ReaderState, path: ElementPath, part: CodeableConcept, kinds: Sequence[NameKind]
) -> DraftCodes:
    issue, system = why_not_known(state, part)
    named = name_of(part, kinds)
    if issue in (Issue.free_text, Issue.code_missing):
        state.note_once(Issue.order_not_named, str(path), str(path))
        return DraftCodes(is_read=False, is_named=named is not None)
    state.count_unknown(issue, system, str(path))
    if named is not None:
        text = f"names {named.label}, by no code that is known; it was not checked"
        state.note(issue, str(path), text, "warning")
    return DraftCodes(issue is Issue.code_not_known and named is None, named is not None)

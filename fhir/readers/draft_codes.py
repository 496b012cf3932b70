"""Whether the codes of a draft are read; a draft that is not read is never taken for harmless."""

from collections.abc import Iterable, Sequence

from msgspec import Struct

from cobalamin.fhir.decode.issues import Issue
from cobalamin.fhir.decode.reader_state import ElementPath, ReaderState
from cobalamin.fhir.decode.resources import CodeableConcept
from cobalamin.fhir.values.codings import is_known, name_of, why_not_known
from cobalamin.service.knowledge.names import NameKind


class DraftCodes(Struct, frozen=True):
    """Whether a draft could be looked at, and whether it names something that matters."""

    is_read: bool
    is_named: bool = False


def read_draft_codes(
    state: ReaderState,
    path: ElementPath,
    concepts: Sequence[CodeableConcept | None],
    kinds: Iterable[NameKind],
) -> DraftCodes:
    """Look whether any code is known; count the draft by its system if none is.

    A draft is read if a code is known, or is unknown in a system that is read: what no rule asks
    about is harmless. It is not read if its systems are not, if it has no code, or if its display
    or text names something that matters.
    """
    if any(is_known(state.codes, concept) for concept in concepts):
        return DraftCodes(is_read=True)
    issue, system = why_not_known(state, _merged(concepts))
    named = name_of(_merged(concepts), kinds)
    if issue in (Issue.free_text, Issue.code_missing):
        return DraftCodes(is_read=False, is_named=named is not None)
    state.count_unknown(issue, system, str(path))
    if named is not None:
        text = f"names {named.label}, by no code that is known; it was not checked"
        state.note(issue, str(path), text, "warning")
    return DraftCodes(issue is Issue.code_not_known and named is None, named is not None)


def _merged(concepts: Iterable[CodeableConcept | None]) -> CodeableConcept:
    """All codings together, and all texts."""
    sent = [concept for concept in concepts if concept is not None]
    codings = [coding for concept in sent for coding in concept.coding or ()]
    return CodeableConcept(codings, " ".join(concept.text for concept in sent if concept.text))

"""Resources of a read type that cannot be decoded: what can be told of them is refused or noted."""

from collections.abc import Sequence

import msgspec

from cobalamin.fhir.decode.issues import Issue
from cobalamin.fhir.decode.reader_state import ALLERGIES, LABS, LISTS, ElementPath, ReaderState
from cobalamin.fhir.decode.resources import CODE_ONLY, DECODE_ERRORS, RESOURCE, CodeableConcept
from cobalamin.service.knowledge.code_meanings import Meaning
from cobalamin.service.knowledge.names import NameKind, find_name


def refuse_malformed(state: ReaderState, path: ElementPath, raw: bytes, kind: str) -> None:
    """Refuse a malformed result by its analyte, if its code can be decoded.

    The list of anything else is not known.
    """
    name = LISTS.get(kind, LABS)
    if name != LABS:
        state.incomplete.add(name)
    try:
        coded = CODE_ONLY.decode(raw).code
        element = _element(raw)
    except DECODE_ERRORS:
        coded, element = None, ""
    codings = () if coded is None else coded.coding or ()
    meanings = [m for c in codings if (m := state.codes.find(c.system, c.code)) is not None]
    if name == ALLERGIES:
        state.unread_allergy |= _may_bar_b12(coded, meanings)
    analyte = next((m.analyte for m in meanings if m.analyte is not None), None)
    if analyte is None:
        state.note(Issue.entry_not_read, path.element(element))
    else:
        state.refuse(analyte, Issue.entry_not_read, path.element(element))


def _element(raw: bytes) -> str:
    """The invalid element, as the decoder names it."""
    try:
        RESOURCE.decode(raw)
    except msgspec.ValidationError as error:
        _, _, path = str(error).rpartition("`$.")
        return path.rstrip("`") if path != str(error) else ""
    return ""


def _may_bar_b12(coded: CodeableConcept | None, meanings: Sequence[Meaning]) -> bool:
    """Whether a malformed allergy may be one to vitamin B12; one of which nothing is left may."""
    codings = () if coded is None else coded.coding or ()
    names = [t for t in (coded and coded.text, *(c.display for c in codings)) if t]
    named = any(find_name(NameKind.allergy, name) is not None for name in names)
    return named or any(m.allergy for m in meanings) or not (codings or names)

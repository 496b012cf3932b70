"""Map codings to their meaning for the rules."""

import msgspec

from cobalamin.fhir.decode.issues import Issue
from cobalamin.fhir.decode.reader_state import ElementPath, ReaderState
from cobalamin.fhir.decode.resources import (
    CONCEPT,
    CONCEPTS,
    DECODE_ERRORS,
    CodeableConcept,
    CodingElement,
)
from cobalamin.service.knowledge.code_meanings import Codes, Meaning

LOINC = "http://loinc.org"


def read_code(
    state: ReaderState, path: ElementPath, coded: CodeableConcept | None
) -> Meaning | None:
    """The meaning of a concept; None for a code that is not known."""
    if coded is None or not coded.coding:
        if coded is not None and coded.text:
            state.note_once(Issue.free_text, path.element("code"), "")
        return None
    codings = coded.coding
    if len(codings) == 1:
        return _one(state, path, codings[0])
    return _agreed(state, path, codings)


def _one(state: ReaderState, path: ElementPath, coding: CodingElement) -> Meaning | None:
    system, code = coding.system, coding.code
    if code is None:
        return None
    if system is None:
        return _without_system(state.codes, code)
    table = state.codes.systems.get(system)
    if table is None:
        return None
    meaning = table.find(code)
    if meaning is not None and table.aliased:
        state.note_once(Issue.system_alias, path.element("code.coding"), system)
    return meaning


def _without_system(codes: Codes, code: str) -> Meaning | None:
    """A LOINC code without a system is refused by its analyte, not guessed."""
    meaning = codes.find(LOINC, code)
    if meaning is None or meaning.analyte is None:
        return None
    return Meaning(
        display=meaning.display,
        analyte=meaning.analyte,
        refused=Issue.system_missing.value.text,
    )


def _agreed(state: ReaderState, path: ElementPath, codings: list[CodingElement]) -> Meaning | None:
    """The meaning that all known codings share; refused codes beside a usable one are ignored."""
    known = [m for m in (_one(state, path, coding) for coding in codings) if m is not None]
    usable = [m for m in known if m.refused is None and m.unread is None] or known
    if not usable:
        return None
    first = usable[0]
    if any(m.analyte is not first.analyte for m in usable):
        return Meaning(
            display=first.display,
            analyte=first.analyte or next(m.analyte for m in usable if m.analyte),
            refused=Issue.codes_disagree.value.text,
        )
    return first if len(usable) == 1 or first.units is None else _widened(first, usable)


def _widened(first: Meaning, usable: list[Meaning]) -> Meaning:
    """Codings of one analyte with different kinds of quantity accept the units of both."""
    return first if all(m.units == first.units for m in usable) else _any_unit(first)


def _any_unit(meaning: Meaning) -> Meaning:
    return Meaning(display=meaning.display, analyte=meaning.analyte)


def read_coded(raw: msgspec.Raw) -> CodeableConcept | None:
    """Decode a CodeableConcept, or the only one of a list; None if malformed."""
    try:
        if bytes(raw)[:1] == b"[":
            several = CONCEPTS.decode(raw)
            return several[0] if len(several) == 1 else None
        return CONCEPT.decode(raw)
    except DECODE_ERRORS:
        return None


def first_code(raw: msgspec.Raw) -> str | None:
    """The first code of a CodeableConcept, or the string of older FHIR versions."""
    if not len(raw):
        return None
    try:
        if bytes(raw)[:1] == b'"':
            return bytes(raw).decode().strip('"').lower()
        coded = CONCEPT.decode(raw)
    except DECODE_ERRORS:
        return None
    codes = [c.code for c in coded.coding or () if c.code]
    return codes[0].strip().lower() if codes else None

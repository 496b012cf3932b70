"""From codings to what they mean to the rules."""

import msgspec

from cobalamin.fhir.decode.issues import Remark
from cobalamin.fhir.decode.reader_state import Place, Reading
from cobalamin.fhir.decode.resources import CODED, CODEDS, FAULTS, Coded, Coding
from cobalamin.service.knowledge.code_meanings import Codes, Meaning

LOINC = "http://loinc.org"


def read_code(reading: Reading, place: Place, coded: Coded | None) -> Meaning | None:
    """What a resource's code means; None for a code that no rule asks about."""
    if coded is None or not coded.coding:
        if coded is not None and coded.text:
            reading.mention(Remark.free_text, place.path("code"), "")
        return None
    codings = coded.coding
    if len(codings) == 1:
        return _one(reading, place, codings[0])
    return _agreed(reading, place, codings)


def _one(reading: Reading, place: Place, coding: Coding) -> Meaning | None:
    system, code = coding.system, coding.code
    if code is None:
        return None
    if system is None:
        return _without_system(reading.codes, code)
    table = reading.codes.systems.get(system)
    if table is None:
        return None
    meaning = table.find(code)
    if meaning is not None and table.aliased:
        reading.mention(Remark.system_alias, place.path("code.coding"), system)
    return meaning


def _without_system(codes: Codes, code: str) -> Meaning | None:
    """A LOINC code without its system is refused by name: it was meant, and is not guessed."""
    meaning = codes.find(LOINC, code)
    if meaning is None or meaning.analyte is None:
        return None
    return Meaning(
        display=meaning.display,
        analyte=meaning.analyte,
        refused=Remark.system_missing.value.text,
    )


def _agreed(reading: Reading, place: Place, codings: list[Coding]) -> Meaning | None:
    """The meaning that all known codings share; a trap beside a good code is passed over."""
    known = [m for m in (_one(reading, place, coding) for coding in codings) if m is not None]
    usable = [m for m in known if m.refused is None and m.unread is None] or known
    if not usable:
        return None
    first = usable[0]
    if any(m.analyte is not first.analyte for m in usable):
        return Meaning(
            display=first.display,
            analyte=first.analyte or next(m.analyte for m in usable if m.analyte),
            refused=Remark.codes_disagree.value.text,
        )
    return first if len(usable) == 1 or first.units is None else _widened(first, usable)


def _widened(first: Meaning, usable: list[Meaning]) -> Meaning:
    """Codings of one analyte for different kinds of quantity leave the kind to the unit."""
    return first if all(m.units == first.units for m in usable) else _any_unit(first)


def _any_unit(meaning: Meaning) -> Meaning:
    return Meaning(display=meaning.display, analyte=meaning.analyte)


def read_coded(raw: msgspec.Raw) -> Coded | None:
    """A CodeableConcept, or the only one of a list; None where it has another shape."""
    try:
        if bytes(raw)[:1] == b"[":
            several = CODEDS.decode(raw)
            return several[0] if len(several) == 1 else None
        return CODED.decode(raw)
    except FAULTS:
        return None


def first_code(raw: msgspec.Raw) -> str | None:
    """The first code of a CodeableConcept, or the word that older versions sent in its place."""
    if not len(raw):
        return None
    try:
        if bytes(raw)[:1] == b'"':
            return bytes(raw).decode().strip('"').lower()
        coded = CODED.decode(raw)
    except FAULTS:
        return None
    codes = [c.code for c in coded.coding or () if c.code]
    return codes[0].strip().lower() if codes else None

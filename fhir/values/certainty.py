"""How sure a diagnosis of ICD-10-GM is: a letter in an extension, or behind the code."""

import re
from collections.abc import Iterator

import msgspec

from cobalamin.fhir.decode.resources import (
    DECODE_ERRORS,
    EXTENSIONS,
    CodedDiagnosis,
    Condition,
    Extension,
    is_filled,
)
from cobalamin.service.knowledge.code_meanings import Codes

RULED_OUT, SUSPECTED, STATE_AFTER, CERTAIN = "A", "V", "Z", "G"
CERTAINTIES = frozenset({RULED_OUT, SUSPECTED, STATE_AFTER, CERTAIN})
# The extension that German claims put beside the code (KBV).
CERTAINTY = "/icd-10-gm-diagnosesicherheit"
ICD_10 = "http://hl7.org/fhir/sid/icd-10"
# Claims write the letter behind the code, often with that of the side: R, L or B. No code of ICD-10
# itself ends in a letter; those of ICD-10-CM do.
_BEHIND_CODE = re.compile(r"[A-Z][0-9]{2}\.?[0-9-]{0,2}[^A-Z0-9]*(?P<marks>[AGVZRLB][^0-9]*)")


def find_certainties(codes: Codes, condition: Condition) -> set[str]:
    """The certainties of a diagnosis in capitals: A, G, V, Z, or what was sent in their place."""
    said = {_letter_of(one) for one in _extensions(condition)}
    coded = condition.code
    for coding in () if coded is None else coded.coding or ():
        table = codes.find_system(coding.system)
        if table is not None and table.url == ICD_10:
            found = _BEHIND_CODE.fullmatch((coding.code or "").strip().upper())
            said |= CERTAINTIES.intersection("" if found is None else found["marks"])
    return said


def _letter_of(extension: Extension) -> str:
    coding = extension.valueCoding
    sent = extension.valueCode or extension.valueString or (coding and coding.code)
    return (sent or "").strip().upper()


def _extensions(condition: Condition) -> Iterator[Extension]:
    coded = condition.code or CodedDiagnosis()
    held = (coding.extension for coding in coded.coding or ())
    for raw in (condition.extension, coded.extension, *held):
        for extension in _decode(raw):
            if (extension.url or "").lower().endswith(CERTAINTY):
                yield extension


def _decode(raw: msgspec.Raw) -> list[Extension]:
    try:
        return EXTENSIONS.decode(raw) if is_filled(raw) else []
    except DECODE_ERRORS:
        return []

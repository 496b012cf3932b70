"""Values, units and reference ranges of OBX segments as elements of a FHIR Observation."""

import re
from collections.abc import Iterable

import msgspec

from cobalamin.fhir.decode.issues import Issue
from cobalamin.fhir.decode.reader_state import ElementPath, ReaderState
from cobalamin.fhir.decode.resources import NONE
from cobalamin.fhir.values.numbers import is_ambiguous, parse_number_text
from cobalamin.fhir.values.unit_labels import parse_concentration
from cobalamin.fhir.values.units import SPELLINGS
from cobalamin.service.lab.hl7v2.concepts import read_coded_element
from cobalamin.service.lab.hl7v2.segment import Segment

UCUM = "http://unitsofmeasure.org"
CONCEPT = frozenset({"CE", "CWE", "CNE", "CF", "IS"})
NUMERIC = "NM"
EQUAL = "="
STRUCTURED = "SN"
# A value without a type is read as text is, and noted.
TEXTS = frozenset({NUMERIC, "ST", "ID", ""})
# Components, subcomponents and repetitions.
PARTS = re.compile(r"[~^&]")
JSON_NUMBER = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?\Z")
NUMBER = re.compile(r"(?P<sign><=|>=|=<|=>|<|>)?\s*(?P<number>[0-9]*\.?[0-9]+|[0-9]+\.)\Z")
SIGNS = {"=<": "<=", "=>": ">="}
LIMIT = r"[0-9]+(?:\.[0-9]+)?"
RANGES = (
    re.compile(rf"[\[(]?\s*(?P<low>{LIMIT})\s*(?:-|–|;|\.\.|to)\s*(?P<high>{LIMIT})\s*[\])]?\Z"),
    re.compile(rf"(?:<=?|up to)\s*(?P<high>{LIMIT})\Z"),
    re.compile(rf">=?\s*(?P<low>{LIMIT})\Z"),
)
_encode = msgspec.json.Encoder().encode
# An element that nothing is read from, whatever it holds.
UNREAD = {"valueAttachment": msgspec.Raw(b"{}")}


def to_raw(value: object) -> msgspec.Raw:
    """The JSON of a value."""
    return msgspec.Raw(_encode(value))


def read_value(segment: Segment) -> dict[str, msgspec.Raw]:
    """The value[x] of a result, and never none where something was sent that is not read."""
    if segment.is_null(5):
        return {"dataAbsentReason": to_raw({})}
    if segment.repetitions(5) > 1:
        # More than one value: none of them is the result.
        return {"valueQuantity": to_raw({}), "valueString": to_raw("")}
    elements = _read_single(segment)
    return elements or (UNREAD if segment.whole(5) else {})


def _read_single(segment: Segment) -> dict[str, msgspec.Raw]:
    kind = segment.text(2).upper()
    if kind in CONCEPT:
        coded = read_coded_element(segment, 5)
        return {} if coded is None else {"valueCodeableConcept": to_raw(coded)}
    if kind == STRUCTURED:
        return _structured(segment)
    if kind not in TEXTS:
        return {}
    text = segment.whole(5)
    if kind == NUMERIC:
        text = text.removeprefix("+")
    elif _is_ambiguous(text):
        return {"valueString": to_raw(text)}
    elements = _number(segment, text) or _number_in_words(segment, text)
    return elements or ({"valueString": to_raw(text)} if text else {})


def _is_ambiguous(text: str) -> bool:
    match = NUMBER.match(text)
    return match is not None and is_ambiguous(match["number"])


def _structured(segment: Segment) -> dict[str, msgspec.Raw]:
    """`<^7` or `=^7`: a comparator and one number; ranges and ratios are no number."""
    if segment.text(5, 3) or segment.text(5, 4):
        return {"valueString": to_raw(segment.whole(5))}
    comparator = segment.text(5, 1)
    text = ("" if comparator == EQUAL else comparator) + segment.text(5, 2).removeprefix("+")
    return _number(segment, text) or ({"valueString": to_raw(text)} if text else {})


def _number_in_words(segment: Segment, text: str) -> dict[str, msgspec.Raw]:
    """`GREATER THAN 2000`, in the unit beside it."""
    parsed = parse_number_text(text)
    if parsed is None or parsed.unit is not None or parsed.comparator is None:
        return {}
    return _quantity(segment, str(parsed.number), parsed.comparator.value)


def _number(segment: Segment, text: str) -> dict[str, msgspec.Raw]:
    match = NUMBER.match(text)
    if match is None:
        return {}
    sign = match["sign"]
    return _quantity(segment, match["number"], SIGNS.get(sign, sign) if sign else None)


def _quantity(segment: Segment, number: str, comparator: str | None) -> dict[str, msgspec.Raw]:
    quantity: dict[str, object] = {"value": _json_number(number), **_unit(segment)}
    if comparator is not None:
        quantity["comparator"] = comparator
    return {"valueQuantity": to_raw(quantity)}


def _json_number(text: str) -> object:
    """The number with the digits that were sent; as text where JSON would not have it."""
    text = f"0{text}".removesuffix(".") if text.startswith(".") else text.removesuffix(".")
    return msgspec.Raw(text.encode()) if JSON_NUMBER.match(text) else text


def _unit(segment: Segment) -> dict[str, object]:
    """The UCUM triplet, if there is one; else what is spelled as a unit, of the first.

    Another unit that is spelled beside it becomes the printed one: the reader compares the two.
    """
    parts = PARTS.split(segment.whole(6))
    spelled = [text for part in parts if _is_unit(text := part.strip())]
    for at in (1, 4):
        code, printed = segment.text(6, at), segment.text(6, at + 1)
        if code and segment.text(6, at + 2).upper() == "UCUM":
            return {
                "code": code,
                "system": UCUM,
                "unit": _other_unit(code, spelled) or printed or code,
            }
    if not spelled:
        # A code of the laboratory's own is no unit.
        label = segment.text(6) or segment.text(6, 2)
        return {"unit": label} if label else {}
    other = _other_unit(spelled[0], spelled[1:])
    return {"unit": spelled[0]} if other is None else {"code": spelled[0], "unit": other}


def _is_unit(text: str) -> bool:
    return bool(text) and (text in SPELLINGS or parse_concentration(text) is not None)


def _other_unit(unit: str, spelled: Iterable[str]) -> str | None:
    """What is spelled differently; first what measures something else, or has another size."""
    others = [text for text in spelled if text != unit]
    measured = parse_concentration(unit)
    differing = (text for text in others if parse_concentration(text) not in (None, measured))
    return next(differing, None) or next(iter(others), None)


def read_range(state: ReaderState, path: ElementPath, segment: Segment) -> msgspec.Raw:
    """OBX-7 as a FHIR reference range; one that is not understood is noted and not used."""
    text = segment.whole(7)
    if not text:
        return NONE
    for pattern in RANGES:
        match = pattern.match(text.strip().lower())
        if match is not None and not any(
            is_ambiguous(limit_text) for limit_text in match.groups() if limit_text
        ):
            limits = match.groupdict()
            return to_raw(
                [{name: {"value": _json_number(limit)} for name, limit in limits.items()}]
            )
    state.note_once(Issue.range_not_read, path.element("referenceRange"), "")
    return NONE

"""From an ORU^R01 to facts, by the reader that FHIR goes through.

Each OBX becomes an Observation, so that codes, units, comparators, statuses and corrections are
judged in one place; what the reader has to say names the field of the segment.
"""

import re
from collections.abc import Iterator

import msgspec

from cobalamin.fhir.decode.bundles import LocatedResource
from cobalamin.fhir.decode.issues import Issue
from cobalamin.fhir.decode.reader_state import (
    ElementPath,
    ReaderState,
)
from cobalamin.fhir.decode.resources import (
    NONE,
    CodeableConcept,
    CodingElement,
    Observation,
    PatientResource,
)
from cobalamin.fhir.reader import build_facts, read_resources
from cobalamin.fhir.values.subjects import Subjects
from cobalamin.fhir.values.units import SPELLINGS
from cobalamin.service.knowledge.profile import Profile
from cobalamin.service.lab.hl7v2.message import Message, RejectedError, Segment
from cobalamin.service.lab.hl7v2.times import fhir_time
from cobalamin.service.reading_options import DEFAULT_OPTIONS, ReadingOptions
from cobalamin.service.rules.model.facts import Facts

SYSTEMS = {
    "LN": "http://loinc.org",
    "SCT": "http://snomed.info/sct",
    "SNM3": "http://snomed.info/sct",
    "I10": "http://hl7.org/fhir/sid/icd-10",
    "I10C": "http://hl7.org/fhir/sid/icd-10-cm",
    "I10CM": "http://hl7.org/fhir/sid/icd-10-cm",
}
UCUM = "http://unitsofmeasure.org"
FLAGS = "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation"
STATUSES = {
    "F": "final",
    "C": "corrected",
    "A": "amended",
    "B": "amended",
    "P": "preliminary",
    "R": "preliminary",
    "S": "preliminary",
    "I": "registered",
    "O": "registered",
    "N": "registered",
    "U": "final",
    "X": "cancelled",
    "D": "entered-in-error",
    "W": "entered-in-error",
}
# No results are available, the order was cancelled (HL7 table 0123).
REPORT_CANCELLED = "X"
SEXES = {"F": "female", "M": "male", "O": "other", "A": "other", "U": "unknown"}
CONCEPT = frozenset({"CE", "CWE", "CNE", "CF", "IS"})
FREE_TEXT = frozenset({"TX", "FT", "ED", "RP"})
FIELDS = {
    "code": 3,
    "valueQuantity": 5,
    "valueString": 5,
    "valueCodeableConcept": 5,
    "valueAttachment": 5,
    "dataAbsentReason": 5,
    "interpretation": 8,
    "referenceRange": 7,
    "status": 11,
    "effectiveDateTime": 14,
    "birthDate": 7,
}
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


class FieldPath(ElementPath):
    """A place in a message: what is said of an element names its field."""

    def element(self, element: str = "") -> str:
        """`OBX[2]-5` for the value of the second OBX."""
        number = FIELDS.get(re.split(r"[.\[]", element, maxsplit=1)[0])
        return str(self) if number is None else f"{self}-{number}"


def read_message(
    message: Message, profile: Profile, options: ReadingOptions = DEFAULT_OPTIONS
) -> Facts:
    """The facts of one patient.

    Raises:
        RejectedError: the message is about more than one patient, or holds no result at all.
    """
    state = ReaderState(codes=profile.codes, units=profile.knowledge.units, options=options)
    patient = _patient(message)
    resources = list(_observations(state, message))
    if not resources:
        raise RejectedError("AE", "100", "there is no OBX segment; send results", "OBX")
    read_resources(state, Subjects(), ([patient] if patient else []) + resources)
    lists = (("features", state.features), ("history", state.history))
    return build_facts(state, tuple(name for name, found in lists if not found))


def _patient(message: Message) -> LocatedResource | None:
    found = list(message.all("PID"))
    if not found:
        return None
    segment = found[0]
    if len(found) > 1 and not (_identity(segment) and len({_person(one) for one in found}) == 1):
        text = "more than one patient, or it cannot be told; send one at a time"
        raise RejectedError("AR", "198", text, "PID[2]")
    sent = PatientResource(
        id=_identity(segment) or None,
        gender=SEXES.get(segment.text(8).upper()),
        birthDate=(_time(segment, 7) or "")[:10] or None,
        deceasedBoolean=segment.text(30).upper() == "Y",
    )
    return FieldPath("PID"), sent


def _identity(segment: Segment) -> str:
    return segment.text(3) or segment.text(2)


def _person(segment: Segment) -> tuple[str, ...]:
    """Who it is: a number counts with whoever gave it, and for one birth and sex."""
    return (*(segment.whole(field) for field in (2, 3, 7)), segment.text(8).upper())


def _observations(state: ReaderState, message: Message) -> Iterator[LocatedResource]:
    """Every OBX with the times of the order that it stands under."""
    order: Segment | None = None
    number = 0
    for segment in message.all("OBR", "OBX"):
        if segment.name == "OBR":
            order = segment
        else:
            number += 1
            place = f"OBX[{number}]"
            path = FieldPath(place, full_url=place, names=_names_of_order(order))
            yield path, _observation(state, path, segment, order)


def _names_of_order(order: Segment | None) -> tuple[str, ...]:
    """How the order calls what was measured: some senders name it nowhere else."""
    if order is None:
        return ()
    return tuple(name for at in (2, 5) if (name := order.text(4, at)))


def _observation(
    state: ReaderState, path: ElementPath, segment: Segment, order: Segment | None
) -> Observation:
    taken = _time(segment, 14) or (None if order is None else _time(order, 7))
    status = _status(segment, order)
    value = _value(segment)
    observation = Observation(
        code=_coded(segment, 3),
        status=status,
        effectiveDateTime=taken,
        issued=None if order is None else _time(order, 22),
        identifier=_identifier(segment, order),
        interpretation=_interpretation(segment),
        referenceRange=_range(state, path, segment) if "valueQuantity" in value else NONE,
    )
    for element, raw in value.items():
        setattr(observation, element, raw)
    return observation


def _status(segment: Segment, order: Segment | None) -> str | None:
    """The status of a result; a report that was cancelled withdraws its results."""
    if order is not None and order.text(25).upper() == REPORT_CANCELLED:
        return "cancelled"
    status = segment.text(11).upper()
    return STATUSES.get(status, status) or None


def _identifier(segment: Segment, order: Segment | None) -> msgspec.Raw:
    """By what a correction or deletion names a result: its order, code and sub-identifier."""
    number = "" if order is None else order.whole(3) or order.whole(2)
    code = segment.text(3, 1) or segment.text(3, 4)
    return _raw([{"value": f"{number}|{code}|{segment.text(4)}"}]) if number and code else NONE


def _time(segment: Segment, field: int) -> str | None:
    """A time as FHIR writes it; what is none is kept for the reader to refuse."""
    text = segment.text(field)
    return fhir_time(text, segment.text(field, 2)) or text or None


def _raw(value: object) -> msgspec.Raw:
    return msgspec.Raw(_encode(value))


# --- codes


def _coded(segment: Segment, field: int, repetition: int = 1) -> CodeableConcept | None:
    """Both triplets of a coded element: the sender's own code may stand first."""
    codings = [
        CodingElement(
            system=SYSTEMS.get(system.upper(), system) or None,
            code=code,
            display=segment.text(field, at + 1, repetition) or None,
        )
        for at in (1, 4)
        if (code := segment.text(field, at, repetition))
        for system in (segment.text(field, at + 2, repetition),)
    ]
    text = segment.text(field, 2, repetition) or segment.text(field, 9, repetition)
    return CodeableConcept(coding=codings, text=text or None) if codings or text else None


def _interpretation(segment: Segment) -> msgspec.Raw:
    flags = [segment.text(8, 1, at + 1).upper() for at in range(segment.repetitions(8))]
    codings = [{"coding": [{"system": FLAGS, "code": flag}]} for flag in flags if flag]
    return _raw(codings) if codings else NONE


# --- values


def _value(segment: Segment) -> dict[str, msgspec.Raw]:
    """The value[x] of a result, and never none where something was sent that is not read."""
    if segment.is_null(5):
        return {"dataAbsentReason": _raw({})}
    if segment.repetitions(5) > 1:
        # More than one value: none of them is the result.
        return {"valueQuantity": _raw({}), "valueString": _raw("")}
    found = _read_value(segment)
    return found or (UNREAD if segment.whole(5) else {})


def _read_value(segment: Segment) -> dict[str, msgspec.Raw]:
    kind = segment.text(2).upper()
    if kind in FREE_TEXT:
        return {}
    if kind in CONCEPT:
        coded = _coded(segment, 5)
        return {} if coded is None else {"valueCodeableConcept": _raw(coded)}
    if kind == "SN":
        return _structured(segment)
    text = segment.whole(5)
    return _number(segment, text) or ({"valueString": _raw(text)} if text else {})


def _structured(segment: Segment) -> dict[str, msgspec.Raw]:
    """`<^7`: a comparator and one number; ranges and ratios are no number."""
    if segment.text(5, 3) or segment.text(5, 4):
        return {"valueString": _raw(segment.whole(5))}
    text = segment.text(5, 1) + segment.text(5, 2)
    return _number(segment, text) or ({"valueString": _raw(text)} if text else {})


def _number(segment: Segment, text: str) -> dict[str, msgspec.Raw]:
    found = NUMBER.match(text)
    if found is None:
        return {}
    quantity: dict[str, object] = {"value": _json_number(found["number"]), **_unit(segment)}
    if found["sign"]:
        quantity["comparator"] = SIGNS.get(found["sign"], found["sign"])
    return {"valueQuantity": _raw(quantity)}


def _json_number(text: str) -> object:
    """The number with the digits that were sent; as text where JSON would not have it."""
    text = f"0{text}".removesuffix(".") if text.startswith(".") else text.removesuffix(".")
    return msgspec.Raw(text.encode()) if JSON_NUMBER.match(text) else text


def _unit(segment: Segment) -> dict[str, object]:
    """The UCUM triplet, if there is one; else what is spelled as a unit, of the first."""
    for at in (1, 4):
        code, printed = segment.text(6, at), segment.text(6, at + 1)
        if code and segment.text(6, at + 2).upper() == "UCUM":
            return {"code": code, "system": UCUM, "unit": printed or code}
    code, printed = segment.text(6), segment.text(6, 2)
    if printed in SPELLINGS:
        # Both are units: the reader compares them. A code of the laboratory's own is none.
        return {"code": code, "unit": printed} if code in SPELLINGS else {"unit": printed}
    return {"unit": code or printed} if code or printed else {}


def _range(state: ReaderState, path: ElementPath, segment: Segment) -> msgspec.Raw:
    text = segment.whole(7)
    if not text:
        return NONE
    for pattern in RANGES:
        found = pattern.match(text.strip().lower())
        if found is not None:
            limits = found.groupdict()
            return _raw([{name: {"value": _json_number(limit)} for name, limit in limits.items()}])
    state.note_once(Issue.range_not_read, path.element("referenceRange"), "")
    return NONE

"""The coded elements of an HL7 v2 message of any kind, for counting; nothing else is read."""

from collections.abc import Iterator

import msgspec

from cobalamin.fhir.code_extraction import SentConcept
from cobalamin.fhir.decode.resources import CodeableConcept, QuantityElement
from cobalamin.service.knowledge.code_counts import SentCode
from cobalamin.service.lab.hl7v2.concepts import read_coded_element
from cobalamin.service.lab.hl7v2.message import UnreadableError, iter_segments
from cobalamin.service.lab.hl7v2.segment import Segment
from cobalamin.service.lab.hl7v2.values import read_value

RESULT = "OBX"
# Which field of a segment names what.
FIELDS = {
    RESULT: ("result", 3),
    "DG1": ("condition", 3),
    "PR1": ("procedure", 3),
    "AL1": ("allergy", 3),
    "RXO": ("medicine", 1),
    "RXE": ("medicine", 2),
    "RXD": ("medicine", 2),
    "RXG": ("medicine", 4),
    "RXA": ("medicine", 5),
}
_quantities = msgspec.json.Decoder(QuantityElement)


def concepts_of_message(body: bytes) -> Iterator[SentConcept]:
    """Every concept of every segment, as the reader of messages reads it; none without a header."""
    try:
        segments = iter_segments(body, frozenset(FIELDS))
        for segment in segments:
            kind, field = FIELDS[segment.name]
            concept = read_coded_element(segment, field)
            if concept is not None:
                yield SentConcept(kind, tuple(_codings(concept)), _quantity(segment))
    except UnreadableError:
        return


def _codings(concept: CodeableConcept) -> Iterator[SentCode]:
    for coding in concept.coding or ():
        yield SentCode(coding.system or "", coding.code or "", coding.display or "")


def _quantity(segment: Segment) -> QuantityElement | None:
    if segment.name != RESULT:
        return None
    sent = read_value(segment)
    raw = sent.get("valueQuantity")
    return None if raw is None or len(sent) > 1 else _quantities.decode(raw)

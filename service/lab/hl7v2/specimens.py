"""The specimen of an order: SPM, or OBR-15 of older messages."""

from collections.abc import Sequence

import msgspec

from cobalamin.fhir.decode.resources import CodeableConcept, CodingElement
from cobalamin.service.lab.hl7v2.concepts import read_coded_element
from cobalamin.service.lab.hl7v2.message import Segment
from cobalamin.service.lab.hl7v2.values import to_raw

LOCAL_ID = "specimen"
TYPE, SOURCE = 4, 15


def read_specimen(
    order: Segment | None, specimens: Sequence[Segment]
) -> tuple[msgspec.Raw, msgspec.Raw] | None:
    """The contained Specimen of each result of an order, and the reference to it.

    None where there is none, or where several do not tell which one a result is of.
    """
    coded = _type(order, specimens)
    if coded is None:
        return None
    contained = {"resourceType": "Specimen", "id": LOCAL_ID, "type": coded}
    return to_raw([contained]), to_raw({"reference": f"#{LOCAL_ID}"})


def _type(order: Segment | None, specimens: Sequence[Segment]) -> CodeableConcept | None:
    if specimens:
        return read_coded_element(specimens[0], TYPE) if len(specimens) == 1 else None
    text = "" if order is None else order.whole(SOURCE)
    if order is None or not text:
        return None
    # The source is a code, or a code with its text in subcomponents, before further components.
    return CodeableConcept(coding=[CodingElement(code=order.text(SOURCE))], text=text)

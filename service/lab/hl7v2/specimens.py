"""The specimen of an order: SPM, or OBR-15 of older messages."""

from collections.abc import Iterator, Sequence

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
    """The contained Specimens of each result of an order, and the references to them.

    Of several, nothing tells which one a result is of. None where there is none.
    """
    types = [coded for coded in _types(order, specimens) if coded is not None]
    if not types:
        return None
    names = [f"{LOCAL_ID}{number}" for number in range(len(types))]
    contained = [
        {"resourceType": "Specimen", "id": name, "type": coded}
        for name, coded in zip(names, types, strict=True)
    ]
    return to_raw(contained), to_raw([{"reference": f"#{name}"} for name in names])


def _types(order: Segment | None, specimens: Sequence[Segment]) -> Iterator[CodeableConcept | None]:
    if specimens:
        yield from (read_coded_element(specimen, TYPE) for specimen in specimens)
        return
    text = "" if order is None else order.whole(SOURCE)
    if order is not None and text:
        # A code, or a code with its text in subcomponents, before further components.
        yield CodeableConcept(coding=[CodingElement(code=order.text(SOURCE))], text=text)

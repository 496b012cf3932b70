"""The specimen of an order: SPM, or OBR-15 of older messages."""

from collections.abc import Iterator, Sequence

import msgspec

from cobalamin.fhir.decode.resources import CodeableConcept, CodingElement
from cobalamin.service.lab.hl7v2.concepts import read_coded_element
from cobalamin.service.lab.hl7v2.segment import Segment
from cobalamin.service.lab.hl7v2.values import to_raw

LOCAL_ID = "specimen"
TYPE, SOURCE = 4, 15
AVAILABLE, REJECT_REASON, CONDITION = 20, 21, 24
NO = "N"


def read_specimen(
    order: Segment | None, specimens: Sequence[Segment]
) -> tuple[msgspec.Raw, msgspec.Raw] | None:
    """The contained Specimens of each result of an order, and the references to them.

    Of several, nothing tells which one a result is of. None where there is none.
    """
    sent = list(_specimens(order, specimens))
    if not sent:
        return None
    names = [f"{LOCAL_ID}{number}" for number in range(len(sent))]
    contained = [
        {"resourceType": "Specimen", "id": name, **elements}
        for name, elements in zip(names, sent, strict=True)
    ]
    return to_raw(contained), to_raw([{"reference": f"#{name}"} for name in names])


def _specimens(order: Segment | None, specimens: Sequence[Segment]) -> Iterator[dict[str, object]]:
    """The elements of each specimen of which anything is said."""
    if specimens:
        yield from filter(None, map(_elements, specimens))
        return
    text = "" if order is None else order.whole(SOURCE)
    if order is not None and text:
        # A code, or a code with its text in subcomponents, before further components.
        code = CodingElement(code=order.text(SOURCE))
        yield {"type": CodeableConcept(coding=[code], text=text)}


def _elements(specimen: Segment) -> dict[str, object]:
    """Its type, its condition, and whether it was rejected or is not available."""
    conditions = (
        read_coded_element(specimen, CONDITION, at + 1)
        for at in range(specimen.repetitions(CONDITION))
    )
    elements: dict[str, object] = {
        "type": read_coded_element(specimen, TYPE),
        "condition": [condition for condition in conditions if condition is not None],
        "status": _status(specimen),
    }
    return {name: element for name, element in elements.items() if element}


def _status(specimen: Segment) -> str | None:
    if specimen.whole(REJECT_REASON):
        return "unsatisfactory"
    return "unavailable" if specimen.text(AVAILABLE).upper() == NO else None

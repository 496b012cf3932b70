"""The codings of FHIR resources of any version, wherever they stand in a body."""

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from cobalamin.fhir.decode.resources import QuantityElement
from cobalamin.service.knowledge.code_counts import SentCode

# For each kind of element, the members of a resource that hold its concepts; a dot goes inwards.
CONCEPTS: Mapping[str, tuple[tuple[str, str], ...]] = {
    "Observation": (("result", "code"), ("result", "component.code")),
    "Condition": (("condition", "code"),),
    "Procedure": (("procedure", "code"),),
    "Medication": (
        ("medicine", "code"),
        ("medicine", "ingredient.itemCodeableConcept"),
        ("medicine", "ingredient.item.concept"),
    ),
    "AllergyIntolerance": (("allergy", "code"), ("allergy", "substance")),
    "FamilyMemberHistory": (("family history", "condition.code"),),
    "ServiceRequest": (("order", "code"), ("order", "code.concept")),
    "ProcedureRequest": (("order", "code"),),
    "DiagnosticOrder": (("order", "item.code"),),
    **dict.fromkeys(
        (
            "MedicationRequest", "MedicationStatement", "MedicationUsage", "MedicationOrder",
            "MedicationAdministration", "MedicationDispense",
        ),
        (("medicine", "medicationCodeableConcept"), ("medicine", "medication.concept")),
    ),
}  # fmt: skip


class SentConcept(NamedTuple):
    """One concept as it was sent, by the kind of its element; of a number, its unit as well."""

    kind: str
    codings: tuple[SentCode, ...]
    quantity: QuantityElement | None = None


def concepts_of(body: object) -> Iterator[SentConcept]:
    """Every concept of every resource within a decoded body."""
    if isinstance(body, Mapping):
        for kind, path in CONCEPTS.get(str(body.get("resourceType")), ()):
            *inwards, last = path.split(".")
            for holder in _at(body, inwards):
                for concept in _at(holder, [last]):
                    if isinstance(concept, Mapping) and ("coding" in concept or "text" in concept):
                        codings = tuple(_codings(concept.get("coding")))
                        yield SentConcept(kind, codings, _quantity(holder))
        for value in body.values():
            yield from concepts_of(value)
    elif isinstance(body, list):
        for value in body:
            yield from concepts_of(value)


def _at(value: object, path: list[str]) -> Iterable[object]:
    if isinstance(value, list):
        return [inner for item in value for inner in _at(item, path)]
    if not path:
        return [value]
    return _at(value.get(path[0]), path[1:]) if isinstance(value, Mapping) else ()


def _codings(value: object) -> Iterator[SentCode]:
    for item in value if isinstance(value, list) else ():
        if isinstance(item, Mapping):
            yield SentCode(*(_text(item.get(name)) for name in ("system", "code", "display")))


def _quantity(holder: object) -> QuantityElement | None:
    quantity = holder.get("valueQuantity") if isinstance(holder, Mapping) else None
    if not isinstance(quantity, Mapping):
        return None
    unit, system, code = (_text(quantity.get(name)) or None for name in ("unit", "system", "code"))
    return QuantityElement(unit=unit, system=system, code=code)


def _text(value: object) -> str:
    return value.strip() if isinstance(value, str) else ""

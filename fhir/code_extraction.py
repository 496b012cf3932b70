"""The codings of FHIR resources of any version, wherever they stand in a body."""

from collections.abc import Iterable, Iterator, Mapping

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


def concepts_of(body: object) -> Iterator[tuple[str, tuple[SentCode, ...]]]:
    """Every concept of every resource within a decoded body, with the kind of its element."""
    if isinstance(body, Mapping):
        for kind, path in CONCEPTS.get(str(body.get("resourceType")), ()):
            for concept in _at(body, path.split(".")):
                if isinstance(concept, Mapping) and ("coding" in concept or "text" in concept):
                    yield kind, tuple(_codings(concept.get("coding")))
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


def _text(value: object) -> str:
    return value.strip() if isinstance(value, str) else ""

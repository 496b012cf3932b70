"""HL7's invariants of FHIR R4 for the types that the service makes, by a FHIRPath library.

`r4_invariants.csv` holds identifier, severity, path and expression of each constraint of the
package hl7.fhir.r4.core 4.0.1 (CC0) on those resources and on every data type below them. `txt-1`
and `txt-2` are left out: they check narratives, and the service makes none.
"""

import csv
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from fhirpathpy import compile as compile_expression
from fhirpathpy.engine.nodes import ResourceNode
from fhirpathpy.models import models
from msgspec import Struct

TABLE = Path(__file__).parent / "r4_invariants.csv"
MODEL: dict[str, Any] = models["r4"]
Json = Mapping[str, Any]
NO_NARRATIVE = "dom-6"
"""Recommends a narrative: cards and comments are what the service shows to people."""


IN_OTHER_WORDS = {"low.empty() or high.empty() or (low <= high)": "low.value <= high.value"}
"""What the library cannot evaluate, as it compares no quantities: both ends have one unit here."""


SIMPLE_QUANTITIES = frozenset(
    {
        "ActivityDefinition.quantity",
        "Dosage.doseAndRate.doseQuantity",
        "Dosage.doseAndRate.rateQuantity",
        "Dosage.maxDosePerAdministration",
        "Dosage.maxDosePerLifetime",
        "MedicationRequest.dispenseRequest.initialFill.quantity",
        "MedicationRequest.dispenseRequest.quantity",
        "Range.high",
        "Range.low",
    }
)
"""Quantities of a profile, SimpleQuantity, which the model of the library does not name."""


WHERE_PRESENT = frozenset({"bdl-8", "cpb-0", "ras-2"})
"""Say something of a value that may be absent, and then give no answer."""


class R4Invariant(Struct, frozen=True, kw_only=True):
    """One constraint, and a function that evaluates it on a node with the variables it may name."""

    id: str
    severity: str
    path: str
    expression: str

    def holds(self, node: Json, variables: Json) -> bool:
        """Whether it holds; no answer is no, but where it speaks of a value that may be absent."""
        expression = IN_OTHER_WORDS.get(self.expression, self.expression)
        found = _compiled(expression)(_typed(node, self.path), variables)
        return found == [True] or (found == [] and self.id in WHERE_PRESENT)


def _typed(node: Json, path: str) -> Any:  # noqa: ANN401 - the library's own, without types
    return ResourceNode.create_node(node, path)  # type: ignore[no-untyped-call]


@cache
def _compiled(expression: str) -> Callable[[Json, Json | None], list[Any]]:
    options = {
        "userInvocationTable": {"hasValue": {"fn": _has_value, "arity": {0: []}}},
        "traceFn": _be_silent,
    }
    return compile_expression(expression, MODEL, options)


def _has_value(values: list[object]) -> bool:
    """FHIR's own function `hasValue`, which the library lacks: one primitive with a value."""
    return len(values) == 1 and values[0] is not None and not isinstance(values[0], Mapping)


def _be_silent(*_: object) -> None:
    """For the function `trace`, which would print."""


@cache
def invariants() -> tuple[R4Invariant, ...]:
    """Every row of the table."""
    with TABLE.open(encoding="utf-8", newline="") as lines:
        return tuple(R4Invariant(**row) for row in csv.DictReader(lines))


@cache
def invariants_of(path: str) -> tuple[R4Invariant, ...]:
    """Those of a type or a part of one: its own, and those of the types that it is made from."""
    paths = [path, *_ancestors(path)]
    return tuple(one for one in invariants() if one.path in paths)


def _ancestors(path: str) -> list[str]:
    if "." in path:
        return ["BackboneElement", "Element"]
    found, parent = [], MODEL["type2Parent"].get(path)
    while parent is not None:
        found.append(parent)
        parent = MODEL["type2Parent"].get(parent)
    return found


def broken_by_resource(resource: Json, *, warnings: bool = True) -> Iterator[str]:
    """What a resource and all that is in it breaks, each with its place; empty members as well."""
    variables = {"resource": resource, "rootResource": resource}
    yield from _broken(
        resource, resource["resourceType"], resource["resourceType"], variables, warnings
    )


def _broken(
    node: Json,
    path: str,
    where: str,
    variables: Json,
    warnings: bool,  # noqa: FBT001
) -> Iterator[str]:
    for one in invariants_of(path):
        checked = one.severity == "error" or (warnings and one.id != NO_NARRATIVE)
        if checked and not one.holds(node, variables):
            yield f"{one.id} at {where}: {one.expression}"
    for name, member in node.items():
        if name == "resourceType":
            continue
        below, items = path_of(path, name), member if isinstance(member, list) else [member]
        if not items:
            yield f"empty list at {where}.{name}"
        for place, item in enumerate(items):
            there = f"{where}.{name}[{place}]" if isinstance(member, list) else f"{where}.{name}"
            yield from _member(item, below, there, variables, warnings)


def _member(
    item: object,
    path: str,
    where: str,
    variables: Json,
    warnings: bool,  # noqa: FBT001
) -> Iterator[str]:
    if isinstance(item, Mapping):
        if path == "Resource":
            inner = {**variables, "resource": item}
            yield from _broken(item, item["resourceType"], where, inner, warnings)
        else:
            yield from _broken(item, path, where, variables, warnings)
    elif item is None or item == "":
        yield f"empty value at {where}"


def path_of(path: str, name: str) -> str:
    """The type of a member, or the path of one that has no type of its own.

    Raises:
        KeyError: FHIR R4 has no such member.
    """
    if f"{path}.{name}" in SIMPLE_QUANTITIES:
        return "SimpleQuantity"
    whole = str(MODEL["pathsDefinedElsewhere"].get(f"{path}.{name}", f"{path}.{name}"))
    known = MODEL["path2Type"].get(whole)
    if known is not None:
        return str(known)
    if whole in parts():
        return whole
    for parent in [] if "." in path else _ancestors(path):
        if f"{parent}.{name}" in MODEL["path2Type"]:
            return str(MODEL["path2Type"][f"{parent}.{name}"])
    if "." in path and f"BackboneElement.{name}" in MODEL["path2Type"]:
        return str(MODEL["path2Type"][f"BackboneElement.{name}"])
    return _choice(path, name)


@cache
def parts() -> frozenset[str]:
    """The paths of elements with elements of their own."""
    paths = {*MODEL["path2Type"], *MODEL["pathsDefinedElsewhere"], *MODEL["choiceTypePaths"]}
    return frozenset(one.rpartition(".")[0] for one in paths)


def _choice(path: str, name: str) -> str:
    for whole, types in MODEL["choiceTypePaths"].items():
        stem = whole.rpartition(".")[2]
        if whole.rpartition(".")[0] == path and name.startswith(stem):
            for kind in types:
                if name == f"{stem}{kind[:1].upper()}{kind[1:]}":
                    return str(kind)
    raise KeyError(f"{path} has no {name}")

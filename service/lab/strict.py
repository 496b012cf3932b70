"""Strict mode: what is used must also be valid FHIR R4 by an independent model.

Costs about a third of a millisecond a resource and loads the models, so it has to be asked for.
"""

import json
from collections.abc import Iterator, Mapping
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

DEEPEST = 3
# Whatever a model raises about a resource that it does not know or cannot take.
FAULTS = (ValueError, KeyError, TypeError, AttributeError, RecursionError, ArithmeticError)


def faults(body: bytes) -> Mapping[str, str]:
    """For each resource that is not valid: its path, and the element at fault; never a value."""
    try:
        sent = json.loads(body, parse_float=Decimal)
    except (ValueError, RecursionError):
        return {}
    if not isinstance(sent, dict):
        return {}
    return dict(_faults(sent, str(sent.get("resourceType")), 0))


def _faults(resource: dict[str, Any], place: str, depth: int) -> Iterator[tuple[str, str]]:
    """What holds others is opened, everything else is checked."""
    kind = resource.get("resourceType")
    if kind in ("Bundle", "Parameters") and depth <= DEEPEST:
        name = "entry" if kind == "Bundle" else "parameter"
        inner = resource.get(name)
        for index, one in enumerate(inner if isinstance(inner, list) else ()):
            held = one.get("resource") if isinstance(one, dict) else None
            if isinstance(held, dict):
                yield from _faults(held, f"{place}.{name}[{index}].resource", depth + 1)
        return
    element = _element_at_fault(str(kind), resource)
    if element is not None:
        yield place, element


def _element_at_fault(kind: str, resource: dict[str, Any]) -> str | None:
    """The path of the first element that is wrong; empty where the model names none."""
    try:
        _models()(kind).model_validate(resource)
    except FAULTS as error:
        return _path(error)
    return None


def _path(error: Exception) -> str:
    """From what the model says only where it is: the rest may repeat what was sent."""
    listed = getattr(error, "errors", None)
    found = listed() if callable(listed) else []
    steps = found[0].get("loc", ()) if found else ()
    return "".join(f"[{s}]" if isinstance(s, int) else f".{s}" for s in steps).removeprefix(".")


@cache
def _models() -> "Callable[[str], Any]":
    from fhir.resources import R4B  # noqa: PLC0415 - heavy, and only for strict mode

    get: Callable[[str], Any] = R4B.get_fhir_model_class
    return get

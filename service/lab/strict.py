"""Strict mode: resources must be valid FHIR R4 by the models of `fhir.resources`.

Optional, because it costs about a third of a millisecond per resource and loads the models.
"""

import json
from collections.abc import Iterator, Mapping
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

MAX_DEPTH = 3
# What the models raise for resources that are unknown or invalid.
MODEL_ERRORS = (ValueError, KeyError, TypeError, AttributeError, RecursionError, ArithmeticError)


def find_errors(body: bytes) -> Mapping[str, str]:
    """Map the path of each invalid resource to its first invalid element; no values."""
    try:
        document = json.loads(body, parse_float=Decimal)
    except (ValueError, RecursionError):
        return {}
    if not isinstance(document, dict):
        return {}
    return dict(_iter_errors(document, str(document.get("resourceType")), 0))


def _iter_errors(resource: dict[str, Any], place: str, depth: int) -> Iterator[tuple[str, str]]:
    """Descend into Bundles and Parameters, validate everything else."""
    kind = resource.get("resourceType")
    if kind in ("Bundle", "Parameters") and depth <= MAX_DEPTH:
        name = "entry" if kind == "Bundle" else "parameter"
        inner = resource.get(name)
        for index, item in enumerate(inner if isinstance(inner, list) else ()):
            held = item.get("resource") if isinstance(item, dict) else None
            if isinstance(held, dict):
                yield from _iter_errors(held, f"{place}.{name}[{index}].resource", depth + 1)
        return
    element = _first_invalid_element(str(kind), resource)
    if element is not None:
        yield place, element


def _first_invalid_element(kind: str, resource: dict[str, Any]) -> str | None:
    """The path of the first invalid element; empty if the model names none."""
    try:
        _models()(kind).model_validate(resource)
    except MODEL_ERRORS as error:
        return _path(error)
    return None


def _path(error: Exception) -> str:
    """Only the location of an error: its message may repeat patient data."""
    listed = getattr(error, "errors", None)
    errors = listed() if callable(listed) else []
    steps = errors[0].get("loc", ()) if errors else ()
    return "".join(f"[{s}]" if isinstance(s, int) else f".{s}" for s in steps).removeprefix(".")


@cache
def _models() -> "Callable[[str], Any]":
    from fhir.resources import R4B  # noqa: PLC0415 - heavy, and only for strict mode

    get: Callable[[str], Any] = R4B.get_fhir_model_class
    return get

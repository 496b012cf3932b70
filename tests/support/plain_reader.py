"""A second, independent reading of results with the standard library's JSON: the oracle.

It knows nothing of the decoder, of the order of its steps or of its shortcuts: it walks plain
dictionaries and returns what must be accepted and how many results must be refused.
"""

import json
import math
import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from cobalamin.service.knowledge.codes import load_codes
from cobalamin.service.knowledge.units import load_spellings, load_units
from cobalamin.service.rules.model.dates import read_when
from cobalamin.service.rules.model.vocabulary import Analyte

Accepted = tuple[str, str, str, str]
NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?")
OTHER_VALUES = ("String", "CodeableConcept", "Boolean", "Integer", "Range", "Ratio", "Period")
UCUM = (None, "http://unitsofmeasure.org")


def read_plainly(body: str) -> tuple[list[Accepted], int]:
    """Analyte, number, unit and date of each accepted quantity, and the count of refusals."""
    document = json.loads(body, parse_float=Decimal, parse_int=Decimal)
    accepted: list[Accepted] = []
    refused = 0
    observations = [one for one in _resources(document) if one.get("resourceType") == "Observation"]
    for resource in observations:
        outcome = _read(resource, observations)
        if isinstance(outcome, tuple):
            accepted.append(outcome)
        elif outcome is False:
            refused += 1
    return sorted(set(accepted)), refused


def _resources(document: Any) -> Iterator[dict[str, Any]]:  # noqa: ANN401
    if document.get("resourceType") != "Bundle":
        yield document
        return
    for entry in document.get("entry") or []:
        resource = entry.get("resource")
        if isinstance(resource, dict):
            yield resource


def _read(resource: dict[str, Any], observations: list[dict[str, Any]]) -> Accepted | bool | None:
    """The result, False if it must be refused, None if no rule asks about it."""
    found = _analyte(resource)
    if found is None:
        return None
    analyte, allowed, is_refused = found
    if is_refused:
        return False
    has_members = resource.get("hasMember") is not None or resource.get("component") is not None
    values = [k for k in resource if k.startswith("value") and resource[k] is not None]
    absent = resource.get("dataAbsentReason") is not None
    if has_members and not values and not absent:
        return None if _has_value_elsewhere(resource, observations, analyte) else False
    if str(resource.get("status") or "").strip().lower() not in ("final", "amended", "corrected"):
        return False
    moment = _moment(resource)
    if moment is None or absent or values != ["valueQuantity"]:
        return False
    return _quantity(analyte, allowed, resource["valueQuantity"], moment)


def _has_value_elsewhere(
    panel: dict[str, Any], observations: list[dict[str, Any]], analyte: Analyte
) -> bool:
    """Whether a member or a component of a panel is of its own analyte."""
    members = {one.get("reference") for one in panel.get("hasMember") or []}
    parts = [
        *(one for one in observations if f"Observation/{one.get('id')}" in members),
        *(panel.get("component") or []),
    ]
    return any(found is not None and found[0] is analyte for found in map(_analyte, parts))


def _analyte(resource: dict[str, Any]) -> tuple[Analyte, frozenset[str] | None, bool] | None:
    codes = load_codes()
    known = []
    for coding in (resource.get("code") or {}).get("coding") or []:
        system = coding.get("system")
        meaning = codes.find(system, coding.get("code"))
        is_refused = meaning is None
        if meaning is None:  # a LOINC code of another system, or of none
            meaning = codes.find("http://loinc.org", coding.get("code"))
        if meaning is not None and meaning.analyte is not None:
            known.append((meaning, meaning.refused is not None or is_refused))
    usable = [m for m, is_refused in known if not is_refused]
    if not known:
        return None
    if not usable:
        return known[0][0].analyte or Analyte.b12_total, None, True
    analytes = {m.analyte for m in usable}
    units = {m.units for m in usable}
    first = usable[0]
    allowed = first.units if len(units) == 1 else None
    return first.analyte or Analyte.b12_total, allowed, len(analytes) > 1


def _moment(resource: dict[str, Any]) -> str | None:
    period = resource.get("effectivePeriod")
    text = resource.get("effectiveDateTime")
    if text is None and period is not None:
        text = period.get("end") or period.get("start") or ""
    for name in ("effectiveInstant", "issued"):
        text = resource.get(name) if text is None else text
    try:
        read_when(text or "")
    except ValueError:
        return None
    return str(text)


def _quantity(
    analyte: Analyte, allowed: frozenset[str] | None, sent: dict[str, Any], moment: str
) -> Accepted | bool:
    table = load_units().get(analyte)
    value, unit = sent.get("value"), sent.get("unit")
    if table is None or not isinstance(value, Decimal) or not math.isfinite(value):
        return False
    code = sent.get("code") if sent.get("system") in UCUM else None
    chosen = (code or unit or "").strip()
    chosen = chosen if chosen in table.factors else table.aliases.get(chosen, "")
    comparator = sent.get("comparator")
    if not chosen or comparator not in (None, "<", "<=", ">", ">="):
        return False
    if code and unit and unit != code and unit in load_spellings():
        labelled = table.factors.get(table.aliases.get(unit, unit))
        if labelled != table.factors[chosen]:
            return False
    low, high = table.plausible[chosen]
    if value < 0 or value > high or (comparator is None and value < low):
        return False
    if allowed is not None and chosen not in allowed:
        return False
    return analyte.value, f"{comparator or ''}{value:f}", chosen, moment

"""The form between what a browser sends and the plain form of the laboratory API."""

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from cobalamin.service.pages.playground.vocabulary import (
    FEATURE_STATES,
    FEATURES,
    HISTORY,
    USUAL_RESULTS,
)
from cobalamin.service.rules.model.facts import Finding

Json = dict[str, Any]
Fields = Mapping[str, str]
FURTHER_ROWS = 3
"""Empty rows behind the last one that was filled in."""
MAX_ROWS = 100
_WORDS = frozenset(finding.value for finding in Finding)
_BOOLEAN = {"yes": True, "no": False}


def to_plain(fields: Fields, today: date) -> Json:
    """The plain form that the fields stand for; a field that is empty is not sent.

    What is no number is passed on as it was typed, for the API to refuse.
    """
    form: Json = {"patient": _patient(fields), "results": list(_results(fields, today))}
    if not fields.get("features_unread"):
        form["features"] = list(_features(fields))
    if not fields.get("history_unread"):
        form["history"] = list(_history(fields))
    form["asOf"] = fields.get("asOf") or today.isoformat()
    return form


def _patient(fields: Fields) -> Json:
    patient: Json = {"id": "made-up"}
    if sex := fields.get("sex"):
        patient["sex"] = sex
    for name in ("age", "gestationWeeks"):
        if text := fields.get(name, "").strip():
            patient[name] = _number(text)
    for name in ("pregnant", "breastfeeding"):
        if (answer := fields.get(name, "")) in _BOOLEAN:
            patient[name] = _BOOLEAN[answer]
    return patient


def _number(text: str) -> int | Decimal | str:
    """A number as JSON writes it; the text itself where it is none."""
    try:
        number = Decimal(text.replace(",", "."))
    except InvalidOperation:
        return text
    return int(text) if text.isascii() and text.isdigit() else number


def _results(fields: Fields, today: date) -> Iterator[Json]:
    for row in range(MAX_ROWS):
        analyte, value = fields.get(f"a{row}", ""), fields.get(f"v{row}", "").strip()
        if not (analyte and value):
            continue
        result: Json = {"analyte": analyte}
        if value.lower() in _WORDS:
            result["value"] = value.lower()
        else:
            result["value"] = _number(value)
            if unit := fields.get(f"u{row}", "").strip():
                result["unit"] = unit
            if comparator := fields.get(f"c{row}", ""):
                result["comparator"] = comparator
        result["date"] = fields.get(f"d{row}") or fields.get("asOf") or today.isoformat()
        yield result


def _features(fields: Fields) -> Iterator[Json]:
    for code in (code for group in FEATURES.values() for code in group):
        state = FEATURE_STATES.get(fields.get(f"f_{code.value}", ""))
        if state is None:
            continue
        feature: Json = {"code": code.value, **state}
        if feature.get("progressive") and (onset := fields.get("onset", "").strip()):
            feature["onset"] = onset
        yield feature


def _history(fields: Fields) -> Iterator[Json]:
    for code in (code for group in HISTORY.values() for code in group):
        if fields.get(f"h_{code.value}"):
            entry: Json = {"code": code.value}
            if since := fields.get(f"s_{code.value}", "").strip():
                entry["since"] = since
            yield entry


def to_fields(form: Json) -> dict[str, str]:
    """The fields that stand for a story."""
    fields = {"asOf": str(form["asOf"])}
    for name, value in form["patient"].items():
        fields[name] = {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)
    usual = {analyte.value: row for row, analyte in enumerate(USUAL_RESULTS)}
    further = len(usual)
    for result in form["results"]:
        row = usual.pop(result["analyte"], None)
        if row is None:
            row, further = further, further + 1
        fields[f"a{row}"] = result["analyte"]
        for short, name in (("v", "value"), ("u", "unit"), ("d", "date"), ("c", "comparator")):
            if name in result:
                fields[f"{short}{row}"] = str(result[name])
    states = {tuple(sorted(given.items())): key for key, given in FEATURE_STATES.items()}
    for feature in form["features"]:
        given = {name: feature[name] for name in _STATED if name in feature}
        fields[f"f_{feature['code']}"] = states[tuple(sorted(given.items()))]
    for entry in form["history"]:
        fields[f"h_{entry['code']}"] = "1"
        if "since" in entry:
            fields[f"s_{entry['code']}"] = entry["since"]
    return fields


_STATED = ("present", "progressive", "objective")

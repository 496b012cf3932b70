"""Parses the cells of a spec table into the members of the plain form, which are plain JSON."""

import re
from datetime import date, timedelta
from typing import Any

Json = dict[str, Any]
SHORT = {
    "b12": "b12_total",
    "active b12": "b12_active",
    "hb": "haemoglobin",
    "hct": "haematocrit",
    "folate": "folate_serum",
    "antibody": "intrinsic_factor_antibody",
    "saturation": "transferrin_saturation",
    "ck": "creatine_kinase",
    "film": "hypersegmented_neutrophils",
}
STATUSES = "registered|preliminary|partial|corrected|amended|cancelled|entered-in-error"
RESULT = re.compile(
    r"(?P<sign><=|>=|<|>)?(?P<value>[\d.]+) (?P<unit>\S+)"
    r"(?: \[(?P<low>[\d.]*)-(?P<high>[\d.]*)\])?"
    rf"(?: (?P<status>{STATUSES}))?(?: @(?P<on>\S+))?$"
)
WORD = re.compile(r"(?P<word>[a-z]+)(?: @(?P<on>\S+))?$")
DAYS = re.compile(r"[+-]\d+d$")
MONTHS_OLD = re.compile(r"(?P<months>\d+) mo$")
FLAGS = frozenset({"low", "high", "normal", "abnormal"})
FINDINGS = frozenset({"positive", "negative", "equivocal", "present", "absent"})
SITES = frozenset(
    {"hands", "feet", "legs", "exercised_muscle", "neck_shoulders_back", "widespread"}
)
ATTRIBUTES = frozenset({"progressive", "objective", "intermittent"})
RECENT = timedelta(days=2)


def items(cell: str) -> tuple[str, ...]:
    """The entries of a cell, which semicolons separate."""
    return tuple(item.strip() for item in cell.split(";") if item.strip())


def number(text: str) -> int | float:
    """A number as JSON writes it, whole where the row writes it whole."""
    return int(text) if text.isdigit() else float(text)


def day_text(text: str, on: date) -> str:
    """A date as FHIR writes it; `-20d` and `+60d` count from the day of assessment."""
    if not DAYS.match(text):
        return text
    return (on + timedelta(days=int(text[:-1]))).isoformat()


def parse_patient(cells: dict[str, str], on: date) -> Json:
    """The patient of a row, whose cells are taken out of `cells`."""
    age, sex = cells.pop("age", "50"), cells.pop("sex", "female")
    patient: Json = {"id": "spec"}
    months = MONTHS_OLD.match(age)
    if months:
        patient["birthDate"] = _months_before(on, int(months["months"])).isoformat()
    elif age != "?":
        patient["age"] = int(age)
    if sex != "?":
        patient["sex"] = sex
    if pregnant := cells.pop("pregnant", ""):
        patient["pregnant"] = pregnant == "yes"
    if weeks := cells.pop("weeks", ""):
        patient["gestationWeeks"] = int(weeks)
    if cells.pop("breastfeeding", "") == "yes":
        patient["breastfeeding"] = True
    return patient


def _months_before(day: date, months: int) -> date:
    whole = day.year * 12 + day.month - 1 - months
    return date(whole // 12, whole % 12 + 1, min(day.day, 28))


def parse_result(analyte: str, text: str, on: date) -> Json:
    """A result such as `<150 ng/L [180-914] @2024-05`, `100 ng/L preliminary @-5d` or `low`."""
    recent = (on - RECENT).isoformat()
    numeric = RESULT.match(text)
    if numeric is None:
        return _parse_word(analyte, text, on)
    result: Json = {
        "analyte": analyte,
        "value": numeric["value"],
        "unit": numeric["unit"],
        "date": day_text(numeric["on"] or recent, on),
    }
    if numeric["sign"]:
        result["comparator"] = numeric["sign"]
    if numeric["status"]:
        result["status"] = numeric["status"]
    if numeric["low"] is not None or numeric["high"] is not None:
        limits = {"low": numeric["low"], "high": numeric["high"]}
        result["referenceRange"] = {name: limit for name, limit in limits.items() if limit}
    return result


def _parse_word(analyte: str, text: str, on: date) -> Json:
    word = WORD.match(text)
    assert word, f"{text!r} is not a result"
    result: Json = {"analyte": analyte, "date": day_text(word["on"] or "-2d", on)}
    if word["word"] in FLAGS:
        return {**result, "interpretation": word["word"]}
    assert word["word"] in FINDINGS, f"{text!r} is not a result"
    return {**result, "value": word["word"]}


def parse_feature(text: str, on: date) -> Json:
    """A feature such as `numbness progressive onset 2026-10` or `no falls`."""
    words = text.split()
    present = words[0] != "no"
    code, *rest = words if present else words[1:]
    feature: Json = {"code": code, "present": present}
    rest = _take_dates(feature, rest, ("onset",), on)
    if "stable" in rest:
        feature["progressive"] = False
        rest.remove("stable")
    for word in rest:
        if word in SITES:
            feature["bodySite"] = word
        else:
            assert word in ATTRIBUTES, text
            feature[word] = True
    return feature


def parse_history(text: str, on: date) -> Json:
    """An entry such as `metformin since 2019`, `ended ppi` or `folic_acid 5 mg/d`.

    `form cyanocobalamin` names the form of a vitamin B12 product.
    """
    words = text.split()
    active = words[0] != "ended"
    code, *rest = words if active else words[1:]
    entry: Json = {"code": code, "active": active}
    rest = _take_dates(entry, rest, ("since", "last"), on)
    if "form" in rest:
        at = rest.index("form")
        entry["form"] = rest[at + 1]
        rest = rest[:at] + rest[at + 2 :]
    assert len(rest) in (0, 2), text
    if rest:
        entry["dose"] = {"value": rest[0], "unit": rest[1]}
    return entry


def _take_dates(entry: Json, words: list[str], names: tuple[str, ...], on: date) -> list[str]:
    for name in names:
        if name in words:
            at = words.index(name)
            entry[name] = day_text(words[at + 1], on)
            words = words[:at] + words[at + 2 :]
    return words


def parse_form(cells: dict[str, str], on: date) -> Json:
    """The plain form of a row; numbers stay text as the row writes them."""
    patient = parse_patient(cells, on)
    features = [parse_feature(text, on) for text in items(cells.pop("features", ""))]
    history = [parse_history(text, on) for text in items(cells.pop("history", ""))]
    results = [
        parse_result(SHORT.get(name, name), text, on)
        for name, cell in cells.items()
        for text in items(cell)
    ]
    return {"patient": patient, "results": results, "features": features, "history": history}

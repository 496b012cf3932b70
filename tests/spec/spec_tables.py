"""Reads the tables of tests/spec/tables: one case a row, blank means not measured.

Columns before the first `= …` column are what is known about the patient; the others are what
must come out. Unless a row says otherwise the patient is a woman of 50, the results are of this
week, and both profiles must give the same answer.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path

from cobalamin.service.rules.assess import assess
from cobalamin.service.rules.assessment import Assessment
from cobalamin.service.rules.case import Case
from cobalamin.service.rules.checklists import Checklists, checklists
from cobalamin.service.rules.dates import When, read_when
from cobalamin.service.rules.facts import (
    Facts,
    FeatureFact,
    Finding,
    Flag,
    HistoryFact,
    Patient,
    ReferenceRange,
    Refusal,
    Result,
)
from cobalamin.service.rules.kidney import filtration
from cobalamin.service.rules.knowledge import Knowledge
from cobalamin.service.rules.quantities import Comparator, Quantity
from cobalamin.service.rules.vocabulary import Analyte, BodySite, Feature, History, Sex

TABLES = Path(__file__).parent / "tables"
ON = date(2026, 11, 20)
THIS_WEEK = "2026-11-18"
PROFILES = ("uk-nice", "us-aafp")
SHORT = {
    "b12": "b12_total",
    "active b12": "b12_active",
    "hb": "haemoglobin",
    "hct": "haematocrit",
    "folate": "folate_serum",
    "antibody": "intrinsic_factor_antibody",
    "saturation": "transferrin_saturation",
}
RESULT = re.compile(
    r"(?P<sign><=|>=|<|>)?(?P<value>[\d.]+) (?P<unit>\S+)"
    r"(?: \[(?P<low>[\d.]*)-(?P<high>[\d.]*)\])?(?: @(?P<on>\S+))?$"
)
WORD = re.compile(r"(?P<word>[a-z]+)(?: @(?P<on>\S+))?$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One case: where it stands, what is known, and what must come out in which profiles.

    `given` is what is known as the cells say it; it names the case wherever its line moves to.
    """

    title: str
    place: str
    given: str
    profiles: tuple[str, ...]
    facts: Facts
    expected: Mapping[str, str]


def spec_rows() -> Iterator[Row]:
    """Every row of every table."""
    for path in sorted(TABLES.glob("*.md")):
        yield from _rows(path)


def _rows(path: Path) -> Iterator[Row]:
    title = ""
    header: list[str] = []
    for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
        if line.startswith("#"):
            title, header = line.lstrip("# "), []
        elif line.startswith("|"):
            cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
            if not header:
                header = cells
            elif not set(line) <= set("|-: "):
                yield _row(title, f"{path.name}:{number}", dict(zip(header, cells, strict=True)))


def _row(title: str, place: str, cells: dict[str, str]) -> Row:
    expected = {k[2:]: v for k, v in cells.items() if k.startswith("= ") and v}
    given = {k: v for k, v in cells.items() if not k.startswith("= ") and v}
    profile = given.pop("profile", None)
    given.pop("case", None)
    named = "; ".join(f"{name}: {cell}" for name, cell in given.items())
    assert expected, f"{place}: a row must expect something"
    return Row(
        title=title,
        place=place,
        given=named,
        profiles=(profile,) if profile else PROFILES,
        facts=read_facts(given),
        expected=expected,
    )


def read_facts(given: dict[str, str]) -> Facts:
    """The facts of a row."""
    age, sex = given.pop("age", "50"), given.pop("sex", "female")
    weeks = given.pop("weeks", None)
    patient = Patient(
        id="spec",
        age=None if age == "?" else int(age),
        sex=None if sex == "?" else Sex(sex),
        pregnant={"yes": True, "no": False}.get(given.pop("pregnant", "")),
        gestation_weeks=int(weeks) if weeks else None,
        breastfeeding=True if given.pop("breastfeeding", "") == "yes" else None,
    )
    features = tuple(read_feature(t) for t in _items(given.pop("features", "")))
    history = tuple(read_history(t) for t in _items(given.pop("history", "")))
    refused = tuple(
        Refusal(analyte=Analyte(t), code="unit-not-read", where="spec")
        for t in _items(given.pop("refused", ""))
    )
    unread = _items(given.pop("unread", ""))
    results = tuple(
        read_result(Analyte(SHORT.get(name, name)), text)
        for name, cell in given.items()
        for text in _items(cell)
    )
    return Facts(
        patient=patient,
        results=results,
        features=features,
        history=history,
        refusals=refused,
        unread=unread,
    )


def _items(cell: str) -> tuple[str, ...]:
    return tuple(item.strip() for item in cell.split(";") if item.strip())


def read_result(analyte: Analyte, text: str) -> Result:
    """A result such as `<150 ng/L [180-914] @2024-05`, `positive` or `low`."""
    numeric = RESULT.match(text)
    if numeric is None:
        return _qualitative(analyte, text)
    quantity = Quantity(
        value=Decimal(numeric["value"]),
        unit=numeric["unit"],
        comparator=Comparator(numeric["sign"]) if numeric["sign"] else None,
    )
    limits = None
    if numeric["low"] is not None or numeric["high"] is not None:
        low, high = numeric["low"] or None, numeric["high"] or None
        limits = ReferenceRange(low=low and Decimal(low), high=high and Decimal(high))
    return Result(
        analyte=analyte, on=read_when(numeric["on"] or THIS_WEEK), quantity=quantity, limits=limits
    )


def _qualitative(analyte: Analyte, text: str) -> Result:
    word = WORD.match(text)
    assert word, f"{text!r} is not a result"
    on = read_when(word["on"] or THIS_WEEK)
    if word["word"] in set(Flag):
        return Result(analyte=analyte, on=on, flag=Flag(word["word"]))
    return Result(analyte=analyte, on=on, finding=Finding(word["word"]))


def read_feature(text: str) -> FeatureFact:
    """A feature such as `numbness progressive onset 2026-10` or `no falls`."""
    words = text.split()
    present = words[0] != "no"
    words = words if present else words[1:]
    code, *rest = words
    onset: When | None = None
    if "onset" in rest:
        at = rest.index("onset")
        onset = read_when(rest[at + 1])
        rest = rest[:at] + rest[at + 2 :]
    site = next((word for word in rest if word in set(BodySite)), None)
    rest = [word for word in rest if word != site]
    assert set(rest) <= {"progressive", "objective", "intermittent"}, text
    return FeatureFact(
        code=Feature(code),
        present=present,
        progressive="progressive" in rest or None,
        objective="objective" in rest or None,
        intermittent="intermittent" in rest or None,
        onset=onset,
        site=BodySite(site) if site else None,
    )


def read_history(text: str) -> HistoryFact:
    """An entry such as `metformin since 2019`, `ended ppi` or `folic_acid 5 mg/d`."""
    words = text.split()
    active = words[0] != "ended"
    words = words if active else words[1:]
    code, *rest = words
    dates: dict[str, When] = {}
    for name in ("since", "last"):
        if name in rest:
            at = rest.index(name)
            dates[name] = read_when(rest[at + 1])
            rest = rest[:at] + rest[at + 2 :]
    assert len(rest) in (0, 2), text
    dose = Quantity(value=Decimal(rest[0]), unit=rest[1]) if rest else None
    return HistoryFact(
        code=History(code),
        active=active,
        dose=dose,
        since=dates.get("since"),
        last=dates.get("last"),
    )


def misses(row: Row, knowledge: Knowledge) -> list[str]:
    """What comes out otherwise than the row says; empty if it holds."""
    if "egfr" in row.expected:
        got = _egfr(Case(row.facts, knowledge, ON))
        return [] if got == row.expected["egfr"] else [f"egfr: {got}"]
    assessment = assess(row.facts, knowledge, ON)
    return mismatches(assessment, lambda: checklists(row.facts, knowledge, ON), row.expected)


def _egfr(case: Case) -> str:
    estimated = filtration(case)
    return str(estimated.quantity.value) if estimated and estimated.quantity else "unknown"


def mismatches(
    assessment: Assessment, beside: Callable[[], Checklists], expected: Mapping[str, str]
) -> list[str]:
    """Where an assessment and its checklists differ from what a row expects of them."""
    found = []
    for name, wanted in expected.items():
        if name in SINGLE:
            got = SINGLE[name](assessment)
            if got != wanted:
                found.append(f"{name}: {got}, not {wanted}")
        elif name in MANY:
            found += _missing(name, MANY[name](assessment), wanted)
        else:
            found += _missing(name, BESIDE[name](beside()), wanted)
    return found


def _missing(name: str, got: set[str], wanted: str) -> list[str]:
    if wanted == "none":
        return [f"{name}: {sorted(got)}, not none"] if got else []
    problems = []
    for item in wanted.replace(",", " ").split():
        if item.startswith("!"):
            if item[1:] in got:
                problems.append(f"{name}: {item[1:]} must not be there")
        elif item not in got:
            problems.append(f"{name}: {item} is missing from {sorted(got)}")
    return problems


SINGLE: Mapping[str, Callable[[Assessment], str]] = {
    "outcome": lambda a: a.outcome.value,
    "status": lambda a: a.status.value.value,
    "band": lambda a: a.status.band.value,
    "anaemia": lambda a: a.anaemia.value.value,
    "cells": lambda a: a.anaemia.cells.value,
    "megaloblastic": lambda a: a.anaemia.megaloblastic.value,
    "tier": lambda a: a.neuropathy.tier.value,
    "rung": lambda a: a.plan.rung,
    "route": lambda a: a.plan.route.value,
    "urgency": lambda a: a.plan.urgency.name,
    "first": lambda a: next((s.code for s in a.plan.suggestions if s.recommended), "none"),
}
MANY: Mapping[str, Callable[[Assessment], set[str]]] = {
    "suggests": lambda a: {s.code for s in a.plan.suggestions},
    "cautions": lambda a: set(a.plan.cautions),
    "causes": lambda a: {str(c.code) for c in a.causes},
    "confounders": lambda a: {c.code for c in a.confounders},
    "unknown": lambda a: {u.fact for u in a.unknowns},
    "reasons": lambda a: set(a.reasons),
    "notes": lambda a: {n.code for n in a.notes},
}
BESIDE: Mapping[str, Callable[[Checklists], set[str]]] = {
    "for": lambda b: {f"{c.column}<{sign}" for c in b.muscle for sign in c.supporting},
    "against": lambda b: {f"{c.column}<{sign}" for c in b.muscle for sign in c.opposing},
    "look-alikes": lambda b: {f"{c.code}<{sign}" for c in b.look_alikes for sign in c.supporting},
    "other tests": lambda b: {test for c in b.look_alikes for test in c.tests},
}

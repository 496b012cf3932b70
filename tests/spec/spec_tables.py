"""Reads the tables of tests/spec/tables: one case a row, blank means not measured.

Columns before the first `= …` column are what is known about the patient; the others are what
must come out. Unless a row says otherwise the patient is a woman of 50, the results are of this
week, the day of assessment is 2026-11-20, and every profile must give the same answer.

Most rows are assessed from their facts. A row that names a hook, FHIR resources, a site setting,
or that expects something of a card or a comment, is sent to the service (`spec_requests`) and its
answer is compared (`spec_answers`).
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Any

from cobalamin.service.knowledge.profile_list import profile_ids
from cobalamin.service.rules.assess import assess
from cobalamin.service.rules.evidence.case import Case
from cobalamin.service.rules.findings.kidney import estimated_filtration_rate
from cobalamin.service.rules.model.assessment import Assessment, Checklists
from cobalamin.service.rules.model.dates import read_when
from cobalamin.service.rules.model.facts import (
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
from cobalamin.service.rules.model.knowledge import Knowledge
from cobalamin.service.rules.model.quantities import Comparator, Quantity
from cobalamin.service.rules.model.vocabulary import Analyte, BodySite, Feature, Form, History, Sex
from spec_cells import items, parse_feature, parse_form, parse_history, parse_result

TABLES = Path(__file__).parent / "tables"
ON = date(2026, 11, 20)
PROFILES = profile_ids()
# Columns that only a request to the service can state.
REQUEST_COLUMNS = frozenset(
    {
        "hook",
        "sent as",
        "orders",
        "problems",
        "observations",
        "conditions",
        "medications",
        "statements",
        "administrations",
        "allergies",
        "not sent",
        "site",
    }
)
# What only the answer of the service holds.
ANSWER_COLUMNS = frozenset(
    {
        "cards",
        "indicator",
        "topic",
        "summary says",
        "card says",
        "buttons",
        "answer says",
        "comment",
        "comment says",
        "notes say",
        "authorisation",
    }
)


@dataclass(frozen=True, kw_only=True)
class Row:
    """One case: where it stands, what is known, and what must come out in which profiles.

    `given` is what is known as the cells say it; it names the case wherever its line moves to;
    `cells` are the same by their columns.
    """

    title: str
    place: str
    given: str
    profiles: tuple[str, ...]
    cells: Mapping[str, str]
    expected: Mapping[str, str]

    @cached_property
    def on(self) -> date:
        """The day of assessment."""
        return date.fromisoformat(self.cells["on"]) if "on" in self.cells else ON

    @property
    def is_request(self) -> bool:
        """Whether the row is sent to the service instead of being assessed from its facts."""
        return bool(REQUEST_COLUMNS & set(self.cells) or ANSWER_COLUMNS & set(self.expected))

    @cached_property
    def facts(self) -> Facts:
        """What the row says, free of any form of sending."""
        given = {name: cell for name, cell in self.cells.items() if name != "on"}
        return read_facts(given, self.on)


def all_rows() -> Iterator[Row]:
    """Every row of every table."""
    for path in sorted(TABLES.glob("*.md")):
        yield from rows_of(path)


def spec_rows() -> Iterator[Row]:
    """Every row that is assessed from its facts."""
    return (row for row in all_rows() if not row.is_request)


def rows_of(path: Path) -> Iterator[Row]:
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
        cells=given,
        expected=expected,
    )


def read_facts(given: Mapping[str, str], on: date = ON) -> Facts:
    """The facts of a row."""
    cells = dict(given)
    refused = items(cells.pop("refused", ""))
    unread = items(cells.pop("unread", ""))
    form = parse_form(cells, on)
    return Facts(
        patient=_patient(form["patient"]),
        results=tuple(_result(one) for one in form["results"]),
        features=tuple(_feature(one) for one in form["features"]),
        history=tuple(_history(one) for one in form["history"]),
        refusals=tuple(
            Refusal(analyte=Analyte(text), code="unit-not-read", where="spec") for text in refused
        ),
        unread=unread,
    )


def _patient(form: Mapping[str, Any]) -> Patient:
    born = form.get("birthDate")
    return Patient(
        id=form["id"],
        age=form.get("age"),
        birth_date=None if born is None else read_when(born),
        sex=Sex(form["sex"]) if "sex" in form else None,
        pregnant=form.get("pregnant"),
        gestation_weeks=form.get("gestationWeeks"),
        breastfeeding=form.get("breastfeeding"),
    )


def read_result(analyte: Analyte, text: str) -> Result:
    """A result such as `<150 ng/L [180-914] @2024-05`, `positive` or `low`."""
    return _result(parse_result(analyte, text, ON))


def _result(form: Mapping[str, Any]) -> Result:
    assert "status" not in form, "send a result with a status as a form: `sent as`"
    analyte, on = Analyte(form["analyte"]), read_when(form["date"])
    if "interpretation" in form:
        return Result(analyte=analyte, on=on, flag=Flag(form["interpretation"]))
    if "unit" not in form:
        return Result(analyte=analyte, on=on, finding=Finding(form["value"]))
    sign, limits = form.get("comparator"), form.get("referenceRange")
    quantity = Quantity(
        value=Decimal(form["value"]),
        unit=form["unit"],
        comparator=Comparator(sign) if sign else None,
    )
    return Result(analyte=analyte, on=on, quantity=quantity, limits=_limits(limits))


def _limits(form: Mapping[str, str] | None) -> ReferenceRange | None:
    if form is None:
        return None
    return ReferenceRange(**{name: Decimal(limit) for name, limit in form.items()})


def read_feature(text: str) -> FeatureFact:
    """A feature such as `numbness progressive onset 2026-10` or `no falls`."""
    return _feature(parse_feature(text, ON))


def _feature(form: Mapping[str, Any]) -> FeatureFact:
    onset, site = form.get("onset"), form.get("bodySite")
    return FeatureFact(
        code=Feature(form["code"]),
        present=form["present"],
        progressive=form.get("progressive"),
        objective=form.get("objective"),
        intermittent=form.get("intermittent"),
        onset=None if onset is None else read_when(onset),
        site=None if site is None else BodySite(site),
    )


def read_history(text: str) -> HistoryFact:
    """An entry such as `metformin since 2019`, `ended ppi` or `folic_acid 5 mg/d`."""
    return _history(parse_history(text, ON))


def _history(form: Mapping[str, Any]) -> HistoryFact:
    dose = form.get("dose")
    members: dict[str, Any] = {
        name: read_when(form[name]) for name in ("since", "last") if name in form
    }
    if dose is not None:
        members["dose"] = Quantity(value=Decimal(dose["value"]), unit=dose["unit"])
    if "form" in form:
        members["form"] = Form(form["form"])
    return HistoryFact(code=History(form["code"]), active=form["active"], **members)


def misses(row: Row, knowledge: Knowledge) -> list[str]:
    """What comes out otherwise than the row says; empty if it holds."""
    if "egfr" in row.expected:
        got = _egfr(Case(row.facts, knowledge, ON))
        return [] if got == row.expected["egfr"] else [f"egfr: {got}"]
    assessment = assess(row.facts, knowledge, row.on)
    return mismatches(assessment, row.expected)


def _egfr(case: Case) -> str:
    estimated = estimated_filtration_rate(case)
    return str(estimated.quantity.value) if estimated and estimated.quantity else "unknown"


def mismatches(assessment: Assessment, expected: Mapping[str, str]) -> list[str]:
    """Where an assessment and its checklists differ from what a row expects of them."""
    found = []
    for name, wanted in expected.items():
        if name in SINGLE:
            got = SINGLE[name](assessment)
            if got != wanted:
                found.append(f"{name}: {got}, not {wanted}")
        elif name in MANY:
            found += missing(name, MANY[name](assessment), wanted)
        else:
            found += missing(name, BESIDE[name](assessment.checklists), wanted)
    return found


def missing(name: str, got: set[str], wanted: str) -> list[str]:
    """What of the wanted codes is not there, and what of the unwanted ones is."""
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

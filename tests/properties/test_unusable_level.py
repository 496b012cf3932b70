"""An unusable vitamin B12 never brings less care than none, and what says nothing new takes none.

The patients are those of published reports and mixtures. The changes that say nothing new are other
units of the same value, a finding said to be absent, and a normal result of something else.
"""

import re
from collections.abc import Iterator
from decimal import Decimal

import pytest
from lost_care import losses
from msgspec.structs import replace

from assessments import get_profile
from cobalamin.service.rules.assess import assess
from cobalamin.service.rules.model.dates import read_when
from cobalamin.service.rules.model.facts import Facts, Flag, Refusal, Result
from cobalamin.service.rules.model.vocabulary import Analyte
from mixtures import mixtures
from spec_tables import ON, PROFILES, TABLES, Row, read_facts, rows_of

LEVELS = (Analyte.b12_total, Analyte.b12_active)
PUBLISHED = tuple(rows_of(TABLES / "30-published-patients.md"))
MIXED = 80
SEED = 20261128
VALUE = re.compile(r"(?P<sign>[<>]?)(?P<value>[\d.]+) (?P<unit>\S+)$")
SAME = {
    ("hb", "g/dL"): ("g/L", "10"),
    ("hb", "g/L"): ("g/dL", "0.1"),
    ("b12", "pg/mL"): ("ng/L", "1"),
    ("b12", "ng/L"): ("pg/mL", "1"),
    ("mma", "nmol/L"): ("umol/L", "0.001"),
    ("mma", "umol/L"): ("nmol/L", "1000"),
    ("platelets", "10*9/L"): ("/uL", "1000"),
    ("haptoglobin", "mg/dL"): ("g/L", "0.01"),
}
ABSENT = ("jaundice", "falls", "lhermitte", "bladder_bowel_dysfunction", "vibration_loss")
NORMAL = {
    "tsh": "2 m[IU]/L [0.4-4.5]",
    "potassium": "4.2 mmol/L",
    "creatinine": "70 umol/L",
    "hba1c": "5.2 %",
    "folate": "12 ug/L",
    "ferritin": "80 ug/L",
    "copper": "100 ug/dL [70-150]",
    "antibody": "negative",
    "film": "absent",
    "mcv": "90 fL",
}


def _unusable(facts: Facts) -> tuple[Facts, tuple[Facts, ...]]:
    """The facts without any vitamin B12, and with one that is refused or only a flag."""
    without = replace(
        facts,
        results=tuple(one for one in facts.results if one.analyte not in LEVELS),
        refusals=tuple(one for one in facts.refusals if one.analyte not in LEVELS),
    )
    refusal = Refusal(analyte=Analyte.b12_total, code="unit-not-read", where="results[0]")
    on = read_when("2026-11-18")
    flags = tuple(
        Result(analyte=Analyte.b12_total, on=on, flag=flag) for flag in (Flag.low, Flag.normal)
    )
    refused = replace(without, refusals=(*without.refusals, refusal))
    flagged = tuple(replace(without, results=(*without.results, one)) for one in flags)
    return without, (refused, *flagged)


def _patients() -> Iterator[Facts]:
    for row in PUBLISHED:
        yield row.facts
    yield from mixtures(MIXED, SEED)


@pytest.mark.parametrize("profile", PROFILES)
def test_an_unusable_level_brings_no_less_than_none(profile: str) -> None:
    knowledge = get_profile(profile).knowledge
    for facts in _patients():
        without, others = _unusable(facts)
        before = assess(without, knowledge, ON)
        for other in others:
            after = assess(other, knowledge, ON)
            lost = [*losses(before, after)]
            tests = {one.code for one in before.plan.suggestions if one.code.startswith("test-")}
            missing = tests - {one.code for one in after.plan.suggestions}
            assert not lost, facts
            assert not missing, facts


def _said_otherwise(row: Row) -> Iterator[dict[str, str]]:
    cells = dict(row.cells)
    for (name, unit), (other, factor) in SAME.items():
        found = VALUE.match(cells.get(name, ""))
        if found and found["unit"] == unit:
            converted = (Decimal(found["value"]) * Decimal(factor)).normalize()
            yield {**cells, name: f"{found['sign']}{converted:f} {other}"}
    told = cells.get("features", "")
    for code in ABSENT:
        if code not in told:
            yield {**cells, "features": f"{told}; no {code}" if told else f"no {code}"}
    for name, value in NORMAL.items():
        if name not in cells:
            yield {**cells, name: value}


@pytest.mark.parametrize("row", PUBLISHED, ids=lambda row: row.place)
def test_what_says_nothing_new_takes_nothing_away(row: Row) -> None:
    for profile in row.profiles:
        knowledge = get_profile(profile).knowledge
        before = assess(row.facts, knowledge, row.on)
        for cells in _said_otherwise(row):
            after = assess(read_facts(cells, row.on), knowledge, row.on)
            assert not [*losses(before, after)], cells

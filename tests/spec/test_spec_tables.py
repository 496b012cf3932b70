"""Every row of the spec tables holds, and every limit is held by a row."""

from collections.abc import Iterator
from dataclasses import replace as replaced
from decimal import Decimal
from functools import cache

import pytest
from msgspec.structs import replace

from cobalamin.service.knowledge.loader import load_knowledge
from cobalamin.service.rules.model.knowledge import Knowledge
from cobalamin.service.rules.model.parameter import Parameter
from cobalamin.service.rules.model.thresholds import Thresholds
from cobalamin.service.rules.plan.cautions import CAUTIONS
from cobalamin.service.rules.plan.pathway import STEPS_BY_ID
from spec_answers import request_misses
from spec_tables import PROFILES, Row, all_rows, misses

ROWS = tuple(all_rows())
CASES = [
    pytest.param(row, profile, id=f"{row.place}-{profile}")
    for row in ROWS
    for profile in row.profiles
]
PARAMETERS = list(Thresholds.__struct_fields__)
# The US limit for MMA is the same at every age, so the age at which it changes has no effect.
# Results count for longer than the retest interval, unless a site lets them count for less.
WITHOUT_EFFECT = {
    ("older_adult_age", "us-aafp"),
    *(("retest_interval", profile) for profile in PROFILES),
}
# Only rows that are sent as requests reach these limits: tests/unit/rules/test_orders.py,
# tests/unit/fhir/test_gestation.py and 14-never-measured.md have them on both sides.
OF_REQUESTS = {"gestation_longest", "pending_result"} | {
    name for name in PARAMETERS if name.startswith("maintenance_")
}
STEPS = [
    pytest.param(name, profile, id=f"{name}-{profile}")
    for name in PARAMETERS
    for profile in PROFILES
    if (name, profile) not in WITHOUT_EFFECT and name not in OF_REQUESTS
]


@cache
def knowledge_of(profile: str) -> Knowledge:
    return load_knowledge(profile)


@pytest.mark.parametrize(("row", "profile"), CASES)
def test_row_holds(row: Row, profile: str) -> None:
    found = request_misses(row, profile) if row.is_request else misses(row, knowledge_of(profile))
    assert not found, f"{row.place}: {row.title}"


@pytest.mark.parametrize(("name", "profile"), STEPS)
def test_one_step_of_any_limit_fails_a_row(name: str, profile: str) -> None:
    knowledge = knowledge_of(profile)
    parameter: Parameter = getattr(knowledge.thresholds, name)
    rows = _likely_first(parameter, profile)
    for moved in _moved(parameter):
        changed = replace(knowledge, thresholds=replace(knowledge.thresholds, **{name: moved}))
        assert any(misses(row, changed) for row in rows), f"no row notices {moved.value}"


def _likely_first(parameter: Parameter, profile: str) -> list[Row]:
    """The rows of a profile, those under the parameter's own label first."""
    rows = [row for row in ROWS if profile in row.profiles and not row.is_request]
    return sorted(rows, key=lambda row: (row.title != parameter.label, "eGFR" not in row.title))


def _moved(parameter: Parameter) -> Iterator[Parameter]:
    for unit, value in parameter.value.items():
        step = Decimal(1).scaleb(int(value.as_tuple().exponent))
        for other in (value + step, value - step):
            yield replaced(parameter, value={**parameter.value, unit: other})


def test_every_rung_is_reached_in_every_profile() -> None:
    for profile in PROFILES:
        reached = {row.expected.get("rung") for row in ROWS if profile in row.profiles}
        assert STEPS_BY_ID.keys() <= reached


def test_every_caution_is_raised_and_withheld() -> None:
    expected = " ".join(row.expected.get("cautions", "") for row in ROWS).replace(",", " ").split()
    for code, _ in CAUTIONS:
        assert code in expected
        assert f"!{code}" in expected


def test_every_tier_is_reached() -> None:
    tiers = {row.expected.get("tier") for row in ROWS}
    assert {"N0", "N1", "N2", "N3", "unknown"} <= tiers

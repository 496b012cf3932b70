"""Every limit is held by rows: one step of its last digit to either side makes one of them fail."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import replace as replaced
from decimal import Decimal
from functools import cache
from typing import Any

import pytest
from msgspec.structs import replace

from assessments import get_profile
from cobalamin.service.rules.model.parameter import Parameter
from cobalamin.service.rules.model.thresholds import Thresholds
from spec_tables import PROFILES, Row, all_rows, misses

ROWS = tuple(all_rows())
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


@pytest.mark.parametrize(("name", "profile"), STEPS)
def test_one_step_of_any_limit_fails_a_row(name: str, profile: str) -> None:
    knowledge = get_profile(profile).knowledge
    parameter: Parameter = getattr(knowledge.thresholds, name)
    rows = _likely_first(parameter, _rows_by_limit(profile)[name])
    for moved in _moved(parameter):
        changed = replace(knowledge, thresholds=replace(knowledge.thresholds, **{name: moved}))
        assert any(misses(row, changed) for row in rows), f"no row notices {moved.value}"


class _Reads:
    """The thresholds of a profile, and which of them were read."""

    def __init__(self, thresholds: Thresholds) -> None:
        self._thresholds = thresholds
        self.names: set[str] = set()

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - as in Thresholds
        self.names.add(name)
        return getattr(self._thresholds, name)


@cache
def _rows_by_limit(profile: str) -> Mapping[str, list[Row]]:
    """The rows of a profile by each limit that is read for them: no other can notice a change."""
    knowledge, rows = get_profile(profile).knowledge, defaultdict(list)
    for row in ROWS:
        if profile in row.profiles and not row.is_request:
            reads = _Reads(knowledge.thresholds)
            misses(row, replace(knowledge, thresholds=reads))
            for name in reads.names:
                rows[name].append(row)
    return rows


def _likely_first(parameter: Parameter, rows: list[Row]) -> list[Row]:
    """Those under the label of the limit come first, then those with a result at it."""
    return sorted(
        rows, key=lambda row: (row.title != parameter.label, not _has_result_at(parameter, row))
    )


def _has_result_at(parameter: Parameter, row: Row) -> bool:
    quantities = [one.quantity for one in row.facts.results if one.quantity is not None]
    return any(
        abs(quantity.value - parameter.value[quantity.unit])
        <= _step(parameter.value[quantity.unit])
        for quantity in quantities
        if quantity.unit in parameter.value
    )


def _step(value: Decimal) -> Decimal:
    """One of its last digit."""
    return Decimal(1).scaleb(int(value.as_tuple().exponent))


def _moved(parameter: Parameter) -> Iterator[Parameter]:
    for unit, value in parameter.value.items():
        for other in (value + _step(value), value - _step(value)):
            yield replaced(parameter, value={**parameter.value, unit: other})

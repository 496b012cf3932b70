"""Rows of the spec tables that between them reach every step of the pathway."""

from collections.abc import Iterator
from functools import cache

from assessments import get_profile
from cobalamin.service.rules.assess import assess
from cobalamin.service.rules.model.assessment import Assessment
from spec_tables import Row, all_rows


@cache
def step_rows() -> tuple[tuple[str, Row, Assessment], ...]:
    """The first row for each step and route in each profile, with what is made of it."""
    return tuple(_first_rows())


def _first_rows() -> Iterator[tuple[str, Row, Assessment]]:
    seen = set()
    for row in all_rows():
        for profile in () if row.is_request else row.profiles:
            assessment = assess(row.facts, get_profile(profile).knowledge, row.on)
            key = (profile, assessment.plan.rung, assessment.plan.route)
            if key not in seen:
                seen.add(key)
                yield profile, row, assessment

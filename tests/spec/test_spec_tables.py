"""Every row of the spec tables holds."""

import pytest

from assessments import get_profile
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


@pytest.mark.parametrize(("row", "profile"), CASES)
def test_row_holds(row: Row, profile: str) -> None:
    found = (
        request_misses(row, profile)
        if row.is_request
        else misses(row, get_profile(profile).knowledge)
    )
    assert not found, f"{row.place}: {row.title}"


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

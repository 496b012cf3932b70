"""Every row of the page of rulings holds as the page writes it, where that stands here."""

import pytest

from app import SHARED
from assessments import get_profile
from ruling_tables import ruling_rows
from spec_answers import request_misses
from spec_tables import Row, misses

PAGE = SHARED.parent / "rulings-2.md"
CASES = [
    pytest.param(row, profile, id=f"{row.place}-{at}-{profile}")
    for at, row in enumerate(ruling_rows(PAGE) if PAGE.is_file() else ())
    for profile in row.profiles
]

pytestmark = pytest.mark.skipif(
    not PAGE.is_file(), reason="the page of rulings is not beside the project"
)


@pytest.mark.parametrize(("row", "profile"), CASES)
def test_a_row_of_a_ruling_holds(row: Row, profile: str) -> None:
    found = (
        request_misses(row, profile)
        if row.is_request
        else misses(row, get_profile(profile).knowledge)
    )
    assert not found, f"{row.place}: {row.given}"

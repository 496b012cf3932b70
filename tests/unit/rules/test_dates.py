"""Clinical dates are spans; an age counts from the latest day a birth date can mean."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cobalamin.service.rules.model.dates import days_after, months_after, read_when
from cobalamin.service.rules.model.facts import Patient, age_on


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2026", "2026-01-01", "2026-12-31"),
        ("2026-02", "2026-02-01", "2026-02-28"),
        ("2024-02", "2024-02-01", "2024-02-29"),
        ("2026-12", "2026-12-01", "2026-12-31"),
        ("2026-05-02", "2026-05-02", "2026-05-02"),
        ("2026-05-02T08:30", "2026-05-02", "2026-05-02"),
        ("2026-05-02T08:30:00Z", "2026-05-02", "2026-05-02"),
        ("2026-05-02T08:30:00.123+02:00", "2026-05-02", "2026-05-02"),
    ],
)
def test_span(text: str, first: str, last: str) -> None:
    when = read_when(text)
    assert (when.first.isoformat(), when.last.isoformat(), when.text) == (first, last, text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "20",
        "26-05-02",
        "2026-13",
        "2026-02-30",
        "yesterday",
        "2026-5",
        "2026-W05-1",
        "2026-W05-1T08:00",
    ],
)
def test_what_is_no_date_is_refused(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - each kind of text has its own message
        read_when(text)


@pytest.mark.parametrize(
    ("born", "age"),
    [("1969-11-20", 57), ("1969-11-21", 56), ("1969", 56), ("1969-11", 56), ("1969-10", 57)],
)
def test_age_on_a_day(born: str, age: int) -> None:
    assert age_on(Patient(birth_date=read_when(born)), date(2026, 11, 20)) == age


def test_age_without_a_birth_date_is_what_was_sent() -> None:
    assert age_on(Patient(age=75), date(2026, 11, 20)) == 75
    assert age_on(Patient(), date(2026, 11, 20)) is None


@given(st.dates(), st.integers(-200_000, 200_000))
def test_no_day_lies_beyond_the_calendar(day: date, count: int) -> None:
    for moved in (days_after(day, count), months_after(day, count)):
        assert (moved > day) is (count > 0 and day < date.max)
        assert (moved < day) is (count < 0 and day > date.min)
    if abs(count) < 40_000 and date(200, 1, 1) < day < date(9800, 1, 1):
        assert (days_after(day, count) - day).days == count

"""What a drop and a doubling look like, and how seldom ordinary days look like one."""

import math
import random
from collections.abc import Callable
from datetime import date, timedelta
from itertools import pairwise

import pytest

from cobalamin.service.records.rate_changes import (
    FALSE_ALARMS,
    QUIET_DAYS,
    WINDOWS,
    DayCount,
    RateChange,
    _tail,
    find_change,
)

FIRST = date(2026, 1, 1)
YEAR = 365
# Cards a day of ten topics, from the most to the least frequent.
TOPICS = (60, 40, 25, 15, 8, 4, 2, 1, 0.4, 0.1)
MOST_FALSE_REPORTS = 1
"""In a year, of all ten topics together; six tests a day for each of them."""
Rate = Callable[[int], float]


def poisson(mean: float, chance: random.Random) -> int:
    """A Poisson count (Knuth), the sum of small ones where the mean is large."""
    if mean > 30:
        return poisson(mean / 2, chance) + poisson(mean / 2, chance)
    limit, product, count = math.exp(-mean), chance.random(), 0
    while product > limit:
        product *= chance.random()
        count += 1
    return count


def ordinary(chance: random.Random, day: int) -> int:
    """Evaluations of an ordinary day: fewer at weekends, and no two days alike."""
    weekend = (FIRST + timedelta(days=day)).weekday() >= 5
    return poisson((600 if weekend else 2000) * chance.gammavariate(40, 1 / 40), chance)


def simulated(rate: Rate, days: int, seed: int, spread: float = 50) -> list[DayCount]:
    """Counts whose rate differs from day to day by chance as well (a gamma mixture)."""
    chance, found = random.Random(seed), []  # noqa: S311 - a simulation
    for day in range(days):
        evaluations = ordinary(chance, day)
        mean = rate(day) * evaluations / 2000 * chance.gammavariate(spread, 1 / spread)
        found.append(DayCount(FIRST + timedelta(days=day), poisson(mean, chance), evaluations))
    return found


def constant(rate: float) -> Rate:
    return lambda _: rate


def reports(days: list[DayCount]) -> list[RateChange]:
    found: list[RateChange] = []
    for end in range(1, len(days) + 1):
        change = find_change(days[max(0, end - 200) : end], found)
        if change is not None:
            found.append(change)
    return found


@pytest.mark.parametrize("seed", range(4))
def test_a_year_of_ordinary_days_gives_at_most_the_stated_false_reports(seed: int) -> None:
    found = [
        change
        for number, rate in enumerate(TOPICS)
        for change in reports(simulated(constant(rate), YEAR, 100 * seed + number))
    ]
    assert len(found) <= MOST_FALSE_REPORTS


def test_the_stated_number_is_what_the_tests_allow() -> None:
    expected = FALSE_ALARMS * 2 * len(WINDOWS) * YEAR * len(TOPICS)
    assert expected < 0.25
    more_than_stated = 1 - math.exp(-expected) * (1 + expected)
    assert more_than_stated < 0.03


@pytest.mark.parametrize(("rate", "within"), [(60, 1), (25, 3), (15, 4), (4, 7), (1, 28)])
def test_a_drop_to_zero_is_reported(rate: float, within: int) -> None:
    start = 152  # a Tuesday
    days = simulated(lambda day: rate if day < start else 0, start + within, seed=5)
    found = reports(days)
    assert [change.is_rise for change in found] == [False]
    assert found[0].day >= FIRST + timedelta(days=start)


@pytest.mark.parametrize(("rate", "within"), [(60, 4), (25, 7), (15, 7), (8, 14), (4, 28)])
def test_a_doubling_is_reported(rate: float, within: int) -> None:
    start = 152  # a Tuesday
    days = simulated(lambda day: rate if day < start else 2 * rate, start + within, seed=6)
    found = reports(days)
    assert {change.is_rise for change in found} == {True}
    assert found[0].day >= FIRST + timedelta(days=start)


def test_what_lasts_is_reported_once_and_is_the_past_then() -> None:
    days = simulated(lambda day: 25 if day < 120 else 50, 365, seed=8)
    found = reports(days)
    assert len(found) <= 2
    assert all((b.day - a.day).days >= QUIET_DAYS for a, b in pairwise(found))
    back = simulated(lambda day: 25 if day < 120 or day >= 300 else 50, 330, seed=8)
    assert [change.is_rise for change in reports(back)][-1] is False


def test_what_never_happened_and_begins_is_reported() -> None:
    found = reports(simulated(lambda day: 0 if day < 100 else 10, 105, seed=9))
    assert [change.is_rise for change in found] == [True]
    assert found[0].expected == 0


def test_nothing_is_said_before_there_is_a_past() -> None:
    days = simulated(lambda day: 100 if day % 2 else 0, 28, seed=1)
    assert reports(days) == []
    assert find_change([]) is None
    assert find_change([DayCount(FIRST, 0, 0)]) is None


@pytest.mark.parametrize(
    ("count", "total", "share", "rises"),
    [(0, 40, 0.2, False), (3, 40, 0.2, False), (20, 40, 0.2, True), (40, 40, 0.5, True)],
)
def test_the_tail_is_the_sum_of_the_binomial(
    count: int, total: int, share: float, *, rises: bool
) -> None:
    wanted = range(count, total + 1) if rises else range(count + 1)
    exact = sum(math.comb(total, k) * share**k * (1 - share) ** (total - k) for k in wanted)
    assert _tail(count, total, share, rises=rises) == pytest.approx(exact, rel=1e-4)

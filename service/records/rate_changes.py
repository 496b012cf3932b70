"""Changes in how often something happens that chance does not explain.

The newest days are compared with the past of the same count by the exact conditional test of two
Poisson rates (Przyborowski and Wilenski 1940): of all events, those of the newest days are binomial
with the share of these days in all evaluations. Days differ more than Poisson counts do, so the
counts are divided by the dispersion of the past first, by the upper limit of what it may be.
"""

from collections.abc import Iterator, Sequence
from datetime import date
from math import ceil, exp, floor, lgamma, log, log1p, sqrt

from msgspec import Struct

WINDOWS = (1, 7, 28)
"""Days that are looked at together: a common card is missed in a day, a rare one in a month."""
PAST_DAYS = 84
FEWEST_PAST_DAYS = 28
QUIET_DAYS = 28
"""For so many days a change that was reported is not reported again."""
FALSE_ALARMS = 1e-5
"""How often each test of each window and side finds a change where there is none, at most.

With six tests a day and ten topics that is one false report in about five years.
"""
Z_UPPER = 1.644854
"""The 95th percentile of the standard normal distribution."""
SATURDAY = 5


class DayCount(Struct, frozen=True):
    """How often something happened on a day, and among how many evaluations."""

    day: date
    count: int
    evaluations: int


class RateChange(Struct, frozen=True, kw_only=True):
    """A count of the newest days that the past does not explain; `expected` is what it does."""

    day: date
    days: int
    count: int
    expected: float

    @property
    def is_rise(self) -> bool:
        """Whether it is more than expected."""
        return self.count > self.expected


def find_change(days: Sequence[DayCount], reported: Sequence[RateChange] = ()) -> RateChange | None:
    """The change that the last of these days shows, in the shortest window that shows one.

    `days` are in order; those without an evaluation do not count. `reported` are changes of the
    same count that were found before: from the last one on the rate is taken for the new past, as
    soon as that is long enough, and it is not found again within `QUIET_DAYS`.
    """
    counted = [day for day in days if day.evaluations]
    if not counted:
        return None
    newest = counted[-1].day
    last = max((change.day for change in reported if change.day < newest), default=None)
    if last is not None and (newest - last).days >= FEWEST_PAST_DAYS + WINDOWS[-1]:
        counted = [day for day in counted if day.day > last]
    for window in WINDOWS:
        change = _change_within(counted, newest, window)
        if change is not None and not _is_known(change, reported):
            return change
    return None


def _is_known(change: RateChange, reported: Sequence[RateChange]) -> bool:
    return any(
        earlier.is_rise == change.is_rise and 0 <= (change.day - earlier.day).days < QUIET_DAYS
        for earlier in reported
    )


def _change_within(days: Sequence[DayCount], newest: date, window: int) -> RateChange | None:
    recent = [day for day in days if 0 <= (newest - day.day).days < window]
    past = [day for day in days if window <= (newest - day.day).days < window + PAST_DAYS]
    if len(past) < FEWEST_PAST_DAYS:
        return None
    if window == 1:  # a Sunday is no Monday
        past = [day for day in past if _is_weekend(day.day) == _is_weekend(newest)]
    count, total = _sum(recent), _sum(past)
    now, before = _evaluations(recent), _evaluations(past)
    if not past or total + count == 0:
        return None
    dispersion = _dispersion(past)
    share = now / (now + before)
    rises = count * before > total * now
    tail = _tail(count / dispersion, (count + total) / dispersion, share, rises=rises)
    if tail >= FALSE_ALARMS:
        return None
    return RateChange(day=newest, days=window, count=count, expected=total * now / before)


def _dispersion(past: Sequence[DayCount]) -> float:
    """How much more days differ than Poisson counts: the upper 95 % limit, at least 1."""
    freedom = len(past) - 1
    rate = _sum(past) / _evaluations(past)
    if freedom < 1 or rate == 0:
        return 1.0
    expected = [rate * day.evaluations for day in past]
    squares = sum((day.count - mean) ** 2 / mean for day, mean in zip(past, expected, strict=True))
    # The lower percentile of chi-square after Wilson and Hilferty 1931.
    step = 2 / (9 * freedom)
    percentile = freedom * (1 - step - Z_UPPER * sqrt(step)) ** 3
    return max(1.0, squares / percentile)


def _tail(count: float, total: float, share: float, *, rises: bool) -> float:
    """The probability of a binomial count as extreme, towards the side on which it lies.

    Fractions are rounded so that the probability is never too small.
    """
    trials = max(ceil(total), 1)
    if rises:
        return sum(_binomial(trials, share, floor(count), trials))
    return sum(_binomial(trials, 1 - share, trials - min(ceil(count), trials), trials))


def _binomial(trials: int, share: float, first: int, last: int) -> Iterator[float]:
    """The probabilities from one count on, until they no longer matter."""
    constant = lgamma(trials + 1)
    for count in range(first, last + 1):
        chosen = constant - lgamma(count + 1) - lgamma(trials - count + 1)
        rest = (trials - count) * log1p(-share) if count < trials else 0.0
        probability = exp(chosen + (count * log(share) if count else 0.0) + rest)
        yield probability
        if count > share * trials and probability < FALSE_ALARMS * 1e-6:
            return


def _is_weekend(day: date) -> bool:
    return day.weekday() >= SATURDAY


def _sum(days: Sequence[DayCount]) -> int:
    return sum(day.count for day in days)


def _evaluations(days: Sequence[DayCount]) -> int:
    return sum(day.evaluations for day in days)

"""Proportions with intervals."""

from math import sqrt
from statistics import NormalDist

from msgspec import Struct

LEVEL = 0.95


class ProportionEstimate(Struct, frozen=True):
    """So many of so many, in per cent, with the interval; None of nobody."""

    part: int
    whole: int
    percent: float | None
    low: float | None
    high: float | None


def proportion(part: int, whole: int) -> ProportionEstimate:
    """The share with its Wilson score interval of 95 %, without a correction for continuity.

    Wilson EB. J Am Stat Assoc 1927;22:209-212. It stays within 0 to 100 and has a width also where
    nobody or everybody is counted.
    """
    if whole == 0:
        return ProportionEstimate(part, whole, None, None, None)
    z = NormalDist().inv_cdf((1 + LEVEL) / 2)
    share, square = part / whole, z * z / whole
    centre = (share + square / 2) / (1 + square)
    half = z / (1 + square) * sqrt(share * (1 - share) / whole + square / (4 * whole))
    # The ends are exact where nobody or everybody is counted; rounding would leave a trace.
    low = 0.0 if part == 0 else centre - half
    high = 1.0 if part == whole else centre + half
    return ProportionEstimate(part, whole, _percent(share), _percent(low), _percent(high))


def _percent(share: float) -> float:
    return round(100 * share, 2)

"""Proportions with their uncertainty."""

from math import sqrt

from msgspec import Struct

Z_95 = 1.959964
"""The 97.5th percentile of the standard normal distribution."""


class Proportion(Struct, frozen=True):
    """A share with the limits of its 95 % interval, each from 0 to 1."""

    share: float
    low: float
    high: float


def wilson_interval(count: int, total: int) -> Proportion | None:
    """The Wilson score interval (Wilson 1927), which holds for small numbers too; None of none."""
    if total == 0:
        return None
    share, square = count / total, Z_95**2
    centre = (share + square / (2 * total)) / (1 + square / total)
    half = Z_95 / (1 + square / total)
    half *= sqrt(share * (1 - share) / total + square / (4 * total**2))
    # Exactly 0 and 1 at the ends, where rounding could pass them.
    low, high = (0.0 if count == 0 else centre - half), (1.0 if count == total else centre + half)
    return Proportion(share, low, high)

"""Comparators are intervals: an answer is given only where the whole interval allows it."""

from decimal import Decimal

import pytest

from cobalamin.service.rules.model.quantities import Comparator, Quantity, is_above, is_below
from cobalamin.service.rules.model.truth import Truth

LIMIT = Decimal(180)


def q(text: str) -> Quantity:
    sign = text.rstrip("0123456789.")
    comparator = Comparator(sign) if sign else None
    return Quantity(value=Decimal(text[len(sign) :]), unit="ng/L", comparator=comparator)


@pytest.mark.parametrize(
    ("text", "below", "above"),
    [
        ("179", True, False),
        ("180", False, False),
        ("181", False, True),
        ("<180", True, False),
        ("<181", None, None),
        ("<179", True, False),
        ("<=180", None, False),
        ("<=179", True, False),
        ("<=181", None, None),
        (">180", False, True),
        (">179", None, None),
        (">=180", False, None),
        (">=181", False, True),
        (">=179", None, None),
    ],
)
def test_interval_against_a_limit(text: str, *, below: Truth, above: Truth) -> None:
    assert is_below(q(text), LIMIT) is below
    assert is_above(q(text), LIMIT) is above


def test_a_quantity_reads_as_it_was_reported() -> None:
    assert str(q("<7.10")) == "<7.10 ng/L"

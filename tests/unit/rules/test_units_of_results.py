"""A unit is recognised, translated from a known spelling, or refused; never guessed."""

from decimal import Decimal

import pytest

from cobalamin.service.rules.model.quantities import Comparator
from cobalamin.service.rules.model.units import (
    NotRecognised,
    Recognised,
    UnitTable,
    are_plausible,
    convert_limit,
    recognise,
)

TABLE = UnitTable(
    canonical="ng/L",
    factors={"ng/L": Decimal(1), "ug/L": Decimal(1000)},
    aliases={"pg/ml": "ng/L"},
    refused={"umol/L": "umol/L is not plausible for this analyte"},
    plausible={"ng/L": (Decimal(5), Decimal(1000))},
)


def test_a_listed_unit_is_kept_as_reported() -> None:
    read = recognise(Decimal("98.0"), "ng/L", TABLE)
    assert isinstance(read, Recognised)
    assert (str(read.quantity), read.alias) == ("98.0 ng/L", None)


def test_an_alias_is_translated_and_told() -> None:
    read = recognise(Decimal(98), " pg/ml ", TABLE)
    assert isinstance(read, Recognised)
    assert (read.quantity.unit, read.alias) == ("ng/L", "pg/ml")


@pytest.mark.parametrize(
    ("value", "unit", "code"),
    [
        ("98", None, "unit-missing"),
        ("98", "  ", "unit-missing"),
        ("98", "pg/dl", "unit-not-read"),
        ("98", "umol/L", "unit-not-read"),
        ("98", "x" * 60, "unit-not-read"),
        ("NaN", "ng/L", "value-not-read"),
        ("1E+999999", "ng/L", "value-not-read"),
        ("-1", "ug/L", "value-not-plausible"),
        ("1001", "ng/L", "value-not-plausible"),
        ("4", "ng/L", "value-not-plausible"),
    ],
)
def test_what_cannot_be_believed_is_refused(value: str, unit: str | None, code: str) -> None:
    read = recognise(Decimal(value), unit, TABLE)
    assert isinstance(read, NotRecognised)
    assert read.code == code
    assert value not in read.text.split()


def test_a_value_below_the_assay_may_be_smaller_than_plausible() -> None:
    read = recognise(Decimal(4), "ng/L", TABLE, Comparator.below)
    assert isinstance(read, Recognised)


def test_a_unit_without_limits_is_plausible() -> None:
    assert isinstance(recognise(Decimal(5000), "ug/L", TABLE), Recognised)


def test_a_limit_is_converted_by_the_factors() -> None:
    assert convert_limit(Decimal(180), "ng/L", "ug/L", TABLE) == Decimal("0.18")


def test_a_refusal_names_the_unit_or_hides_what_is_too_long() -> None:
    short, long = (recognise(Decimal(9), unit, TABLE) for unit in ("pg/dl", "x" * 60))
    assert isinstance(short, NotRecognised)
    assert isinstance(long, NotRecognised)
    assert '"pg/dl"' in short.text
    assert "xxx" not in long.text


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (None, "271", True),
        ("0", "271", True),
        ("180", "914", True),
        (None, "0.4", False),
        (None, "5000", False),
        ("5000", None, False),
    ],
)
def test_a_reports_own_limits_must_fit_the_unit(
    low: str | None, high: str | None, *, expected: bool
) -> None:
    limits = [None if text is None else Decimal(text) for text in (low, high)]
    assert are_plausible(TABLE, "ng/L", limits[0], limits[1]) is expected
    assert are_plausible(TABLE, "ug/L", limits[0], limits[1]) is True

"""Haemoglobin in mmol/L: a monomer, a tetramer, or refused with both readings."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from cobalamin.service.knowledge.units import load_units
from cobalamin.service.rules.model.units import NotRecognised, Recognised, recognise
from cobalamin.service.rules.model.vocabulary import Analyte

TABLE = load_units()[Analyte.haemoglobin]
TETRAMER = "mmol/L{Hb4}"


def decimals(low: str, high: str) -> st.SearchStrategy[Decimal]:
    return st.decimals(Decimal(low), Decimal(high), places=2)


def unit_of(value: Decimal, own_low: Decimal | None) -> str | None:
    read = recognise(value, "mmol/L", TABLE, own_low=own_low)
    return read.quantity.unit if isinstance(read, Recognised) else None


@given(decimals("3.00", "15.60"), st.none() | decimals("3.01", "20"))
def test_from_three_it_is_a_monomer(value: Decimal, own_low: Decimal | None) -> None:
    assert unit_of(value, own_low) == "mmol/L"


@given(decimals("0.30", "3.90"), decimals("0.01", "3.00"))
def test_a_lower_limit_of_a_tetramer_makes_it_one(value: Decimal, own_low: Decimal) -> None:
    assert unit_of(value, own_low) == TETRAMER


@given(decimals("1.20", "2.99"), decimals("6.00", "12.00"))
def test_a_lower_limit_of_a_monomer_makes_it_one(value: Decimal, own_low: Decimal) -> None:
    assert unit_of(value, own_low) == "mmol/L"


@given(decimals("0.30", "2.99"), st.none() | decimals("3.01", "5.99"))
def test_else_it_is_refused_with_both_readings(value: Decimal, own_low: Decimal | None) -> None:
    read = recognise(value, "mmol/L", TABLE, own_low=own_low)
    assert isinstance(read, NotRecognised)
    assert read.code == "haemoglobin-unit-unclear"
    monomer, tetramer = (reading.value for reading in read.readings)
    assert abs(monomer - value * TABLE.factors["mmol/L"]) <= Decimal("0.5")
    assert abs(tetramer - value * TABLE.factors[TETRAMER]) <= Decimal("0.5")
    assert str(value) not in read.text

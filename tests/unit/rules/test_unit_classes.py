"""Values that the published limits class differently by unit: those of the page, and no others."""

from decimal import Decimal
from pathlib import Path

import pytest

from assessments import PROFILES, get_profile
from cobalamin.service.knowledge.threshold_checks import unit_table_of
from cobalamin.service.rules.model.parameter import Parameter
from cobalamin.service.rules.model.quantities import Quantity, is_above, is_below
from cobalamin.service.rules.model.thresholds import Thresholds
from cobalamin.service.rules.model.units import UnitTable
from unit_classes import apart, table

PAGE = Path(__file__).resolve().parents[3] / "docs" / "report-comments.md"


def test_the_page_has_the_table_as_it_is_reckoned() -> None:
    assert table() in PAGE.read_text("utf-8"), "run `python -m unit_classes` for the page"


def classed(limit: Parameter, value: Decimal, mass: str, unit: str, units: UnitTable) -> object:
    """The class of a value of that mass, reported in a unit."""
    reported = value * units.factors[mass] / units.factors[unit]
    compare = is_below if " below " in limit.label else is_above
    return compare(Quantity(value=reported, unit=unit), limit.value[unit])


@pytest.mark.parametrize("profile", PROFILES)
def test_only_values_between_the_numbers_are_classed_differently(profile: str) -> None:
    knowledge = get_profile(profile).knowledge
    tried = 0
    for key in Thresholds.__struct_fields__:
        limit: Parameter = getattr(knowledge.thresholds, key)
        units = unit_table_of(key, knowledge.units)
        if units is None:
            continue
        for mass, moles, other in apart(limit, units):
            own = limit.value[mass]
            for share, differs in (("-0.1", False), ("0.1", True), ("0.9", True), ("1.1", False)):
                value = own + (other - own) * Decimal(share)
                found = [classed(limit, value, mass, unit, units) for unit in (mass, moles)]
                assert (found[0] is not found[1]) == differs, (key, value)
                tried += 1
    assert tried >= 16

"""Results of the same moment have one order, whatever the order in which they were sent."""

from datetime import date
from decimal import Decimal
from itertools import permutations

from msgspec.structs import replace

from assessments import get_profile
from cobalamin.service.rules.evidence.case import Case
from cobalamin.service.rules.model.dates import read_when
from cobalamin.service.rules.model.facts import Facts, Flag, Patient, ReferenceRange, Result
from cobalamin.service.rules.model.quantities import Comparator, Quantity
from cobalamin.service.rules.model.vocabulary import Analyte

PLAIN = Result(
    analyte=Analyte.b12_total,
    on=read_when("2026-11-18"),
    quantity=Quantity(value=Decimal(20), unit="ng/L"),
)
BELOW = Quantity(value=Decimal(20), unit="ng/L", comparator=Comparator.below)
ALIKE = (
    PLAIN,
    replace(PLAIN, quantity=BELOW),
    replace(PLAIN, quantity=Quantity(value=Decimal(20), unit="pmol/L")),
    replace(PLAIN, flag=Flag.low),
    replace(PLAIN, limits=ReferenceRange(low=Decimal(180))),
)


def test_results_that_differ_in_one_member_only_keep_one_order() -> None:
    found = {
        Case(
            Facts(patient=Patient(age=50), results=order),
            get_profile().knowledge,
            date(2026, 11, 20),
        ).results(Analyte.b12_total)
        for order in permutations(ALIKE)
    }
    (order,) = found
    assert order[0].quantity == BELOW, "of the same number the one that is lower comes first"

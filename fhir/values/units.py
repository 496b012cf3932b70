"""Convert a FHIR Quantity to one that rules can compare, or to a refusal."""

from decimal import Decimal

from msgspec import Struct

from cobalamin.fhir.decode.issues import Issue
from cobalamin.fhir.decode.resources import QuantityElement
from cobalamin.fhir.values.numbers import ParsedNumber
from cobalamin.fhir.values.unit_labels import parse_concentration
from cobalamin.service.knowledge.units import load_spellings
from cobalamin.service.rules.model.quantities import Comparator, Quantity
from cobalamin.service.rules.model.units import NotRecognised, UnitTable, recognise

UCUM = frozenset(
    {
        None,
        "http://unitsofmeasure.org",
        "http://unitsofmeasure.org/",
        "https://unitsofmeasure.org",
        "http://www.unitsofmeasure.org",
        "urn:oid:2.16.840.1.113883.6.8",
        "UCUM",
    }
)
SPELLINGS = load_spellings()
_COMPARATORS: dict[str, Comparator] = {c.value: c for c in Comparator}
_NOT_RECOGNISED = {
    "unit-missing": Issue.unit_missing,
    "unit-not-read": Issue.unit_not_read,
    "value-not-plausible": Issue.value_not_plausible,
    "value-not-read": Issue.value_not_read,
    "haemoglobin-unit-unclear": Issue.haemoglobin_unit_unclear,
}


class RefusedValue(Struct, frozen=True):
    """Why a value is not used, the element concerned, and what an ambiguous value may stand for."""

    issue: Issue
    element: str
    text: str | None = None
    readings: tuple[Quantity, ...] = ()


def select_unit(quantity_element: QuantityElement, table: UnitTable) -> str | RefusedValue | None:
    """Select code or printed unit of a Quantity; refuse them if they contradict each other."""
    code = quantity_element.code if quantity_element.system in UCUM else None
    printed = quantity_element.unit
    if not code:
        return printed
    if printed and printed != code and _differ(printed, code, table):
        return RefusedValue(Issue.unit_and_code_differ, "")
    return code


def _differ(printed: str, code: str, table: UnitTable) -> bool:
    """Whether the printed unit is a known unit of another size than the code.

    A printed unit that is not known is a label only, unless it spells out a concentration.
    """
    printed = printed.strip()
    spelled, coded = parse_concentration(printed), parse_concentration(code)
    if spelled is not None and coded is not None:
        return spelled != coded
    first, second = table.unit_of(printed), table.unit_of(code)
    if first is None:
        return printed in SPELLINGS and table.refused.get(printed) != table.refused.get(code, "")
    if second is None or first == second:
        return False
    return table.factors.get(first) != table.factors.get(second)


def read_comparator(text: str | None, parsed: ParsedNumber) -> Comparator | RefusedValue | None:
    """The comparator of the element or of the text; contradictory ones are refused."""
    if text is None:
        return parsed.comparator
    comparator = _COMPARATORS.get(text.strip())
    if comparator is None or parsed.comparator not in (None, comparator):
        return RefusedValue(Issue.comparator_not_read, "comparator")
    return comparator


def build_quantity(
    number: Decimal,
    unit: str | None,
    comparator: Comparator | None,
    table: UnitTable,
    own_low: Decimal | None = None,
) -> Quantity | RefusedValue:
    """Build the quantity if unit and value are plausible; `own_low` tells an ambiguous unit."""
    outcome = recognise(number, unit, table, comparator, own_low)
    if isinstance(outcome, NotRecognised):
        return RefusedValue(_NOT_RECOGNISED[outcome.code], "", outcome.text, outcome.readings)
    return outcome.quantity


def issue_of_unit(quantity_element: QuantityElement, unit: str) -> Issue | None:
    """The issue of a unit that was read from its label or an alias."""
    if not quantity_element.code or quantity_element.system not in UCUM:
        return Issue.unit_from_text
    return None if quantity_element.code == unit else Issue.unit_alias


def issue_of_sent_unit(
    quantity_element: QuantityElement, of_code: frozenset[str] | None, table: UnitTable
) -> Issue | None:
    """Why no value in this unit is read; None where its unit is no hindrance.

    `of_code` are the units of the code that it was sent with, None where that leaves them open.
    """
    unit = select_unit(quantity_element, table)
    if isinstance(unit, RefusedValue):
        return unit.issue
    if unit is None or not unit.strip():
        return Issue.unit_missing
    code = table.unit_of(unit.strip())
    if code is None:
        return Issue.unit_not_read
    return None if of_code is None or code in of_code else Issue.unit_not_of_code

"""From a FHIR Quantity to a quantity that rules may compare, or the reason why not."""

from decimal import Decimal

from msgspec import Struct

from cobalamin.fhir.decode.issues import Issue
from cobalamin.fhir.decode.resources import QuantityElement
from cobalamin.fhir.values.numbers import ParsedNumber
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
}


class RefusedValue(Struct, frozen=True):
    """Why a number is not used, and which element is at fault."""

    issue: Issue
    element: str
    text: str | None = None


def select_unit(sent: QuantityElement, table: UnitTable) -> str | RefusedValue | None:
    """The unit of a Quantity, if its code and its printed unit do not contradict each other."""
    code = sent.code if sent.system in UCUM else None
    parsed = sent.unit
    if not code:
        return parsed
    if parsed and parsed != code and _differ(parsed, code, table):
        return RefusedValue(Issue.unit_and_code_differ, "")
    return code


def _differ(parsed: str, code: str, table: UnitTable) -> bool:
    """Whether the printed unit is a unit at all, and is not as large as the code's.

    A printed unit that no table knows is only a label beside the code.
    """
    parsed = parsed.strip()
    first = table.factors.get(table.aliases.get(parsed, parsed))
    if first is None:
        return parsed in SPELLINGS and table.refused.get(parsed) != table.refused.get(code, "")
    second = table.factors.get(table.aliases.get(code, code))
    return second is not None and first != second


def read_comparator(sent: str | None, parsed: ParsedNumber) -> Comparator | RefusedValue | None:
    """The comparator of the element or of the text; two that differ are refused."""
    if sent is None:
        return parsed.comparator
    comparator = _COMPARATORS.get(sent.strip())
    if comparator is None or parsed.comparator not in (None, comparator):
        return RefusedValue(Issue.comparator_not_read, "comparator")
    return comparator


def build_quantity(
    number: Decimal, unit: str | None, comparator: Comparator | None, table: UnitTable
) -> Quantity | RefusedValue:
    """The quantity, if unit and value are believed."""
    known = recognise(number, unit, table, comparator)
    if isinstance(known, NotRecognised):
        return RefusedValue(_NOT_RECOGNISED[known.code], "", known.text)
    return known.quantity


def issue_of_unit(sent: QuantityElement, unit: str) -> Issue | None:
    """What to say of a unit that was taken from its label or from another spelling."""
    if not sent.code or sent.system not in UCUM:
        return Issue.unit_from_text
    return None if sent.code == unit else Issue.unit_alias

"""From a FHIR Quantity to a quantity that rules may compare, or the reason why not."""

from decimal import Decimal

from msgspec import Struct

from cobalamin.fhir.decode.issues import Remark
from cobalamin.fhir.decode.resources import Quantity as Sent
from cobalamin.fhir.values.numbers import Printed
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
    "unit-missing": Remark.unit_missing,
    "unit-not-read": Remark.unit_not_read,
    "value-not-plausible": Remark.value_not_plausible,
    "value-not-read": Remark.value_not_read,
}


class Refused(Struct, frozen=True):
    """Why a number is not used, and which element is at fault."""

    remark: Remark
    element: str
    text: str | None = None


def spelled_unit(sent: Sent, table: UnitTable) -> str | Refused | None:
    """The unit of a Quantity, if its code and its printed unit do not contradict each other."""
    code = sent.code if sent.system in UCUM else None
    printed = sent.unit
    if not code:
        return printed
    if printed and printed != code and _differ(printed, code, table):
        return Refused(Remark.unit_and_code_differ, "")
    return code


def _differ(printed: str, code: str, table: UnitTable) -> bool:
    """Whether the printed unit is a unit at all, and is not as large as the code's.

    A printed unit that no table knows is only a label beside the code.
    """
    printed = printed.strip()
    first = table.factors.get(table.aliases.get(printed, printed))
    if first is None:
        return printed in SPELLINGS and table.refused.get(printed) != table.refused.get(code, "")
    second = table.factors.get(table.aliases.get(code, code))
    return second is not None and first != second


def read_comparator(sent: str | None, printed: Printed) -> Comparator | Refused | None:
    """The comparator of the element or of the text; two that differ are refused."""
    if sent is None:
        return printed.comparator
    comparator = _COMPARATORS.get(sent.strip())
    if comparator is None or printed.comparator not in (None, comparator):
        return Refused(Remark.comparator_not_read, "comparator")
    return comparator


def measured(
    number: Decimal, unit: str | None, comparator: Comparator | None, table: UnitTable
) -> Quantity | Refused:
    """The quantity, if unit and value are believed."""
    known = recognise(number, unit, table, comparator)
    if isinstance(known, NotRecognised):
        return Refused(_NOT_RECOGNISED[known.code], "", known.text)
    return known.quantity


def remark_on_spelling(sent: Sent, unit: str) -> Remark | None:
    """What to say of a unit that was taken from its label or from another spelling."""
    if not sent.code or sent.system not in UCUM:
        return Remark.unit_from_text
    return None if sent.code == unit else Remark.unit_alias

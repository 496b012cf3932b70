"""In which units results were sent, and which of them would be refused: by code and unit."""

from collections import Counter
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import NamedTuple

from cobalamin.fhir.code_extraction import SentConcept
from cobalamin.fhir.decode.resources import QuantityElement
from cobalamin.fhir.values.unit_labels import parse_concentration
from cobalamin.fhir.values.units import issue_of_sent_unit
from cobalamin.service.knowledge.code_counts import SentCode
from cobalamin.service.knowledge.code_meanings import Codes, Meaning
from cobalamin.service.knowledge.result_names import Proposal, analyte_called
from cobalamin.service.rules.model.units import UnitTable
from cobalamin.service.rules.model.vocabulary import Analyte

RESULT = "result"


class UnitCount(NamedTuple):
    """How often a code was sent in a unit. `issue` is empty where that is read.

    `is_proposed` says that the code is not known and the analyte is that of its name; `nearest` is
    the unit to send in place of one that is refused.
    """

    system: str
    code: str
    analyte: Analyte
    is_proposed: bool
    unit: str
    issue: str
    nearest: str
    times: int


class _Key(NamedTuple):
    system: str
    code: str
    analyte: Analyte
    is_proposed: bool
    unit: str
    issue: str


class UnitCounts:
    """Counts the units of what is added: of codes of results, and of those that a name tells."""

    def __init__(self, codes: Codes, units: Mapping[Analyte, UnitTable]) -> None:
        self._codes, self._units = codes, units
        self._times: Counter[_Key] = Counter()

    def add(self, concept: SentConcept) -> None:
        """Count the unit of a result; another concept and a result without a number are none."""
        quantity, codings = concept.quantity, [one for one in concept.codings if one.code]
        if quantity is None or concept.kind != RESULT or not codings:
            return
        known = [(one, found) for one in codings if (found := self._meaning(one)) is not None]
        for coding, meaning in known[:1]:
            self._count(coding, meaning.analyte, meaning.units, quantity, is_proposed=False)
        for coding in () if known else codings:
            named = analyte_called(coding.display or coding.code)
            self._count(coding, named, None, quantity, is_proposed=True)

    def _meaning(self, coding: SentCode) -> Meaning | None:
        return self._codes.find(coding.system, coding.code)

    def _count(
        self,
        coding: SentCode,
        analyte: Analyte | None,
        of_code: frozenset[str] | None,
        quantity: QuantityElement,
        *,
        is_proposed: bool,
    ) -> None:
        table = None if analyte is None else self._units.get(analyte)
        if table is None or analyte is None:
            return
        issue = issue_of_sent_unit(quantity, of_code, table)
        why = "" if issue is None else issue.code
        place = coding.system, coding.code
        self._times[_Key(*place, analyte, is_proposed, _label(quantity), why)] += 1

    def __iter__(self) -> Iterator[UnitCount]:
        """Every code and unit, the most frequent first."""
        for key, times in sorted(self._times.items(), key=lambda pair: (-pair[1], pair[0])):
            table = self._units[key.analyte]
            nearest = nearest_unit(key.unit, table) if key.issue else ""
            yield UnitCount(*key, nearest, times)

    def proposals(self) -> dict[tuple[str, str], Proposal]:
        """What the names of codes that are not known tell, with whether every unit agrees."""
        sent = [count for count in self if count.is_proposed]
        doubtful = {(count.system, count.code) for count in sent if count.issue}
        return {
            code: Proposal(count.analyte, is_certain=code not in doubtful)
            for count in sent
            for code in ((count.system, count.code),)
        }


def nearest_unit(sent: str, table: UnitTable) -> str:
    """The unit that is read and most like one that is not: of the same kind, then of like spelling.

    The usual unit of the analyte where none is like it.
    """
    sizes = dict(_distances(sent, table))
    if sizes:
        return min(sizes, key=lambda unit: sizes[unit])
    spelled = {unit.casefold(): unit for unit in _accepted(table)}
    close = get_close_matches(sent.casefold(), spelled, n=1)
    return spelled[close[0]] if close else table.canonical


def _accepted(table: UnitTable) -> list[str]:
    """The units that are read, the usual one first."""
    return [table.canonical, *table.factors, *sorted(table.separate)]


def _distances(sent: str, table: UnitTable) -> Iterator[tuple[str, int]]:
    """The units of the same kind, each with the powers of ten between it and what was sent."""
    measured = parse_concentration(sent)
    for unit in () if measured is None else _accepted(table):
        size = parse_concentration(unit)
        if size is not None and measured is not None and size.measured == measured.measured:
            yield unit, abs(size.exponent - measured.exponent)


def _label(quantity: QuantityElement) -> str:
    """Code and printed unit as they were sent; both where they differ."""
    sent = dict.fromkeys(text for text in (quantity.code, quantity.unit) if text)
    return " / ".join(sent)

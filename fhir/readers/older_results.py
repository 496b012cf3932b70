"""Older results of an analyte, behind a newer one that can be used, which no rule asks for.

A chart may hold a panel for every week of years. Of each analyte the results are read from the
newest one on, until one can be used. All of an analyte are read where their order is not certain:
one was corrected, withdrawn, or is part of something else, or its time is in the future, cannot be
meant, or cannot be compared with the others.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from itertools import groupby
from operator import attrgetter

from msgspec import Struct

from cobalamin.fhir.decode.reader_state import ElementPath, LocatedResource, ReaderState
from cobalamin.fhir.decode.resources import NONE, Observation
from cobalamin.fhir.readers.usability import concepts_of
from cobalamin.fhir.values.codings import LOINC
from cobalamin.service.rules.evidence.date_checks import find_fault
from cobalamin.service.rules.evidence.earlier_results import analytes_looked_back_on
from cobalamin.service.rules.model.vocabulary import Analyte

FINAL = "final"
_TIME = attrgetter("time")
Time = datetime | date
Coding = tuple[str | None, str | None]


class DatedResult(Struct, frozen=True):
    """A result by its position among the resources; `time` is None where it is not certain."""

    index: int
    time: Time | None = None
    reference: str | None = None


class OlderResults:
    """The results that are read only if no newer one of their analyte could be used."""

    def __init__(self, groups: Mapping[Analyte, Sequence[Sequence[int]]]) -> None:
        """`groups` are the positions of each analyte's results by time, the newest first."""
        self._groups = groups
        self.indexes = frozenset(
            index for several in groups.values() for group in several for index in group
        )

    def needed(self, state: ReaderState) -> Iterator[int]:
        """The positions of those to be read after all; each is read before the next is asked for.

        All where a rule looks back, else those of one time after another until one can be used.
        """
        looked_back_on = analytes_looked_back_on(state.history)
        usable = {item.result.analyte for item in state.accepted}
        for analyte, groups in self._groups.items():
            for group in groups:
                if analyte in usable and analyte not in looked_back_on:
                    break
                read = len(state.accepted)
                yield from group
                usable.update(item.result.analyte for item in state.accepted[read:])


def find_older_results(
    state: ReaderState, resources: Sequence[LocatedResource], on: date | None
) -> OlderResults:
    """The older results among resources that are about to be read on a day; none without a day.

    Reports and panels may withdraw results, or miss one: beside them everything is read.
    """
    if on is None or state.has_members or state.withdrawn_by_report:
        return OlderResults({})
    chart = _Chart(state, on)
    for index, (path, resource) in enumerate(resources):
        if isinstance(resource, Observation):
            chart.add(index, path, resource)
    return OlderResults(chart.older())


class _Chart:
    """The results of a chart by analyte; each code and each time is looked at once."""

    def __init__(self, state: ReaderState, day: date) -> None:
        self._state, self._day = state, day
        self._known: dict[Coding, Analyte | None] = {}
        self._times: dict[str | None, Time | None] = {}
        self._series: dict[Analyte, list[DatedResult]] = {}

    def add(self, index: int, path: ElementPath, observation: Observation) -> None:
        """Add an Observation to the series of each analyte that it or a component has."""
        analytes = {self._analyte(coding) for coding in _codings(observation)} - {None}
        result = DatedResult(index)
        if len(analytes) == 1 and _is_plain(observation):
            name = observation.id or path.full_url
            result = DatedResult(index, self._time(observation.effectiveDateTime), name)
        for analyte in analytes:
            if analyte is not None:
                self._series.setdefault(analyte, []).append(result)

    def older(self) -> Mapping[Analyte, Sequence[Sequence[int]]]:
        """The positions behind the newest of each analyte, by time, where there is an order."""
        always = analytes_looked_back_on(())
        return {
            analyte: _by_time(several)[1:]
            for analyte, several in self._series.items()
            if analyte not in always and _has_order(several)
        }

    def _analyte(self, coding: Coding) -> Analyte | None:
        if coding not in self._known:
            meaning = self._state.codes.find(coding[0] or LOINC, coding[1])
            self._known[coding] = None if meaning is None else meaning.analyte
        return self._known[coding]

    def _time(self, text: str | None) -> Time | None:
        if text not in self._times:
            self._times[text] = _certain_time(self._state, text or "", self._day)
        return self._times[text]


def _codings(observation: Observation) -> list[Coding]:
    alone = observation.component is NONE
    concepts = (observation.code,) if alone else concepts_of(observation)
    codings = [concept.coding for concept in concepts if concept is not None and concept.coding]
    return [(coding.system, coding.code) for several in codings for coding in several]


def _is_plain(observation: Observation) -> bool:
    """Whether it is final and neither holds other results nor is a correction of one."""
    held = (observation.component, observation.hasMember, observation.contained)
    return observation.status == FINAL and held == (NONE, NONE, NONE)


def _certain_time(state: ReaderState, text: str, day: date) -> Time | None:
    """The instant where it has a zone, else the last day that it can mean."""
    try:
        when = state.parse_when(text)
    except ValueError:
        return None
    if when.last > day or find_fault(when, state.patient.birth_date, day) is not None:
        return None
    instant = when.instant
    return when.last if instant is None or instant.tzinfo is None else instant


def _has_order(results: Sequence[DatedResult]) -> bool:
    """Whether all times can be compared and no two results are of one name."""
    kinds = {type(result.time) for result in results}
    names = [result.reference for result in results if result.reference is not None]
    return len(kinds) == 1 and kinds != {type(None)} and len(set(names)) == len(names)


def _by_time(results: Iterable[DatedResult]) -> list[list[int]]:
    newest_first = sorted(results, key=_TIME, reverse=True)
    return [[one.index for one in group] for _, group in groupby(newest_first, key=_TIME)]

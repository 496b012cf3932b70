"""Problems that are being added to the list: conditions as clients send them, often incomplete."""

from collections.abc import Mapping

import msgspec

from cobalamin.fhir.decode.draft_bundle import written
from cobalamin.fhir.decode.issues import Remark
from cobalamin.fhir.decode.reader_state import Place, Reading
from cobalamin.fhir.decode.resources import FAULTS, RESOURCE, Condition
from cobalamin.fhir.readers.conditions import holds, read_condition
from cobalamin.fhir.values.codings import read_code
from cobalamin.fhir.values.subjects import Subjects
from cobalamin.service.knowledge.code_meanings import Codes
from cobalamin.service.rules.model.facts import DraftProblem, Note
from cobalamin.service.rules.model.units import UnitTable
from cobalamin.service.rules.model.vocabulary import Analyte


class Added(msgspec.Struct, frozen=True):
    """The problems, what was noted, and the number of those that could not be read."""

    problems: tuple[DraftProblem, ...] = ()
    notes: tuple[Note, ...] = ()
    unread: int = 0


def read_problems(
    raw: msgspec.Raw,
    base: str,
    patient_id: str,
    codes: Codes,
    units: Mapping[Analyte, UnitTable],
) -> Added:
    """The conditions of a Bundle; one that is over or refuted adds nothing.

    Nothing here fails: a problem that cannot be read is counted and noted with its path.
    """
    reading, subjects = Reading(codes=codes, units=units), Subjects(patient_id)
    problems: list[DraftProblem] = []
    unread = 0
    for place, resource in written(reading, raw, base):
        try:
            condition = None if resource is None else RESOURCE.decode(resource)
        except FAULTS:
            reading.note(Remark.entry_not_read, place.path())
            condition = None
        if condition is None:
            unread += 1
        elif not isinstance(condition, Condition):
            reading.note(Remark.type_not_read, place.path())
        elif subjects.is_counted(reading, place, condition.subject or condition.patient):
            if not _is_named(condition):
                unread += 1
                reading.note(Remark.problem_not_named, place.path())
            else:
                problems.append(_problem(reading, place, condition))
    return Added(tuple(problems), tuple(reading.notes), unread)


def _is_named(condition: Condition) -> bool:
    return condition.code is not None and any(one.code for one in condition.code.coding or ())


def _problem(reading: Reading, place: Place, condition: Condition) -> DraftProblem:
    """What the condition adds to the record, as the reader of records reads it."""
    features, history = len(reading.features), len(reading.history)
    meaning = read_code(reading, place, condition.code)
    read_condition(reading, place, condition)
    return DraftProblem(
        where=place.path(),
        features=tuple(reading.features[features:]),
        history=tuple(fact for fact in reading.history[history:] if fact.active),
        diagnosis=meaning.diagnosis if meaning is not None and holds(condition) else None,
    )

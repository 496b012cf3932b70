"""Observations of symptoms, signs and history, and answers to questions."""

from collections.abc import Mapping

from cobalamin.fhir.decode.issues import Issue
from cobalamin.fhir.decode.reader_state import (
    ElementPath,
    QuestionAnswer,
    ReaderState,
    reference_of,
)
from cobalamin.fhir.decode.resources import (
    NONE,
    CodeableConcept,
    Observation,
    ValueElements,
    is_filled,
)
from cobalamin.fhir.decode.strings import iter_strings
from cobalamin.fhir.readers.gestation import read_delivery_date, read_gestational_age
from cobalamin.fhir.values.codings import (
    codes_of,
    note_denial,
    note_not_known,
    read_code,
    read_coded,
)
from cobalamin.fhir.values.dates import parse_date_or_note, read_effective_time
from cobalamin.fhir.values.findings import HistoryPeriod, add_features, add_history, read_attributes
from cobalamin.fhir.values.results import (
    has_absence,
    interpretation_of,
    read_finding,
    sent_values,
)
from cobalamin.service.knowledge.code_meanings import Coded, Meaning, Topic
from cobalamin.service.knowledge.names import NameKind
from cobalamin.service.rules.model.dates import When
from cobalamin.service.rules.model.facts import Finding, Flag
from cobalamin.service.rules.model.vocabulary import History

_YES = frozenset({Finding.present, Finding.positive})
_NO = frozenset({Finding.absent, Finding.negative})
CONCEPT_VALUE = "valueCodeableConcept"
NO_ANSWER = "this is not an answer that is read; it is not known"
NO_SYMPTOM = "this names no symptom or sign that is read; send it as what it is"
OTHERWISE = "the interpretation says otherwise than the code or value; not counted, check both"


def read_observed_finding(
    state: ReaderState,
    path: ElementPath,
    observation: Observation,
    elements: ValueElements,
    meaning: Meaning,
) -> None:
    """Read a symptom, a sign or history: present if coded without a value that says otherwise."""
    present = _is_present(state, path, elements)
    if present is None:
        return
    if present:
        note_denial(state, path.element("code"), elements.code)
    reference = reference_of("Observation", observation.id, path)
    attributes = read_attributes(state, path, observation.extension, observation.bodySite)
    add_features(state, meaning, attributes, present=present, reference=reference)
    if meaning.history:
        on = _parse_effective_date(state, path, observation)
        # Said to be absent: that it ever was is not said.
        span = HistoryPeriod(active=present, since=on if present else None)
        add_history(state, meaning, span, reference)


def _parse_effective_date(
    state: ReaderState, path: ElementPath, observation: Observation
) -> When | None:
    text, element = read_effective_time(observation)
    return parse_date_or_note(state, path, element, text)


def _is_present(state: ReaderState, path: ElementPath, elements: ValueElements) -> bool | None:
    """Whether it is there: by value and interpretation, or coded alone; None if not known."""
    if has_absence(elements):
        state.note(Issue.value_absent, path.element("dataAbsentReason"), severity="information")
        return None
    names = sent_values(elements)
    by_value = _truth(read_finding(state, elements, names[0])) if len(names) == 1 else None
    if names and by_value is None:
        issue = Issue.value_not_read if len(names) == 1 else Issue.several_values
        state.note(issue, path.element(names[0]))
        return None
    return _with_interpretation(state, path, elements, by_value=by_value)


def _with_interpretation(
    state: ReaderState, path: ElementPath, elements: ValueElements, *, by_value: bool | None
) -> bool | None:
    """What value and interpretation say together; coded alone it is there."""
    said = interpretation_of(state, elements)
    if said is None:
        return by_value is not False
    where = path.element("interpretation")
    if not said.is_known:
        state.note_once(Issue.flag_not_read, where, where)
    interpreted = _truth(said.finding)
    if interpreted is None and said.flag is not Flag.normal:
        return by_value is not False
    if by_value is None and interpreted is not None:
        if not interpreted:
            state.note_once(Issue.flag_only, where, where)
        return interpreted
    if by_value is bool(interpreted):
        return by_value
    state.note(Issue.flag_contradicts, where, OTHERWISE)
    return None


def _truth(finding: Finding | None) -> bool | None:
    return finding in _YES if finding in _YES or finding in _NO else None


# --- answers to questions


def read_answer(
    state: ReaderState,
    path: ElementPath,
    observation: Observation,
    elements: ValueElements,
    topic: Topic,
) -> None:
    """Read the answer to a question; one that is not read is said."""
    if topic in _READERS:
        _READERS[topic](state, path, observation, elements)
        return
    is_pregnancy = topic is Topic.pregnancy_status
    answer = _answer(elements, state.codes.pregnancy if is_pregnancy else state.codes.smoking)
    if answer is None:
        _note_no_answer(state, path, elements)
        return
    code = History.pregnancy if is_pregnancy else History.smoking
    on = _parse_effective_date(state, path, observation)
    reference = reference_of("Observation", observation.id, path)
    state.answers.append(QuestionAnswer(code, answer, on, reference))


def _answer(elements: ValueElements, answers: Mapping[Coded, bool]) -> bool | None:
    """The answer that all known codings of the value share; None if not known."""
    coded = _coded_value(elements)
    codings = () if coded is None else coded.coding or ()
    meanings = {answers[key] for c in codings if (key := (c.system, c.code)) in answers}
    return meanings.pop() if len(meanings) == 1 else None


def _coded_value(elements: ValueElements) -> CodeableConcept | None:
    raw = elements.valueCodeableConcept
    return None if raw is NONE else read_coded(raw)


def _note_no_answer(state: ReaderState, path: ElementPath, elements: ValueElements) -> None:
    """Say once of each question why there is no answer: none was given, or none that is read."""
    names, about = sent_values(elements), ",".join(codes_of(elements.code))
    if has_absence(elements):
        state.note_once(Issue.value_absent, path.element("dataAbsentReason"), about)
    elif not names:
        state.note_once(Issue.value_missing, str(path), about)
    else:
        state.note_once(Issue.value_not_read, path.element(names[0]), about, NO_ANSWER)


def _value_as_code(elements: ValueElements) -> tuple[CodeableConcept | None, str]:
    """The value as a code, with its element; text is one without a code."""
    coded, names = _coded_value(elements), sent_values(elements)
    if coded is None and is_filled(elements.valueString):
        coded = CodeableConcept(text=" ".join(iter_strings(elements.valueString)))
    return coded, names[0] if names else CONCEPT_VALUE


def _read_symptom(
    state: ReaderState, path: ElementPath, observation: Observation, elements: ValueElements
) -> None:
    """Read an Observation whose value is the symptom itself."""
    if has_absence(elements):
        _note_no_answer(state, path, elements)
        return
    coded, element = _value_as_code(elements)
    where = path.element(element)
    meaning = read_code(state, path, coded)
    if meaning is None:
        note_not_known(state, where, coded, (NameKind.condition,))
    elif not meaning.features:
        state.note_once(Issue.value_not_read, where, meaning.display, NO_SYMPTOM)
    else:
        present = _with_interpretation(state, path, elements, by_value=None)
        if present is None:
            return
        note_denial(state, where, coded)
        attributes = read_attributes(state, path, observation.extension, observation.bodySite)
        reference = reference_of("Observation", observation.id, path)
        add_features(state, meaning, attributes, present=present, reference=reference)


_READERS = {
    Topic.symptom: _read_symptom,
    Topic.gestational_age: read_gestational_age,
    Topic.delivery_date: read_delivery_date,
}

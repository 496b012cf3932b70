"""Observations: results, symptoms and signs, and answers to questions."""

from collections.abc import Mapping

from cobalamin.fhir.decode.issues import Remark
from cobalamin.fhir.decode.reader_state import (
    Accepted,
    Answer,
    Place,
    Reading,
    Withdrawn,
    reference_of,
)
from cobalamin.fhir.decode.resources import (
    COMPONENT,
    FAULTS,
    NONE,
    RAWS,
    Observation,
    Valued,
    is_sent,
)
from cobalamin.fhir.values.codings import read_code, read_coded
from cobalamin.fhir.values.dates import read_day, read_moment
from cobalamin.fhir.values.findings import Span, add_features, add_history, read_attributes
from cobalamin.fhir.values.qualitative import FILMS
from cobalamin.fhir.values.results import (
    Asked,
    Value,
    has_absence,
    read_finding,
    read_value,
    sent_values,
)
from cobalamin.fhir.values.statuses import NEVER_WAS, REPLACING, refusal_of_status
from cobalamin.fhir.values.units import Refused
from cobalamin.service.knowledge.code_meanings import Coded as CodedKey
from cobalamin.service.knowledge.code_meanings import Meaning, Topic
from cobalamin.service.rules.model.dates import When, read_when
from cobalamin.service.rules.model.facts import Finding, Result
from cobalamin.service.rules.model.vocabulary import Analyte, History

_YES = frozenset({Finding.present, Finding.positive})
_NO = frozenset({Finding.absent, Finding.negative})
_OF_CODE = {remark.value.text: remark for remark in (Remark.codes_disagree, Remark.system_missing)}


def read_observation(reading: Reading, place: Place, sent: Observation) -> None:
    """Everything that an Observation and its components say."""
    meaning = read_code(reading, place, sent.code)
    if meaning is not None:
        _read_meaning(reading, place, sent, sent, meaning)
    if sent.component is not NONE and is_sent(sent.component):
        _read_components(reading, place, sent)


def _read_components(reading: Reading, place: Place, sent: Observation) -> None:
    try:
        components = RAWS.decode(sent.component)
    except FAULTS:
        reading.note(Remark.element_not_read, place.path("component"))
        return
    for index, raw in enumerate(components):
        part = Place(place.path(f"component[{index}]"), full_url=place.full_url)
        try:
            valued = COMPONENT.decode(raw)
        except FAULTS:
            reading.note(Remark.element_not_read, part.path())
            continue
        meaning = read_code(reading, part, valued.code)
        if meaning is not None:
            _read_meaning(reading, part, sent, valued, meaning)


def _read_meaning(
    reading: Reading, place: Place, sent: Observation, valued: Valued, meaning: Meaning
) -> None:
    analyte = meaning.analyte
    if meaning.refused is not None and analyte is not None:
        remark = _OF_CODE.get(meaning.refused, Remark.code_refused)
        reading.refuse(analyte, remark, place.path("code"), meaning.refused)
    elif meaning.unread is not None:
        reading.mention_unread(place, meaning)
    elif analyte is not None:
        _read_result(Asked(reading, place, valued, meaning, analyte), sent)
    elif not _is_refused_by_status(reading, place, sent):
        if meaning.topic is not None:
            _read_answer(reading, place, sent, valued, meaning.topic)
        else:
            _read_finding(reading, place, sent, valued, meaning)


# --- results


def _read_result(asked: Asked, sent: Observation) -> None:
    reading, place, analyte = asked.reading, asked.place, asked.analyte
    if asked.valued is sent and _is_panel(sent):
        return
    remark = refusal_of_status(reading, place, sent.status)
    if remark is not None:
        if remark in NEVER_WAS:
            reading.withdrawn.append(_withdrawn(sent, analyte))
        reading.refuse(analyte, remark, place.path("status"), on=_known_day(sent))
        return
    on = _effective(asked, sent)
    if on is None:
        return
    value = _seen_on_film(asked) or read_value(asked)
    if isinstance(value, Refused):
        reading.refuse(analyte, value.remark, place.path(value.element), value.text)
        return
    reading.accepted.append(_accepted(asked, sent, on, value))


def _is_panel(sent: Observation) -> bool:
    """A panel has members in place of a value; they are read by themselves."""
    has_members = is_sent(sent.hasMember) or is_sent(sent.component)
    return has_members and not sent_values(sent) and not has_absence(sent)


def _seen_on_film(asked: Asked) -> Value | None:
    """What a film shows may be coded without a value: then it was seen."""
    if asked.analyte not in FILMS or is_sent(asked.valued.interpretation):
        return None
    if sent_values(asked.valued) or has_absence(asked.valued):
        return None
    return Value(finding=Finding.present)


def _known_day(sent: Observation) -> When | None:
    """The clinical time, where there is one: of a result that is refused nothing more is said."""
    text, _element = read_moment(sent)
    try:
        return None if text is None else read_when(text)
    except ValueError:
        return None


def _effective(asked: Asked, sent: Observation) -> When | None:
    text, element = read_moment(sent)
    if text is None:
        asked.reading.refuse(asked.analyte, Remark.date_missing, asked.place.path())
        return None
    known = asked.reading.moments.get(text)
    if known is not None:
        return known
    try:
        on = asked.reading.moments[text] = read_when(text)
    except ValueError:
        asked.reading.refuse(asked.analyte, Remark.date_not_read, asked.place.path(element))
        return None
    return on


def _accepted(asked: Asked, sent: Observation, on: When, value: Value) -> Accepted:
    result = Result(
        analyte=asked.analyte,
        on=on,
        quantity=value.quantity,
        finding=value.finding,
        flag=value.flag,
        limits=value.limits,
        corrected=(sent.status or "").strip().lower() in REPLACING,
        reference=reference_of("Observation", sent.id, asked.place),
    )
    return Accepted(result, asked.place, sent.issued, sent.meta, sent.identifier)


def _withdrawn(sent: Observation, analyte: Analyte) -> Withdrawn:
    reference = None if sent.id is None else f"Observation/{sent.id}"
    return Withdrawn(analyte, reference, sent.identifier, sent.issued, sent.meta)


# --- symptoms, signs and history


def _is_refused_by_status(reading: Reading, place: Place, sent: Observation) -> bool:
    remark = refusal_of_status(reading, place, sent.status)
    if remark is not None:
        reading.note(remark, place.path("status"))
    return remark is not None


def _read_finding(
    reading: Reading, place: Place, sent: Observation, valued: Valued, meaning: Meaning
) -> None:
    present = _is_present(reading, place, valued)
    if present is None:
        return
    reference = reference_of("Observation", sent.id, place)
    attributes = read_attributes(reading, place, sent.extension, sent.bodySite)
    add_features(reading, meaning, attributes, present=present, reference=reference)
    if meaning.history:
        on = _on(reading, place, sent)
        # Said to be absent: that it ever was is not said.
        span = Span(active=present, since=on if present else None)
        add_history(reading, meaning, span, reference)


def _on(reading: Reading, place: Place, sent: Observation) -> When | None:
    text, element = read_moment(sent)
    return read_day(reading, place, element, text)


def _is_present(reading: Reading, place: Place, valued: Valued) -> bool | None:
    """Present if coded alone; with a value, what the value says; None if that is not known."""
    if has_absence(valued):
        return None
    names = sent_values(valued)
    if not names:
        return True
    finding = read_finding(reading, valued, names[0]) if len(names) == 1 else None
    if finding in _YES or finding in _NO:
        return finding in _YES
    remark = Remark.value_not_read if len(names) == 1 else Remark.several_values
    reading.note(remark, place.path(names[0]))
    return None


# --- answers to questions


def _read_answer(
    reading: Reading, place: Place, sent: Observation, valued: Valued, topic: Topic
) -> None:
    if topic is Topic.symptom:
        _read_symptom(reading, place, sent, valued)
        return
    is_pregnancy = topic is Topic.pregnancy_status
    answers = reading.codes.pregnancy if is_pregnancy else reading.codes.smoking
    said = _answer(valued, answers)
    if said is not None:
        code = History.pregnancy if is_pregnancy else History.smoking
        on = _on(reading, place, sent)
        reference = reference_of("Observation", sent.id, place)
        reading.answers.append(Answer(code, said, on, reference))


def _answer(valued: Valued, answers: Mapping[CodedKey, bool]) -> bool | None:
    """What the codings of the value say together; anything else is not known."""
    raw = valued.valueCodeableConcept
    coded = None if raw is NONE else read_coded(raw)
    codings = () if coded is None else coded.coding or ()
    found = {answers[key] for c in codings if (key := (c.system, c.code)) in answers}
    return found.pop() if len(found) == 1 else None


def _read_symptom(reading: Reading, place: Place, sent: Observation, valued: Valued) -> None:
    """The value is the symptom itself."""
    raw = valued.valueCodeableConcept
    coded = None if raw is NONE else read_coded(raw)
    meaning = read_code(reading, place, coded)
    if meaning is not None and meaning.features:
        attributes = read_attributes(reading, place, sent.extension, sent.bodySite)
        reference = reference_of("Observation", sent.id, place)
        add_features(reading, meaning, attributes, present=True, reference=reference)

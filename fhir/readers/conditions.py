"""Conditions, procedures, allergies and the history of relatives."""

import msgspec
from msgspec.structs import replace

from cobalamin.fhir.decode.issues import Remark
from cobalamin.fhir.decode.reader_state import Place, Reading, reference_of
from cobalamin.fhir.decode.resources import (
    AllergyIntolerance,
    Condition,
    FamilyMemberHistory,
    Procedure,
)
from cobalamin.fhir.values.codings import first_code, read_code
from cobalamin.fhir.values.dates import end_of, first_of, read_day, start_of
from cobalamin.fhir.values.findings import (
    Span,
    add_features,
    add_history,
    read_attributes,
)
from cobalamin.service.knowledge.code_meanings import Meaning
from cobalamin.service.rules.model.facts import HistoryFact

_OVER = frozenset({"inactive", "remission", "resolved"})
_NEVER_WAS = frozenset({"refuted", "entered-in-error"})
_CONSIDERED = frozenset({"differential"})
_DONE = frozenset({"completed"})
_TOLD = frozenset({"completed", "partial"})


def read_condition(reading: Reading, place: Place, sent: Condition) -> None:
    """A problem that is or was there; one refuted, mistaken or only considered never counts."""
    meaning = _meaning(reading, place, sent, sent.verificationStatus)
    if meaning is None:
        return
    reference = reference_of("Condition", sent.id, place)
    over = first_code(sent.clinicalStatus) in _OVER
    since = read_day(
        reading, place, "onset", first_of(sent.onsetDateTime, start_of(sent.onsetPeriod))
    )
    if meaning.features and not over:
        attributes = read_attributes(reading, place, sent.extension, sent.bodySite)
        dated = replace(attributes, onset=attributes.onset or since)
        add_features(reading, meaning, dated, present=True, reference=reference)
    if meaning.history:
        last = first_of(sent.abatementDateTime, end_of(sent.abatementPeriod))
        ended = read_day(reading, place, "abatement", last)
        span = Span(active=not over, since=since, last=ended)
        add_history(reading, meaning, _lasting(reading, place, meaning, span), reference)


def holds(sent: Condition) -> bool:
    """Whether the condition is said to be there now: not over, refuted or only considered."""
    denied = first_code(sent.verificationStatus) in _NEVER_WAS | _CONSIDERED
    return not denied and first_code(sent.clinicalStatus) not in _OVER


def _meaning(
    reading: Reading,
    place: Place,
    sent: Condition,
    verification: msgspec.Raw,
) -> Meaning | None:
    meaning = read_code(reading, place, sent.code)
    if meaning is None:
        return None
    if meaning.unread is not None:
        reading.mention_unread(place, meaning)
        return None
    verified = first_code(verification)
    if verified in _NEVER_WAS or verified in _CONSIDERED:
        reading.mention(Remark.not_established, place.path("verificationStatus"), meaning.display)
        return None
    return meaning


def _lasting(reading: Reading, place: Place, meaning: Meaning, span: Span) -> Span:
    """A stomach that was removed stays removed, whatever the problem list says of its status."""
    lifelong = reading.codes.lifelong
    if span.active or lifelong.isdisjoint(meaning.history):
        return span
    reading.mention(Remark.lifelong, place.path("clinicalStatus"), meaning.display)
    return Span(active=True, since=span.since)


def read_procedure(reading: Reading, place: Place, sent: Procedure) -> None:
    """Something that was done, on the day on which it was done."""
    meaning = read_code(reading, place, sent.code)
    if meaning is None:
        return
    if meaning.unread is not None:
        reading.mention_unread(place, meaning)
        return
    if (sent.status or "").strip().lower() not in _DONE:
        reading.mention(Remark.not_in_use, place.path("status"), meaning.display)
        return
    text = first_of(
        sent.performedDateTime,
        end_of(sent.performedPeriod),
        start_of(sent.performedPeriod),
        sent.occurrenceDateTime,
        end_of(sent.occurrencePeriod),
    )
    span = Span(since=read_day(reading, place, "performed", text))
    add_history(reading, meaning, span, reference_of("Procedure", sent.id, place))


def read_allergy(reading: Reading, place: Place, sent: AllergyIntolerance) -> None:
    """An allergy or intolerance to a substance or to one that caused a reaction."""
    if first_code(sent.verificationStatus) in _NEVER_WAS:
        return
    coded = [sent.code, *(r.substance for r in sent.reaction or ())]
    codes = {
        meaning.allergy
        for meaning in (read_code(reading, place, one) for one in coded)
        if meaning is not None and meaning.allergy is not None
    }
    active = first_code(sent.clinicalStatus) not in _OVER
    for code in sorted(codes):
        reading.history.append(
            HistoryFact(
                code=code,
                active=active,
                reference=reference_of("AllergyIntolerance", sent.id, place),
            )
        )


def read_family(reading: Reading, place: Place, sent: FamilyMemberHistory) -> None:
    """What a relative had, as far as it bears on the patient."""
    if (sent.status or "").strip().lower() not in _TOLD:
        return
    for condition in sent.condition or ():
        meaning = read_code(reading, place, condition.code)
        if meaning is not None and meaning.family is not None:
            reading.history.append(
                HistoryFact(
                    code=meaning.family,
                    reference=reference_of("FamilyMemberHistory", sent.id, place),
                )
            )

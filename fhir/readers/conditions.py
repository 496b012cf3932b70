"""Conditions, procedures, allergies and the history of relatives."""

import msgspec
from msgspec.structs import replace

from cobalamin.fhir.decode.issues import Issue
from cobalamin.fhir.decode.reader_state import ElementPath, ReaderState, reference_of
from cobalamin.fhir.decode.resources import (
    AllergyIntolerance,
    Condition,
    FamilyMemberHistory,
    Procedure,
)
from cobalamin.fhir.values.codings import first_code, read_code
from cobalamin.fhir.values.dates import end_of, first_of, parse_date_or_note, start_of
from cobalamin.fhir.values.findings import (
    HistoryPeriod,
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


def read_condition(state: ReaderState, path: ElementPath, sent: Condition) -> None:
    """A problem that is or was there; one refuted, mistaken or only considered never counts."""
    meaning = _meaning(state, path, sent, sent.verificationStatus)
    if meaning is None:
        return
    reference = reference_of("Condition", sent.id, path)
    over = first_code(sent.clinicalStatus) in _OVER
    since = parse_date_or_note(
        state, path, "onset", first_of(sent.onsetDateTime, start_of(sent.onsetPeriod))
    )
    if meaning.features and not over:
        attributes = read_attributes(state, path, sent.extension, sent.bodySite)
        dated = replace(attributes, onset=attributes.onset or since)
        add_features(state, meaning, dated, present=True, reference=reference)
    if meaning.history:
        last = first_of(sent.abatementDateTime, end_of(sent.abatementPeriod))
        ended = parse_date_or_note(state, path, "abatement", last)
        span = HistoryPeriod(active=not over, since=since, last=ended)
        add_history(state, meaning, _lasting(state, path, meaning, span), reference)


def is_current(sent: Condition) -> bool:
    """Whether the condition is said to be there now: not over, refuted or only considered."""
    denied = first_code(sent.verificationStatus) in _NEVER_WAS | _CONSIDERED
    return not denied and first_code(sent.clinicalStatus) not in _OVER


def _meaning(
    state: ReaderState,
    path: ElementPath,
    sent: Condition,
    verification: msgspec.Raw,
) -> Meaning | None:
    meaning = read_code(state, path, sent.code)
    if meaning is None:
        return None
    if meaning.unread is not None:
        state.note_code_without_fact(path, meaning)
        return None
    verified = first_code(verification)
    if verified in _NEVER_WAS or verified in _CONSIDERED:
        state.note_once(Issue.not_established, path.element("verificationStatus"), meaning.display)
        return None
    return meaning


def _lasting(
    state: ReaderState, path: ElementPath, meaning: Meaning, span: HistoryPeriod
) -> HistoryPeriod:
    """A stomach that was removed stays removed, whatever the problem list says of its status."""
    lifelong = state.codes.lifelong
    if span.active or lifelong.isdisjoint(meaning.history):
        return span
    state.note_once(Issue.lifelong, path.element("clinicalStatus"), meaning.display)
    return HistoryPeriod(active=True, since=span.since)


def read_procedure(state: ReaderState, path: ElementPath, sent: Procedure) -> None:
    """Something that was done, on the day on which it was done."""
    meaning = read_code(state, path, sent.code)
    if meaning is None:
        return
    if meaning.unread is not None:
        state.note_code_without_fact(path, meaning)
        return
    if (sent.status or "").strip().lower() not in _DONE:
        state.note_once(Issue.not_in_use, path.element("status"), meaning.display)
        return
    text = first_of(
        sent.performedDateTime,
        end_of(sent.performedPeriod),
        start_of(sent.performedPeriod),
        sent.occurrenceDateTime,
        end_of(sent.occurrencePeriod),
    )
    span = HistoryPeriod(since=parse_date_or_note(state, path, "performed", text))
    add_history(state, meaning, span, reference_of("Procedure", sent.id, path))


def read_allergy(state: ReaderState, path: ElementPath, sent: AllergyIntolerance) -> None:
    """An allergy or intolerance to a substance or to one that caused a reaction."""
    if first_code(sent.verificationStatus) in _NEVER_WAS:
        return
    coded = [sent.code, *(r.substance for r in sent.reaction or ())]
    codes = {
        meaning.allergy
        for meaning in (read_code(state, path, one) for one in coded)
        if meaning is not None and meaning.allergy is not None
    }
    active = first_code(sent.clinicalStatus) not in _OVER
    for code in sorted(codes):
        state.history.append(
            HistoryFact(
                code=code,
                active=active,
                reference=reference_of("AllergyIntolerance", sent.id, path),
            )
        )


def read_family(state: ReaderState, path: ElementPath, sent: FamilyMemberHistory) -> None:
    """What a relative had, as far as it bears on the patient."""
    if (sent.status or "").strip().lower() not in _TOLD:
        return
    for condition in sent.condition or ():
        meaning = read_code(state, path, condition.code)
        if meaning is not None and meaning.family is not None:
            state.history.append(
                HistoryFact(
                    code=meaning.family,
                    reference=reference_of("FamilyMemberHistory", sent.id, path),
                )
            )

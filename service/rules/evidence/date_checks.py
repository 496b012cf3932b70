"""Dates that cannot be meant: in the future, before birth, or put in for one that is not known.

A result with such a date is refused; a birth date, an onset or a start with one is not known. Each
is said in a note.
"""

from collections.abc import Iterator
from datetime import date

from msgspec.structs import replace

from cobalamin.service.rules.model.dates import When
from cobalamin.service.rules.model.facts import (
    Facts,
    FeatureFact,
    HistoryFact,
    Note,
    Patient,
    Refusal,
    Result,
)

# Systems write the first day that they can store for a date that nobody knows.
PLACEHOLDERS = frozenset({date(1, 1, 1), date(1900, 1, 1)})
# The longest life on record lasted 122 years (Jeanne Calment, 1875 to 1997).
LONGEST_LIFE = 122
FUTURE = "result-in-future"
PLACEHOLDER = "date-not-plausible"
BEFORE_BIRTH = "date-before-birth"
NOT_ENDED = "period-not-ended"
BIRTH_DATE = "birth-date-not-plausible"
TEXTS = {
    FUTURE: "dated after the day of assessment; not used",
    NOT_ENDED: "its period ends after the day of assessment; counted as of its start",
    PLACEHOLDER: "its date stands for an unknown one; not used",
    BEFORE_BIRTH: "dated before the patient was born; not used",
}


def refuse_impossible_dates(facts: Facts, on: date) -> Facts:
    """The facts without dates that cannot be meant, as known on that day; each has a note."""
    patient = _with_plausible_birth(facts.patient, on)
    born = patient.birth_date
    begun = [_as_begun(result, on) for result in facts.results]
    results = [(result, find_fault(result.on, born, on)) for result in begun]
    features = tuple(_with_plausible_onset(fact, born) for fact in facts.features)
    history = tuple(_with_plausible_span(fact, born) for fact in facts.history)
    notes = tuple(_notes(facts, patient, features, history))
    refusals = tuple(_refusal(result, fault) for result, fault in results if fault is not None)
    unended = tuple(
        _note_of_result(result, NOT_ENDED)
        for result, sent in zip(begun, facts.results, strict=True)
        if result is not sent
    )
    if not notes and not refusals and not unended:
        return facts
    result_notes = tuple(
        _note_of_result(result, fault) for result, fault in results if fault is not None
    )
    return replace(
        facts,
        patient=patient,
        results=tuple(result for result, fault in results if fault is None),
        features=features,
        history=history,
        refusals=(*facts.refusals, *refusals),
        notes=(*facts.notes, *unended, *result_notes, *notes),
    )


# --- the patient


def _with_plausible_birth(patient: Patient, on: date) -> Patient:
    if patient.birth_date is None or _is_plausible_birth(patient.birth_date, on):
        return patient
    return replace(patient, birth_date=None)


def _is_plausible_birth(born: When, on: date) -> bool:
    return not (
        _is_placeholder(born) or born.is_after(on) or on.year - born.last.year > LONGEST_LIFE
    )


# --- dates of facts


def _fault(on: When, born: When | None) -> str | None:
    if _is_placeholder(on):
        return PLACEHOLDER
    return BEFORE_BIRTH if born is not None and _is_before_birth(on, born) else None


def _as_begun(result: Result, on: date) -> Result:
    """A result of a period that has not ended counts as of its start."""
    start = result.on.start
    if start is None or not result.on.is_after(on) or start.is_after(on):
        return result
    return replace(result, on=start)


def find_fault(time: When, born: When | None, on: date) -> str | None:
    """Why the time of a result cannot be meant on that day, by the code of its note; else None."""
    return FUTURE if time.is_after(on) else _fault(time, born)


def _is_placeholder(on: When) -> bool:
    """Whether it is that very day; a zone may have moved it to the day before or after."""
    is_day = (on.last - on.first).days <= 1
    return is_day and not PLACEHOLDERS.isdisjoint((on.first, on.last))


def _is_before_birth(on: When, born: When) -> bool:
    """Whether it ends before the birth; the day before may be that of the birth in another zone."""
    return on.last < (born.first if on.instant is None else born.earliest or born.first)


def _checked(on: When | None, born: When | None) -> When | None:
    return None if on is None or _fault(on, born) is not None else on


def _with_plausible_onset(fact: FeatureFact, born: When | None) -> FeatureFact:
    onset, recorded = _checked(fact.onset, born), _checked(fact.recorded, born)
    if onset is fact.onset and recorded is fact.recorded:
        return fact
    return replace(fact, onset=onset, recorded=recorded)


def _with_plausible_span(fact: HistoryFact, born: When | None) -> HistoryFact:
    since, last = _checked(fact.since, born), _checked(fact.last, born)
    if since is fact.since and last is fact.last:
        return fact
    return replace(fact, since=since, last=last)


# --- what is said


def _refusal(result: Result, fault: str) -> Refusal:
    where = result.reference or result.analyte.value
    on = result.on if fault == FUTURE else None
    return Refusal(analyte=result.analyte, code=fault, where=where, on=on)


def _note_of_result(result: Result, fault: str) -> Note:
    where = result.reference or result.analyte.value
    return Note(code=fault, where=where, text=f"{result.analyte.value}: {TEXTS[fault]}")


def _notes(
    facts: Facts,
    patient: Patient,
    features: tuple[FeatureFact, ...],
    history: tuple[HistoryFact, ...],
) -> Iterator[Note]:
    if patient is not facts.patient:
        text = "the birth date is in the future, too long ago, or stands for an unknown one"
        yield Note(code=BIRTH_DATE, where="patient.birthDate", text=f"{text}; not used")
    dated_facts: tuple[FeatureFact | HistoryFact, ...] = (*facts.features, *facts.history)
    for fact, kept in zip(dated_facts, (*features, *history), strict=True):
        if kept is not fact:
            text = "a date before birth, or one that stands for an unknown day; not used"
            where = fact.reference or fact.code.value
            yield Note(code=PLACEHOLDER, where=where, text=f"{fact.code.value}: {text}")

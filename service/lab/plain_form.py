"""Reads the plain form into facts; what cannot be used becomes a note."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, tzinfo

from cobalamin.schemas.plain_form import PlainFeature, PlainForm, PlainHistory, PlainPatient
from cobalamin.service.lab.plain_reader_state import PlainReaderState
from cobalamin.service.lab.plain_results import read_results
from cobalamin.service.rules.model.facts import Facts, FeatureFact, HistoryFact, Patient
from cobalamin.service.rules.model.units import UnitTable
from cobalamin.service.rules.model.vocabulary import Analyte, History


def read_plain(
    form: PlainForm, units: Mapping[Analyte, UnitTable], on: date, zone: tzinfo = UTC
) -> Facts:
    """Read a validated form; lists that were not sent are not known."""
    state = PlainReaderState(units=units, on=on, zone=zone)
    history = tuple(_history(state, form.history or ()))
    return Facts(
        patient=_patient(state, form.patient or PlainPatient(), history),
        results=tuple(read_results(state, form.results or ())),
        features=tuple(_features(state, form.features or ())),
        history=history,
        refusals=tuple(state.refusals),
        notes=tuple(state.notes),
        unread=tuple(_not_sent(form)),
    )


def _not_sent(form: PlainForm) -> Iterator[str]:
    if form.features is None:
        yield "features"
    if form.history is None:
        yield "history"


def _features(state: PlainReaderState, entries: Iterable[PlainFeature]) -> Iterator[FeatureFact]:
    for index, entry in enumerate(entries):
        where = f"features[{index}]"
        yield FeatureFact(
            code=entry.code,
            present=entry.present,
            progressive=entry.progressive,
            objective=entry.objective,
            intermittent=entry.intermittent,
            onset=state.parse_date(entry.onset, f"{where}.onset"),
            site=entry.bodySite,
            reference=where,
        )


def _history(state: PlainReaderState, entries: Iterable[PlainHistory]) -> Iterator[HistoryFact]:
    for index, entry in enumerate(entries):
        where = f"history[{index}]"
        yield HistoryFact(
            code=entry.code,
            active=entry.active,
            since=state.parse_date(entry.since, f"{where}.since"),
            last=state.parse_date(entry.last, f"{where}.last"),
            dose=state.parse_dose(entry.dose, f"{where}.dose"),
            form=entry.form,
            reference=where,
        )


# --- the patient


def _patient(
    state: PlainReaderState, entry: PlainPatient, history: Iterable[HistoryFact]
) -> Patient:
    patient = Patient(
        id=entry.id,
        sex=entry.sex,
        birth_date=state.parse_date(entry.birthDate, "patient.birthDate"),
        age=entry.age,
        pregnant=_pregnancy(state, entry.pregnant, history),
        gestation_weeks=entry.gestationWeeks,
        breastfeeding=entry.breastfeeding,
    )
    _compare_ages(state, patient)
    return patient


def _pregnancy(
    state: PlainReaderState,
    stated: bool | None,  # noqa: FBT001 - as it was sent
    history: Iterable[HistoryFact],
) -> bool | None:
    """Merge the two places of one fact: true wins, and a conflict is noted.

    A pregnancy in the history alone is left to the rules, which know how long one lasts.
    """
    recorded = {fact.active for fact in history if fact.code is History.pregnancy}
    if stated is not None and recorded and stated is not (True in recorded):
        text = "patient and history disagree about pregnancy; the one that says yes counts"
        state.note("pregnancy-conflict", "patient.pregnant", text)
    if stated is None and recorded == {False}:
        return False
    return stated


def _compare_ages(state: PlainReaderState, patient: Patient) -> None:
    if patient.birth_date is None or patient.age is None:
        return
    first, last = patient.birth_date.first, patient.birth_date.last
    if not _years(last, state.on) <= patient.age <= _years(first, state.on):
        text = "age and birthDate disagree; birthDate was used"
        state.note("age-conflict", "patient.age", text)


def _years(born: date, on: date) -> int:
    return on.year - born.year - ((on.month, on.day) < (born.month, born.day))

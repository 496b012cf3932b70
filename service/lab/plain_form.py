"""Reads the plain form into facts; what cannot be used becomes a note."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date

from cobalamin.service.lab.plain_reader_state import Form, PlainReaderState
from cobalamin.service.lab.plain_results import read_results
from cobalamin.service.rules.model.facts import Facts, FeatureFact, HistoryFact, Patient
from cobalamin.service.rules.model.units import UnitTable
from cobalamin.service.rules.model.vocabulary import Analyte, History


def read_plain(form: Form, units: Mapping[Analyte, UnitTable], on: date) -> Facts:
    """Read a validated form; lists that were not sent are not known."""
    state = PlainReaderState(units=units, on=on)
    history = tuple(_history(state, form.get("history", ())))
    return Facts(
        patient=_patient(state, form.get("patient", {}), history),
        results=tuple(read_results(state, form.get("results", ()))),
        features=tuple(_features(state, form.get("features", ()))),
        history=history,
        refusals=tuple(state.refusals),
        notes=tuple(state.notes),
        unread=tuple(name for name in ("features", "history") if name not in form),
    )


def _features(state: PlainReaderState, entries: Iterable[Form]) -> Iterator[FeatureFact]:
    for index, entry in enumerate(entries):
        where = f"features[{index}]"
        yield FeatureFact(
            code=entry["code"],
            present=entry["present"],
            progressive=entry.get("progressive"),
            objective=entry.get("objective"),
            intermittent=entry.get("intermittent"),
            onset=state.parse_date(entry, "onset", where),
            site=entry.get("bodySite"),
            reference=where,
        )


def _history(state: PlainReaderState, entries: Iterable[Form]) -> Iterator[HistoryFact]:
    for index, entry in enumerate(entries):
        where = f"history[{index}]"
        yield HistoryFact(
            code=entry["code"],
            active=entry["active"],
            since=state.parse_date(entry, "since", where),
            last=state.parse_date(entry, "last", where),
            dose=state.parse_dose(entry, where),
            reference=where,
        )


# --- the patient


def _patient(state: PlainReaderState, entry: Form, history: Iterable[HistoryFact]) -> Patient:
    patient = Patient(
        id=entry.get("id"),
        sex=entry.get("sex"),
        birth_date=state.parse_date(entry, "birthDate", "patient"),
        age=entry.get("age"),
        pregnant=_pregnancy(state, entry.get("pregnant"), history),
        gestation_weeks=entry.get("gestationWeeks"),
        breastfeeding=entry.get("breastfeeding"),
    )
    _compare_ages(state, patient)
    return patient


def _pregnancy(
    state: PlainReaderState,
    said: bool | None,  # noqa: FBT001 - as it was sent
    history: Iterable[HistoryFact],
) -> bool | None:
    """Merge the two places of one fact: true wins, and a conflict is noted.

    A pregnancy in the history alone is left to the rules, which know how long one lasts.
    """
    recorded = {fact.active for fact in history if fact.code is History.pregnancy}
    if said is not None and recorded and said is not (True in recorded):
        text = "patient and history disagree about pregnancy; the one that says yes counts"
        state.note("pregnancy-conflict", "patient.pregnant", text)
    if said is None and recorded == {False}:
        return False
    return said


def _compare_ages(state: PlainReaderState, patient: Patient) -> None:
    if patient.birth_date is None or patient.age is None:
        return
    first, last = patient.birth_date.first, patient.birth_date.last
    if not _years(last, state.on) <= patient.age <= _years(first, state.on):
        text = "age and birthDate disagree; birthDate was used"
        state.note("age-conflict", "patient.age", text)


def _years(born: date, on: date) -> int:
    return on.year - born.year - ((on.month, on.day) < (born.month, born.day))

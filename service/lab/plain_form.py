"""Reads the plain form: what it says becomes facts, what cannot be used becomes a note."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date

from cobalamin.service.lab.plain_reading import Form, PlainReading
from cobalamin.service.lab.plain_results import read_results
from cobalamin.service.rules.model.facts import Facts, FeatureFact, HistoryFact, Patient
from cobalamin.service.rules.model.units import UnitTable
from cobalamin.service.rules.model.vocabulary import Analyte, History


def read_plain(form: Form, units: Mapping[Analyte, UnitTable], on: date) -> Facts:
    """The facts of a checked form; lists that were not sent are not known."""
    reading = PlainReading(units=units, on=on)
    history = tuple(_history(reading, form.get("history", ())))
    return Facts(
        patient=_patient(reading, form.get("patient", {}), history),
        results=tuple(read_results(reading, form.get("results", ()))),
        features=tuple(_features(reading, form.get("features", ()))),
        history=history,
        refusals=tuple(reading.refusals),
        notes=tuple(reading.notes),
        unread=tuple(name for name in ("features", "history") if name not in form),
    )


def _features(reading: PlainReading, entries: Iterable[Form]) -> Iterator[FeatureFact]:
    for index, entry in enumerate(entries):
        where = f"features[{index}]"
        yield FeatureFact(
            code=entry["code"],
            present=entry["present"],
            progressive=entry.get("progressive"),
            objective=entry.get("objective"),
            intermittent=entry.get("intermittent"),
            onset=reading.when(entry, "onset", where),
            site=entry.get("bodySite"),
            reference=where,
        )


def _history(reading: PlainReading, entries: Iterable[Form]) -> Iterator[HistoryFact]:
    for index, entry in enumerate(entries):
        where = f"history[{index}]"
        yield HistoryFact(
            code=entry["code"],
            active=entry["active"],
            since=reading.when(entry, "since", where),
            last=reading.when(entry, "last", where),
            dose=reading.dose(entry, where),
            reference=where,
        )


# --- the patient


def _patient(reading: PlainReading, entry: Form, history: Iterable[HistoryFact]) -> Patient:
    patient = Patient(
        id=entry.get("id"),
        sex=entry.get("sex"),
        birth_date=reading.when(entry, "birthDate", "patient"),
        age=entry.get("age"),
        pregnant=_pregnancy(reading, entry.get("pregnant"), history),
        gestation_weeks=entry.get("gestationWeeks"),
        breastfeeding=entry.get("breastfeeding"),
    )
    _compare_ages(reading, patient)
    return patient


def _pregnancy(
    reading: PlainReading,
    said: bool | None,  # noqa: FBT001 - as it was sent
    history: Iterable[HistoryFact],
) -> bool | None:
    """One fact said in two places: either true wins, and a conflict is told.

    What the history alone says is left to the rules, which know how long a pregnancy lasts.
    """
    recorded = {fact.active for fact in history if fact.code is History.pregnancy}
    if said is not None and recorded and said is not (True in recorded):
        text = "patient and history disagree about pregnancy; the one that says yes counts"
        reading.note("pregnancy-conflict", "patient.pregnant", text)
    if said is None and recorded == {False}:
        return False
    return said


def _compare_ages(reading: PlainReading, patient: Patient) -> None:
    if patient.birth_date is None or patient.age is None:
        return
    first, last = patient.birth_date.first, patient.birth_date.last
    if not _years(last, reading.on) <= patient.age <= _years(first, reading.on):
        text = "age and birthDate disagree; birthDate was used"
        reading.note("age-conflict", "patient.age", text)


def _years(born: date, on: date) -> int:
    return on.year - born.year - ((on.month, on.day) < (born.month, born.day))

"""Reads the plain form: what it says becomes facts, what cannot be used becomes a note."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from cobalamin.service.rules.dates import When, read_when
from cobalamin.service.rules.facts import (
    Facts,
    FeatureFact,
    Finding,
    HistoryFact,
    Note,
    Patient,
    ReferenceRange,
    Refusal,
    Result,
)
from cobalamin.service.rules.quantities import Quantity
from cobalamin.service.rules.units import NotRecognised, UnitTable, recognise
from cobalamin.service.rules.vocabulary import Analyte, History

FINAL = frozenset({"final", "corrected", "amended"})
CORRECTED = frozenset({"corrected", "amended"})
Form = Mapping[str, Any]


def read_plain(form: Form, units: Mapping[Analyte, UnitTable], on: date) -> Facts:
    """The facts of a checked form; lists that were not sent are not known."""
    reading = _Reading(units=units, on=on)
    history = tuple(reading.history(form.get("history", ())))
    return Facts(
        patient=reading.patient(form.get("patient", {}), history),
        results=tuple(reading.results(form.get("results", ()))),
        features=tuple(reading.features(form.get("features", ()))),
        history=history,
        refusals=tuple(reading.refusals),
        notes=tuple(reading.notes),
        unread=tuple(name for name in ("features", "history") if name not in form),
    )


@dataclass(slots=True)
class _Reading:
    """Collects notes and refusals while the parts of a form are read."""

    units: Mapping[Analyte, UnitTable]
    on: date
    notes: list[Note] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)

    def note(self, code: str, where: str, text: str, severity: str = "warning") -> None:
        self.notes.append(Note(code=code, where=where, text=text, severity=severity))

    def refuse(self, analyte: Analyte, code: str, where: str, text: str) -> None:
        self.refusals.append(Refusal(analyte=analyte, code=code, where=where))
        self.note(code, where, text)

    def when(self, entry: Form, name: str, where: str) -> When | None:
        """A date, or None with a note where it is not one."""
        text = entry.get(name)
        if text is None:
            return None
        try:
            return read_when(text)
        except ValueError:
            self.note("date-not-read", f"{where}.{name}", "this is not a date; send YYYY-MM-DD")
            return None

    # --- results

    def results(self, entries: Iterable[Form]) -> Iterable[Result]:
        for index, entry in enumerate(entries):
            result = self.result(entry, f"results[{index}]")
            if result is not None:
                yield result

    def result(self, entry: Form, where: str) -> Result | None:
        analyte: Analyte = entry["analyte"]
        status = str(entry.get("status", "final")).lower()
        if status not in FINAL:
            code = "entered-in-error" if status == "entered-in-error" else "status-not-final"
            self.refuse(analyte, code, f"{where}.status", "only final results count; not used")
            return None
        on = self.dated(entry, where)
        if on is None:
            self.refuse(analyte, "date-not-read", f"{where}.date", "no readable date; not used")
            return None
        return self.measured(entry, where, on, corrected=status in CORRECTED)

    def dated(self, entry: Form, where: str) -> When | None:
        """The date sent; without one the day of assessment, with a note."""
        if "date" in entry:
            return self.when(entry, "date", where)
        text = "no date; taken as of the day of assessment"
        self.note("date-missing", f"{where}.date", text, "information")
        return When(first=self.on, last=self.on, text=self.on.isoformat())

    def measured(self, entry: Form, where: str, on: When, *, corrected: bool) -> Result | None:
        analyte, value = entry["analyte"], entry.get("value")
        flag = entry.get("interpretation")
        if value is None and flag is None:
            self.refuse(analyte, "value-missing", f"{where}.value", "no value; not used")
            return None
        quantity = None
        if isinstance(value, Decimal):
            quantity = self.quantity(entry, where)
            if quantity is None:
                return None
        return Result(
            analyte=analyte,
            on=on,
            quantity=quantity,
            finding=value if isinstance(value, Finding) else None,
            flag=flag,
            limits=_limits(entry.get("referenceRange")),
            corrected=corrected,
            reference=where,
        )

    def quantity(self, entry: Form, where: str) -> Quantity | None:
        """The value in its unit, or None with the reason why it is not believed."""
        analyte = entry["analyte"]
        table = self.units.get(analyte)
        if table is None:
            text = "this analyte has no numeric value that is read; send a word"
            self.refuse(analyte, "value-not-read", f"{where}.value", text)
            return None
        read = recognise(entry["value"], entry.get("unit"), table, entry.get("comparator"))
        if isinstance(read, NotRecognised):
            self.refuse(analyte, read.code, f"{where}.unit", read.text)
            return None
        if read.alias is not None:
            text = f"the unit was read as {read.quantity.unit}"
            self.note("unit-alias", f"{where}.unit", text, "information")
        return read.quantity

    # --- features and history

    def features(self, entries: Iterable[Form]) -> Iterable[FeatureFact]:
        for index, entry in enumerate(entries):
            where = f"features[{index}]"
            yield FeatureFact(
                code=entry["code"],
                present=entry["present"],
                progressive=entry.get("progressive"),
                objective=entry.get("objective"),
                intermittent=entry.get("intermittent"),
                onset=self.when(entry, "onset", where),
                site=entry.get("bodySite"),
                reference=where,
            )

    def history(self, entries: Iterable[Form]) -> Iterable[HistoryFact]:
        for index, entry in enumerate(entries):
            where = f"history[{index}]"
            dose = entry.get("dose")
            yield HistoryFact(
                code=entry["code"],
                active=entry["active"],
                since=self.when(entry, "since", where),
                last=self.when(entry, "last", where),
                dose=None if dose is None else _dose(dose),
                reference=where,
            )

    # --- the patient

    def patient(self, entry: Form, history: Iterable[HistoryFact]) -> Patient:
        born = self.when(entry, "birthDate", "patient")
        pregnant = self.pregnancy(entry.get("pregnant"), history)
        patient = Patient(
            id=entry.get("id"),
            sex=entry.get("sex"),
            birth_date=born,
            age=entry.get("age"),
            pregnant=pregnant,
            gestation_weeks=entry.get("gestationWeeks"),
            breastfeeding=entry.get("breastfeeding"),
        )
        self.compare_ages(patient)
        return patient

    def pregnancy(self, said: bool | None, history: Iterable[HistoryFact]) -> bool | None:  # noqa: FBT001
        """One fact said in two places: either true wins, and a conflict is told."""
        recorded = next((f.active for f in history if f.code is History.pregnancy), None)
        if said is not None and recorded is not None and said != recorded:
            text = "patient and history disagree about pregnancy; taken as pregnant"
            self.note("pregnancy-conflict", "patient.pregnant", text)
            return True
        return recorded if said is None else said

    def compare_ages(self, patient: Patient) -> None:
        if patient.birth_date is None or patient.age is None:
            return
        first, last = patient.birth_date.first, patient.birth_date.last
        youngest, oldest = _years(last, self.on), _years(first, self.on)
        if not youngest <= patient.age <= oldest:
            text = "age and birthDate disagree; birthDate was used"
            self.note("age-conflict", "patient.age", text)


def _years(born: date, on: date) -> int:
    return on.year - born.year - ((on.month, on.day) < (born.month, born.day))


def _dose(entry: Form) -> Quantity:
    return Quantity(value=entry["value"], unit=entry["unit"].replace("mcg", "ug"))


def _limits(entry: Form | None) -> ReferenceRange | None:
    """The report's limits; 0 to 0 is what some systems print for none."""
    if entry is None:
        return None
    low, high = entry.get("low"), entry.get("high")
    if not low and not high:
        return None
    return ReferenceRange(low=low, high=high)

"""State of the plain form reader: notes and refusals, and parsers of dates and doses."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, tzinfo

from cobalamin.schemas.plain_form import PlainDose
from cobalamin.service.rules.model.dates import When, read_when
from cobalamin.service.rules.model.facts import Note, Refusal
from cobalamin.service.rules.model.notes import NoteList
from cobalamin.service.rules.model.quantities import Quantity
from cobalamin.service.rules.model.units import LARGEST_EXPONENT, UnitTable
from cobalamin.service.rules.model.vocabulary import Analyte

DOSES = {
    "g/d": "g/d",
    "mg/d": "mg/d",
    "ug/d": "ug/d",
    "mcg/d": "ug/d",
    "µg/d": "ug/d",
    "μg/d": "ug/d",
    "g/day": "g/d",
    "mg/day": "mg/d",
    "ug/day": "ug/d",
    "mcg/day": "ug/d",
}


@dataclass(slots=True)
class PlainReaderState:
    """Unit tables, day and zone of assessment, and the notes and refusals so far."""

    units: Mapping[Analyte, UnitTable]
    on: date
    zone: tzinfo = UTC
    notes: NoteList = field(default_factory=NoteList)
    refusals: list[Refusal] = field(default_factory=list)
    times: dict[str, When] = field(default_factory=dict)

    def note(self, code: str, where: str, text: str, severity: str = "warning") -> None:
        """Add a note."""
        self.notes.add(Note(code=code, where=where, text=text, severity=severity))

    def refuse(
        self, analyte: Analyte, code: str, where: str, text: str, on: When | None = None
    ) -> None:
        """Record a result that cannot be used, with a note."""
        self.add_refusal(Refusal(analyte=analyte, code=code, where=where, on=on), text)

    def add_refusal(self, refusal: Refusal, text: str) -> None:
        """Record a refusal that says more, with a note."""
        self.refusals.append(refusal)
        self.note(refusal.code, refusal.where, text)

    def parse_date(self, text: str | None, where: str) -> When | None:
        """Parse a date, each text once; None with a note if it is invalid."""
        if text is None:
            return None
        if text not in self.times:
            try:
                self.times[text] = read_when(text, self.zone)
            except ValueError:
                self.note("date-not-read", where, "this is not a date; send YYYY-MM-DD")
                return None
        return self.times[text]

    def parse_dose(self, dose: PlainDose | None, where: str) -> Quantity | None:
        """Parse a daily dose; None with a note if it is invalid."""
        if dose is None:
            return None
        unit, value = DOSES.get(dose.unit.strip()), dose.value
        if unit is None or value <= 0 or abs(value.adjusted()) > LARGEST_EXPONENT:
            text = "the dose was not read; send a number above 0 in g/d, mg/d or ug/d"
            self.note("dose-not-read", where, text)
            return None
        return Quantity(value=value, unit=unit)

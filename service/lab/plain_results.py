"""Results of the plain form, by the same words, units and statuses as those of FHIR."""

from collections.abc import Iterable, Iterator
from decimal import Decimal

from cobalamin.fhir.decode.issues import Issue
from cobalamin.fhir.values.qualitative import QUALITATIVE, finding_by_range, normalise_finding
from cobalamin.service.lab.plain_reading import Form, PlainReading
from cobalamin.service.rules.model.dates import When
from cobalamin.service.rules.model.facts import Finding, ReferenceRange, Result
from cobalamin.service.rules.model.quantities import Quantity
from cobalamin.service.rules.model.units import NotRecognised, are_plausible, recognise
from cobalamin.service.rules.model.vocabulary import Analyte

FINAL = frozenset({"final", "corrected", "amended"})
CORRECTED = frozenset({"corrected", "amended"})
NOT_FINAL = {
    "preliminary": Issue.not_final,
    "registered": Issue.not_final,
    "unknown": Issue.not_final,
    "cancelled": Issue.withdrawn,
    "entered-in-error": Issue.in_error,
}


def read_results(reading: PlainReading, entries: Iterable[Form]) -> Iterator[Result]:
    """The usable results; each of the others is refused with its path."""
    for index, entry in enumerate(entries):
        result = _result(reading, entry, f"results[{index}]")
        if result is not None:
            yield result


def _result(reading: PlainReading, entry: Form, where: str) -> Result | None:
    analyte: Analyte = entry["analyte"]
    status = entry.get("status", "final").strip().lower()
    if status not in FINAL:
        issue = NOT_FINAL.get(status, Issue.status_unknown)
        reading.refuse(analyte, issue.code, f"{where}.status", issue.value.text)
        return None
    on = _dated(reading, entry, where)
    if on is None:
        reading.refuse(analyte, "date-not-read", f"{where}.date", "no readable date; not used")
        return None
    if isinstance(entry.get("value"), Decimal):
        return _measured(reading, entry, where, on)
    return _worded(reading, entry, where, on)


def _dated(reading: PlainReading, entry: Form, where: str) -> When | None:
    """The date sent; without one the day of assessment, with a note."""
    if "date" in entry:
        return reading.when(entry, "date", where)
    text = "no date; taken as of the day of assessment"
    reading.note("date-missing", f"{where}.date", text, "information")
    return When(first=reading.on, last=reading.on, text=reading.on.isoformat())


def _made(
    entry: Form,
    where: str,
    on: When,
    *,
    quantity: Quantity | None = None,
    finding: Finding | None = None,
    limits: ReferenceRange | None = None,
) -> Result:
    return Result(
        analyte=entry["analyte"],
        on=on,
        quantity=quantity,
        finding=finding,
        flag=entry.get("interpretation"),
        limits=limits,
        corrected=entry.get("status", "").strip().lower() in CORRECTED,
        reference=where,
    )


# --- numbers


def _measured(reading: PlainReading, entry: Form, where: str, on: When) -> Result | None:
    """A number in its unit; an antibody also says whether it is above the report's limit."""
    quantity = _quantity(reading, entry, where)
    if quantity is None:
        return None
    limits = _limits(reading, entry, where, quantity.unit)
    finding = finding_by_range(entry["analyte"], quantity, limits)
    return _made(entry, where, on, quantity=quantity, finding=finding, limits=limits)


def _quantity(reading: PlainReading, entry: Form, where: str) -> Quantity | None:
    """The value in its unit, or None with the reason why it is not believed."""
    analyte: Analyte = entry["analyte"]
    table = reading.units.get(analyte)
    if table is None:
        text = "this analyte has no numeric value that is read; send a word"
        reading.refuse(analyte, Issue.value_not_read.code, f"{where}.value", text)
        return None
    read = recognise(entry["value"], entry.get("unit"), table, entry.get("comparator"))
    if isinstance(read, NotRecognised):
        reading.refuse(analyte, read.code, f"{where}.unit", read.text)
        return None
    if read.alias is not None:
        text = f"the unit was read as {read.quantity.unit}"
        reading.note("unit-alias", f"{where}.unit", text, "information")
    return read.quantity


def _limits(reading: PlainReading, entry: Form, where: str, unit: str) -> ReferenceRange | None:
    """The report's limits, if they can be in the unit; 0 to 0 is what some print for none."""
    sent = entry.get("referenceRange", {})
    low, high = sent.get("low"), sent.get("high")
    if not low and not high:
        return None
    crossed = low is not None and high is not None and low >= high
    if crossed or not are_plausible(reading.units[entry["analyte"]], unit, low, high):
        issue = Issue.range_not_read
        reading.note(issue.code, f"{where}.referenceRange", issue.value.text, "information")
        return None
    return ReferenceRange(low=low, high=high)


# --- words


def _worded(reading: PlainReading, entry: Form, where: str, on: When) -> Result | None:
    """A word where the analyte has words; without any value the laboratory's own flag."""
    analyte: Analyte = entry["analyte"]
    finding = normalise_finding(analyte, entry.get("value"))
    if finding is None and entry.get("interpretation") is None:
        issue = Issue.value_missing
        reading.refuse(analyte, issue.code, f"{where}.value", issue.value.text)
        return None
    if finding is not None and analyte not in QUALITATIVE:
        text = "this analyte has no words that are read; send a number with its unit"
        reading.refuse(analyte, Issue.value_not_read.code, f"{where}.value", text)
        return None
    return _made(entry, where, on, finding=finding)

"""Results of the plain form; units, statuses and findings are those of the FHIR reader."""

from collections.abc import Iterable, Iterator
from decimal import Decimal

from cobalamin.fhir.decode.issues import Issue
from cobalamin.fhir.values.flags import contradicts
from cobalamin.fhir.values.qualitative import QUALITATIVE, finding_by_range, normalise_finding
from cobalamin.schemas.plain_form import PlainResult
from cobalamin.service.lab.plain_reader_state import PlainReaderState
from cobalamin.service.rules.evidence.result_selection import time_key
from cobalamin.service.rules.model.dates import When
from cobalamin.service.rules.model.facts import Finding, ReferenceRange, Refusal, Result
from cobalamin.service.rules.model.quantities import Quantity
from cobalamin.service.rules.model.units import (
    NotRecognised,
    Recognised,
    UnitTable,
    are_plausible,
    recognise,
)
from cobalamin.service.rules.model.vocabulary import Analyte

FINAL = frozenset({"final", "corrected", "amended"})
CORRECTED = frozenset({"corrected", "amended"})
NOT_FINAL = {
    "preliminary": Issue.not_final,
    "registered": Issue.not_final,
    "partial": Issue.not_final,
    "unknown": Issue.not_final,
    "cancelled": Issue.withdrawn,
    "entered-in-error": Issue.in_error,
}


def read_results(state: PlainReaderState, entries: Iterable[PlainResult]) -> Iterator[Result]:
    """Yield the usable results; the others are refused with their path."""
    results: list[Result] = []
    gone: set[tuple[Analyte, object]] = set()
    for index, entry in enumerate(entries):
        result = _result(state, entry, f"results[{index}]")
        if result is not None:
            results.append(result)
        elif _is_correction(entry) and (on := state.refusals[-1].on) is not None:
            gone.add((entry.analyte, time_key(on)))
    # Which of two corrections came last is not known: one that cannot be used may be it.
    for result in results:
        if (result.analyte, time_key(result.on)) not in gone:
            yield result
        else:
            issue = Issue.correction_refused
            state.refuse(result.analyte, issue.code, result.reference or "", issue.value.text)


def _is_correction(entry: PlainResult) -> bool:
    return entry.status.strip().lower() in CORRECTED


def _result(state: PlainReaderState, entry: PlainResult, where: str) -> Result | None:
    analyte: Analyte = entry.analyte
    on = _parse_date(state, entry, where)
    status = entry.status.strip().lower()
    if status not in FINAL:
        issue = NOT_FINAL.get(status, Issue.status_unknown)
        refusal = Refusal(
            analyte=analyte,
            code=issue.code,
            where=f"{where}.status",
            on=on,
            quantity=_preliminary(state, entry) if issue is Issue.not_final else None,
        )
        state.add_refusal(refusal, issue.value.text)
        return None
    if on is None:
        state.refuse(analyte, "date-not-read", f"{where}.date", "no readable date; not used")
        return None
    if isinstance(entry.value, Decimal):
        return _read_number(state, entry, where, on)
    return _read_finding(state, entry, where, on)


def _parse_date(state: PlainReaderState, entry: PlainResult, where: str) -> When | None:
    """Parse the date; a missing one is the day of assessment, with a note."""
    if entry.date is not None:
        return state.parse_date(entry.date, f"{where}.date")
    text = "no date; taken as of the day of assessment"
    state.note("date-missing", f"{where}.date", text, "information")
    return When(first=state.on, last=state.on, text=state.on.isoformat())


def _build_result(
    entry: PlainResult,
    where: str,
    on: When,
    *,
    quantity: Quantity | None = None,
    finding: Finding | None = None,
    limits: ReferenceRange | None = None,
) -> Result:
    return Result(
        analyte=entry.analyte,
        on=on,
        quantity=quantity,
        finding=finding,
        flag=entry.interpretation,
        limits=limits,
        corrected=_is_correction(entry),
        reference=where,
    )


# --- numbers


def _read_number(
    state: PlainReaderState, entry: PlainResult, where: str, on: When
) -> Result | None:
    """A number in its unit; an antibody gets a finding by the reference range as well."""
    quantity = _quantity(state, entry, where, on)
    if quantity is None:
        return None
    limits = _limits(state, entry, where, quantity.unit)
    if limits is not None and contradicts(entry.interpretation, quantity, limits):
        issue = Issue.flag_contradicts
        state.note(issue.code, f"{where}.interpretation", issue.value.text)
    finding = finding_by_range(entry.analyte, quantity, limits)
    return _build_result(entry, where, on, quantity=quantity, finding=finding, limits=limits)


def _quantity(state: PlainReaderState, entry: PlainResult, where: str, on: When) -> Quantity | None:
    """The value in its unit; None if it was refused."""
    analyte: Analyte = entry.analyte
    table = state.units.get(analyte)
    if table is None:
        text = "this analyte has no numeric value that is read; send a word"
        state.refuse(analyte, Issue.value_not_read.code, f"{where}.value", text, on)
        return None
    read = _recognise(entry, table)
    if isinstance(read, NotRecognised):
        refusal = Refusal(
            analyte=analyte,
            code=read.code,
            where=f"{where}.unit",
            on=on,
            readings=read.readings,
        )
        state.add_refusal(refusal, read.text)
        return None
    if read.alias is not None:
        text = f"the unit was read as {read.quantity.unit}"
        state.note("unit-alias", f"{where}.unit", text, "information")
    return read.quantity


def _recognise(entry: PlainResult, table: UnitTable) -> Recognised | NotRecognised:
    own = entry.referenceRange
    low = None if own is None else own.low
    return recognise(Decimal(entry.value), entry.unit, table, entry.comparator, low)


def _preliminary(state: PlainReaderState, entry: PlainResult) -> Quantity | None:
    """The value of a result that is not final, which is shown and never used."""
    table = state.units.get(entry.analyte)
    if table is None or not isinstance(entry.value, Decimal):
        return None
    read = _recognise(entry, table)
    return None if isinstance(read, NotRecognised) else read.quantity


def _limits(
    state: PlainReaderState, entry: PlainResult, where: str, unit: str
) -> ReferenceRange | None:
    """The reference range, if plausible in the unit; some reports print 0 to 0 for none."""
    sent_range = entry.referenceRange
    if sent_range is None or (not sent_range.low and not sent_range.high):
        return None
    low, high = sent_range.low, sent_range.high
    crossed = low is not None and high is not None and low >= high
    if crossed or not are_plausible(state.units[entry.analyte], unit, low, high):
        issue = Issue.range_not_read
        state.note(issue.code, f"{where}.referenceRange", issue.value.text, "information")
        return None
    return ReferenceRange(low=low, high=high)


# --- words


def _read_finding(
    state: PlainReaderState, entry: PlainResult, where: str, on: When
) -> Result | None:
    """A finding of a qualitative analyte; without a value the interpretation alone."""
    analyte: Analyte = entry.analyte
    finding = normalise_finding(analyte, entry.value)
    if finding is None and entry.interpretation is None:
        issue = Issue.value_missing
        state.refuse(analyte, issue.code, f"{where}.value", issue.value.text, on)
        return None
    if finding is not None and analyte not in QUALITATIVE:
        text = "this analyte has no words that are read; send a number with its unit"
        state.refuse(analyte, Issue.value_not_read.code, f"{where}.value", text, on)
        return None
    return _build_result(entry, where, on, finding=finding)

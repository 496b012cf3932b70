"""The rows of one patient as a plain form, by the mapping."""

from collections.abc import Iterator

from cobalamin.schemas.plain_form import (
    PlainFeature,
    PlainForm,
    PlainHistory,
    PlainResult,
)
from cobalamin.service.cohort.errors import RefusedError
from cobalamin.service.cohort.input.table.cells import Row, decimal_of, translated
from cobalamin.service.cohort.input.table.mapping import Coded, ResultColumn, TableMapping
from cobalamin.service.cohort.input.table.patient import patient_of
from cobalamin.service.rules.model.facts import Finding
from cobalamin.service.rules.model.quantities import Comparator
from cobalamin.service.rules.model.vocabulary import Analyte

SIGNS = sorted(Comparator, key=len, reverse=True)
FINDINGS = {finding.value: finding for finding in Finding}


def form_of(subject: str, rows: list[Row], mapping: TableMapping) -> PlainForm:
    """The form of one patient.

    Raises:
        RefusedError: the rows are about two people, or hold what the mapping does not list.
    """
    results = [result for row in rows for result in _results(row, mapping)]
    features = [result for row in rows for result in _features(row, mapping)]
    history = [result for row in rows for result in _history(row, mapping)]
    return PlainForm(
        patient=patient_of(subject, rows, mapping),
        results=tuple(results),
        features=tuple(features) if mapping.features else None,
        history=tuple(history) if mapping.history else None,
    )


def laboratory_of(rows: list[Row], mapping: TableMapping) -> str:
    """The laboratory of the first row that names one."""
    column = mapping.laboratory
    return next((row[column] for row in rows if column in row), "") if column else ""


def _results(row: Row, mapping: TableMapping) -> Iterator[PlainResult]:
    if mapping.long is not None:
        yield from _long(row, mapping)
        return
    for column in mapping.results:
        if column.column in row:
            day = row.get(column.date_column or mapping.date_column or "", mapping.date)
            yield _result(column.analyte, row[column.column], _unit(row, column), day)


def _unit(row: Row, column: ResultColumn) -> str | None:
    return row.get(column.unit_column, column.unit) if column.unit_column else column.unit


def _long(row: Row, mapping: TableMapping) -> Iterator[PlainResult]:
    long = mapping.long
    if long is None or long.analyte.column not in row:
        return
    name = long.analyte.values.get(row[long.analyte.column])
    if name is None:
        # Other tests of an extract: passed over, as FHIR codes of other things are.
        return
    value = row.get(long.value, "")
    unit = translated(row, long.unit)
    day = row.get(long.date or "", mapping.date)
    yield _result(_analyte(name), value, None if unit is None else str(unit), day)


def _analyte(name: str | bool) -> Analyte:  # noqa: FBT001 - as the mapping has it
    try:
        return Analyte(str(name))
    except ValueError:
        raise RefusedError("not-mapped", "the mapping names an analyte that is not read") from None


def _result(analyte: Analyte, text: str, unit: str | None, day: str | None) -> PlainResult:
    """A number with its sign, or a word; another text is kept as no number, to be refused."""
    finding = FINDINGS.get(text.lower())
    sign = next((candidate for candidate in SIGNS if text.startswith(candidate.value)), None)
    number = text[len(sign.value) :].strip() if sign else text
    return PlainResult(
        analyte=analyte,
        value=finding if finding is not None else decimal_of(number),
        unit=unit,
        date=day,
        comparator=sign,
    )


def _features(row: Row, mapping: TableMapping) -> Iterator[PlainFeature]:
    for entry in mapping.features:
        value = translated(row, Coded(column=entry.column, values={**entry.values}))
        if value is not None:
            yield PlainFeature(code=entry.code, present=value is True)


def _history(row: Row, mapping: TableMapping) -> Iterator[PlainHistory]:
    for entry in mapping.history:
        value = translated(row, Coded(column=entry.column, values={**entry.values}))
        if value is not None:
            yield PlainHistory(code=entry.code, active=value is True)

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
from cobalamin.service.cohort.input.table.mapping import Coded, Mapping, ResultColumn
from cobalamin.service.cohort.input.table.patient import patient_of
from cobalamin.service.rules.model.facts import Finding
from cobalamin.service.rules.model.quantities import Comparator
from cobalamin.service.rules.model.vocabulary import Analyte

SIGNS = sorted(Comparator, key=len, reverse=True)
FINDINGS = {finding.value: finding for finding in Finding}


def form_of(subject: str, rows: list[Row], mapping: Mapping) -> PlainForm:
    """The form of one patient.

    Raises:
        RefusedError: the rows are about two people, or hold what the mapping does not list.
    """
    results = [one for row in rows for one in _results(row, mapping)]
    features = [one for row in rows for one in _features(row, mapping)]
    history = [one for row in rows for one in _history(row, mapping)]
    return PlainForm(
        patient=patient_of(subject, rows, mapping),
        results=tuple(results),
        features=tuple(features) if mapping.features else None,
        history=tuple(history) if mapping.history else None,
    )


def laboratory_of(rows: list[Row], mapping: Mapping) -> str:
    """The laboratory of the first row that names one."""
    column = mapping.laboratory
    return next((row[column] for row in rows if column in row), "") if column else ""


def _results(row: Row, mapping: Mapping) -> Iterator[PlainResult]:
    if mapping.long is not None:
        yield from _long(row, mapping)
        return
    for one in mapping.results:
        if one.column in row:
            day = row.get(one.date_column or mapping.date_column or "", mapping.date)
            yield _result(one.analyte, row[one.column], _unit(row, one), day)


def _unit(row: Row, one: ResultColumn) -> str | None:
    return row.get(one.unit_column, one.unit) if one.unit_column else one.unit


def _long(row: Row, mapping: Mapping) -> Iterator[PlainResult]:
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
    sign = next((one for one in SIGNS if text.startswith(one.value)), None)
    number = text[len(sign.value) :].strip() if sign else text
    return PlainResult(
        analyte=analyte,
        value=finding if finding is not None else decimal_of(number),
        unit=unit,
        date=day,
        comparator=sign,
    )


def _features(row: Row, mapping: Mapping) -> Iterator[PlainFeature]:
    for one in mapping.features:
        said = translated(row, Coded(column=one.column, values={**one.values}))
        if said is not None:
            yield PlainFeature(code=one.code, present=said is True)


def _history(row: Row, mapping: Mapping) -> Iterator[PlainHistory]:
    for one in mapping.history:
        said = translated(row, Coded(column=one.column, values={**one.values}))
        if said is not None:
            yield PlainHistory(code=one.code, active=said is True)

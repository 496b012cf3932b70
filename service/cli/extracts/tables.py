"""The counts of an extract as tables: for people, as CSV, and as JSON."""

import csv
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from cobalamin.fhir.unit_counts import UnitCount
from cobalamin.service.cli.extracts.counts import ExtractCounts
from cobalamin.service.cohort.report.table import Cell, ReportTable
from cobalamin.service.knowledge.wording import Wording
from cobalamin.service.rules.model.assessment import Outcome

ASSESSED = (Outcome.advice.value, Outcome.no_advice.value)
WIDEST = 60


def tables_of(counts: ExtractCounts, wording: Wording) -> tuple[ReportTable, ...]:
    """Every table; one that has no rows is empty."""
    return (
        _outcomes(counts),
        _reasons(counts, wording),
        _notes(counts),
        _refused(counts),
        _units(counts),
        _codes(counts),
        _text_only(counts),
    )


def _table(
    name: str, title: str, columns: tuple[str, ...], rows: Iterable[tuple[Cell, ...]]
) -> ReportTable:
    return ReportTable(name=name, title=title, columns=columns, rows=tuple(rows))


def _outcomes(counts: ExtractCounts) -> ReportTable:
    columns = ("outcome", "number", "per cent")
    rows = ((name, *_share(number, counts)) for name, number in _numbers(counts.outcomes))
    return _table("outcomes", "Messages and documents", columns, rows)


def _numbers(outcomes: Counter[str]) -> Iterator[tuple[str, int]]:
    yield "could be assessed", sum(outcomes[name] for name in ASSESSED)
    yield from ((f"- {name}", outcomes[name]) for name in ASSESSED)
    yield "not assessable", outcomes[Outcome.not_assessable.value]
    yield "refused", outcomes["refused"]
    yield "all", outcomes.total()


def _reasons(counts: ExtractCounts, wording: Wording) -> ReportTable:
    columns = ("reason", "what it says", "number", "per cent")
    found = counts.reasons.most_common()
    rows = ((code, wording.reason(code), *_share(number, counts)) for code, number in found)
    return _table("reasons", "Why they could not be assessed", columns, rows)


def _notes(counts: ExtractCounts) -> ReportTable:
    columns, refused = ("note", "number", "of them not assessable"), counts.notes_of_unassessable
    rows = ((code, number, refused[code]) for code, number in counts.notes.most_common())
    return _table("notes", "Notes on what was read", columns, rows)


def _refused(counts: ExtractCounts) -> ReportTable:
    rows = counts.refused.most_common()
    return _table("refused", "Refused as a whole", ("why", "number"), rows)


def _units(counts: ExtractCounts) -> ReportTable:
    columns = ("system", "code", "result", "by", "unit", "why", "nearest that is read", "number")
    rows = (_unit_row(count) for count in counts.units if count.issue)
    return _table("units", "Units that are refused", columns, rows)


def _unit_row(count: UnitCount) -> tuple[Cell, ...]:
    by = "its name" if count.is_proposed else "its code"
    about = (count.unit, count.issue, count.nearest, count.times)
    return (count.system, count.code, count.analyte.value, by, *about)


def _codes(counts: ExtractCounts) -> ReportTable:
    columns = ("times", "alone", "use", "kind", "system", "code", "display")
    rows = (
        (one.times, one.alone, one.use.value, one.kind, one.system, one.code, one.display)
        for one in counts.codes
    )
    return _table("codes", "Codes; alone: with no other known code", columns, rows)


def _text_only(counts: ExtractCounts) -> ReportTable:
    rows = counts.codes.text_only.most_common()
    return _table("text-only", "Text without a code", ("kind", "number"), rows)


def _share(number: int, counts: ExtractCounts) -> tuple[int, float]:
    return number, per_cent(number, counts.documents)


def per_cent(part: int, whole: int) -> float:
    """So many of a hundred, with one decimal; 0 of none."""
    return round(100 * part / whole, 1) if whole else 0.0


def table_lines(table: ReportTable) -> Iterator[str]:
    """Yield a table as lines in columns, under its title; nothing of one without rows."""
    if not table.rows:
        return
    rows = [table.columns, *(tuple(map(_shown, row)) for row in table.rows)]
    widths = [min(WIDEST, max(map(len, column))) for column in zip(*rows, strict=True)]
    yield f"{table.title}:"
    for row in rows:
        padded = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        yield f"  {'  '.join(padded).rstrip()}"
    yield ""


def write_tables(tables: tuple[ReportTable, ...], folder: Path) -> None:
    """Write a CSV file of each table into the folder.

    Raises:
        OSError: it cannot be written to.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for table in tables:
        with (folder / f"{table.name}.csv").open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows((table.columns, *table.rows))


def _shown(cell: Cell) -> str:
    """The text of a cell on one line, without anything that a terminal would obey."""
    return " ".join("".join(c if c.isprintable() else " " for c in str(cell)).split()) or "-"

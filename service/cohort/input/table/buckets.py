"""The rows of a bucket of tables, grouped by patient."""

from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

from cobalamin.service.cohort.database import connect, identifier, quoted
from cobalamin.service.cohort.input.table.cells import Row
from cobalamin.service.cohort.input.table.mapping import TableMapping
from cobalamin.service.cohort.input.table.scan import trimmed

Numbered = tuple[str, int, Row]


def read_bucket(folders: list[Path], mapping: TableMapping) -> Iterator[tuple[str, list[Numbered]]]:
    """The rows of each patient of a bucket, in the order of their ids."""
    files = [str(file) for folder in folders for file in sorted(folder.glob("*.parquet"))]
    columns = mapping.columns()
    with connect(threads=1) as database:
        listed = ", ".join(quoted(file) for file in files)
        rows_found = database.execute(
            f"SELECT file, number, {', '.join(map(identifier, columns))} "  # noqa: S608 - quoted
            f"FROM read_parquet([{listed}], hive_partitioning=false) "
            f"ORDER BY {trimmed(mapping.patient.id)}, file, number"
        )
        rows = (row for many in iter(lambda: rows_found.fetchmany(2048), []) for row in many)
        key = 2 + columns.index(mapping.patient.id)
        for subject, of_patient in groupby(rows, key=lambda row: str(row[key]).strip()):
            yield subject, [numbered_row(row, columns, mapping) for row in of_patient]


def numbered_row(
    row: tuple[object, ...], columns: tuple[str, ...], mapping: TableMapping
) -> Numbered:
    """The cells of a row that hold anything, of `file`, `number` and the columns."""
    file, number, *values = row
    kept = {
        name: str(value).strip()
        for name, value in zip(columns, values, strict=True)
        if value is not None and str(value).strip() not in ("", *mapping.missing)
    }
    return str(file), int(str(number)), kept

"""CSV and Parquet: read and grouped by DuckDB, by the columns that a mapping names."""

from pathlib import Path
from typing import TYPE_CHECKING

from cobalamin.service.cohort.database import connect, quoted
from cobalamin.service.cohort.errors import CohortError, RefusedError
from cobalamin.service.cohort.input.table.mapping import TableMapping
from cobalamin.service.cohort.input.table.scan import scan_of, texts_of, trimmed
from cobalamin.service.cohort.refusals import Refusals

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

NO_ID = RefusedError("no-id", "the row does not say whose it is")
TEXTS = {
    "CAST": "a value cannot be read",
    "MISSING COLUMNS": "the row has too few columns; it may be cut off",
    "TOO MANY COLUMNS": "the row has too many columns",
    "UNQUOTED VALUE": "a quotation mark has no end",
    "LINE SIZE OVER MAXIMUM": "the row is too long",
    "INVALID ENCODING": "the row is not UTF-8",
}


def stage_table(
    table: str, at: int, mapping: TableMapping, folder: Path, buckets: int, refusals: Refusals
) -> None:
    """Writes the rows of a table to their buckets; refuses those that cannot be told apart.

    Raises:
        CohortError: the table cannot be read, or has not the columns that the mapping names.
    """
    import duckdb  # noqa: PLC0415 - an optional extra

    file = Path(table)
    with connect(folder / "spill") as database:
        try:
            source = scan_of(file)
            _copy(database, table, source, mapping, folder / f"table-{at}", buckets)
            _refuse(database, table, source, mapping, refusals)
        except duckdb.Error as error:
            raise CohortError(f"{file}: cannot be read ({type(error).__name__})") from None


def _copy(
    database: "DuckDBPyConnection",
    table: str,
    source: str,
    mapping: TableMapping,
    target: Path,
    buckets: int,
) -> None:
    key = trimmed(mapping.patient.id)
    columns = texts_of(database, Path(table), source, mapping.columns())
    database.execute(
        f"COPY (SELECT hash({key}) % {buckets} AS bucket, number, "  # noqa: S608
        f"{quoted(table)} AS file, {columns} FROM "
        f"(SELECT *, row_number() OVER () AS number FROM {source}) "
        f"WHERE {key} <> '') "
        f"TO {quoted(str(target))} (FORMAT parquet, PARTITION_BY (bucket), OVERWRITE_OR_IGNORE)"
    )


def _refuse(
    database: "DuckDBPyConnection",
    table: str,
    source: str,
    mapping: TableMapping,
    refusals: Refusals,
) -> None:
    key = trimmed(mapping.patient.id)
    nameless = database.sql(
        f"SELECT number FROM (SELECT {key} AS id, row_number() OVER () AS number "  # noqa: S608
        f"FROM {source}) WHERE id = ''"
    )
    for (number,) in nameless.fetchall():
        refusals.add(table, int(number), "", NO_ID)
    if source.startswith("read_parquet"):
        return
    rejected = database.sql("SELECT DISTINCT line, error_type FROM reject_errors ORDER BY line")
    for line, kind in rejected.fetchall():
        text = TEXTS.get(str(kind), "the row cannot be read")
        refusals.add(table, int(line), "", RefusedError("row-not-read", text))

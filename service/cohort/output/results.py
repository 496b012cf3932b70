"""The rows of a run as Parquet and CSV, with what was refused and the codes that were counted."""

from pathlib import Path
from typing import TYPE_CHECKING

from cobalamin.service.cohort import code_counts, refusals
from cobalamin.service.cohort.database import connect, identifier, quoted
from cobalamin.service.cohort.output.columns import CODES, COLUMNS

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

ROWS, TABLE, REFUSED, COUNTED = "rows.parquet", "rows.csv", "refused.csv", "codes.csv"
TWICE = (
    "several documents are about this patient and day; put what they hold into one, or give each "
    "its own day"
)
Totals = dict[str, dict[str, int]]


def write_results(work: Path, output: Path) -> Totals:
    """Writes every file of the results; counts rows by outcome and refusals by code.

    A patient of whom several documents were sent for one day is refused: each of their rows would
    rest on a part of the record.
    """
    with connect(work / "spill") as database:
        _load(database, work)
        _write_rows(database, output)
        _write_refused(database, output)
        _write_codes(database, work, output)
        return {
            "outcomes": _counts(database, "SELECT outcome, count(*) FROM single GROUP BY 1"),
            "refused": _counts(database, "SELECT code, count(*) FROM refused GROUP BY 1"),
        }


def _load(database: "DuckDBPyConnection", work: Path) -> None:
    """The rows and refusals of all units as the tables `single` and `refused`."""
    columns = ", ".join(_typed(name, kind) for name, kind in COLUMNS.items())
    source = _read(work, "rows", dict.fromkeys(COLUMNS, "VARCHAR"))
    database.execute(
        f"CREATE VIEW every AS SELECT *, count(*) OVER (PARTITION BY subject, as_of, origin) "  # noqa: S608
        f"AS times FROM (SELECT {columns} FROM {source})"
    )
    database.execute(
        "CREATE TABLE single AS SELECT * EXCLUDE times FROM every "
        "WHERE times = 1 OR subject IS NULL"
    )
    source = _read(work, "refused", refusals.COLUMNS)
    database.execute(
        f"CREATE TABLE refused AS SELECT * FROM {source} UNION ALL "  # noqa: S608
        f"SELECT '', NULL, subject, 'two-documents', {quoted(TWICE)} FROM every "
        "WHERE times > 1 AND subject IS NOT NULL GROUP BY subject, as_of"
    )


def _typed(name: str, kind: str) -> str:
    column = identifier(name)
    if kind == CODES:
        split = f"CASE WHEN {column} IS NULL THEN [] ELSE string_split({column}, ' ') END"
        return f"{split} AS {column}"
    return f"CAST({column} AS {kind}) AS {column}"


def _read(work: Path, suffix: str, columns: dict[str, str]) -> str:
    named = ", ".join(f"{quoted(name)}: {quoted(kind)}" for name, kind in columns.items())
    return (
        f"read_csv({quoted(str(work / f'*.{suffix}'))}, columns={{{named}}}, header=false, "
        "auto_detect=false, delim=',', quote='\"', escape='\"', nullstr='', max_line_size=16777216)"
    )


def _write_rows(database: "DuckDBPyConnection", output: Path) -> None:
    parquet, table = quoted(str(output / ROWS)), quoted(str(output / TABLE))
    database.execute(
        f"COPY (SELECT * FROM single ORDER BY subject, as_of, origin) "  # noqa: S608
        f"TO {parquet} (FORMAT parquet, COMPRESSION zstd)"
    )
    joined = ", ".join(
        f"nullif(array_to_string({identifier(name)}, ' '), '') AS {identifier(name)}"
        if kind == CODES
        else identifier(name)
        for name, kind in COLUMNS.items()
    )
    database.execute(f"COPY (SELECT {joined} FROM {parquet}) TO {table} (HEADER)")  # noqa: S608


def _write_refused(database: "DuckDBPyConnection", output: Path) -> None:
    target = quoted(str(output / REFUSED))
    database.execute(
        f"COPY (SELECT * FROM refused ORDER BY file, number, subject, code) TO {target} (HEADER)"  # noqa: S608
    )


def _write_codes(database: "DuckDBPyConnection", work: Path, output: Path) -> None:
    target = quoted(str(output / COUNTED))
    database.execute(
        "COPY (SELECT kind, system, code, any_value(display) AS display, use, "  # noqa: S608
        "CAST(sum(times) AS BIGINT) AS times, CAST(sum(alone) AS BIGINT) AS alone "
        f"FROM {_read(work, 'codes', code_counts.COLUMNS)} GROUP BY kind, system, code, use "
        f"ORDER BY times DESC, kind, system, code) TO {target} (HEADER)"
    )


def _counts(database: "DuckDBPyConnection", query: str) -> dict[str, int]:
    return {str(name): int(count) for name, count in sorted(database.sql(query).fetchall())}

"""How DuckDB reads a CSV or Parquet file: every cell of it as text."""

from pathlib import Path
from typing import TYPE_CHECKING

from cobalamin.service.cohort.database import identifier, quoted
from cobalamin.service.cohort.errors import CohortError
from cobalamin.service.cohort.input.files import PARQUET

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

FLOATS = ("FLOAT", "DOUBLE")
# What is no value at the ends of a cell: all that str.strip takes away.
LAST_BLANK = 0x3000
BLANK = "".join(filter(str.isspace, map(chr, range(LAST_BLANK + 1))))


def is_parquet(file: Path) -> bool:
    """Whether the file is Parquet, by its beginning."""
    with file.open("rb") as opened:
        return opened.read(len(PARQUET)) == PARQUET


def scan_of(file: Path) -> str:
    """The table function that reads the file; lines of CSV that cannot be read are kept apart."""
    name = quoted(str(file))
    if is_parquet(file):
        return f"read_parquet({name})"
    return (
        f"read_csv({name}, all_varchar=true, header=true, ignore_errors=true, store_rejects=true, "
        "null_padding=false)"
    )


def texts_of(
    database: "DuckDBPyConnection", file: Path, source: str, columns: tuple[str, ...]
) -> str:
    """The columns as text, for SELECT; in a column of numbers NaN is no value, as in data frames.

    Raises:
        CohortError: the file lacks one of them.
    """
    described = database.sql(f"DESCRIBE SELECT * FROM {source}").fetchall()  # noqa: S608 - quoted
    types = {str(row[0]): str(row[1]) for row in described}
    lacking = [name for name in columns if name not in types]
    if lacking:
        named = ", ".join(lacking)
        raise CohortError(f"{file}: has no column {named}, which the mapping names")
    return ", ".join(text_of(name, types[name]) for name in columns)


def trimmed(name: str) -> str:
    """A column as text without blanks at its ends, for SELECT; empty where there is nothing."""
    return f"coalesce(trim(CAST({identifier(name)} AS VARCHAR), {quoted(BLANK)}), '')"


def text_of(name: str, kind: str) -> str:
    """A column of this type as text, for SELECT."""
    column = identifier(name)
    value = f"CASE WHEN NOT isnan({column}) THEN {column} END" if kind in FLOATS else column
    return f"CAST({value} AS VARCHAR) AS {column}"

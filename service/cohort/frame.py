"""A table in memory is assessed as `cohort run` assesses a file, by the same code."""

import io
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from msgspec import Struct

from cobalamin.service.cohort.database import connect, quoted
from cobalamin.service.cohort.errors import CohortError, CohortUsageError
from cobalamin.service.cohort.input.table.mapping import load_mapping
from cobalamin.service.cohort.options import RunOptions
from cobalamin.service.cohort.output.results import REFUSED, ROWS
from cobalamin.service.cohort.progress import Progress
from cobalamin.service.cohort.run import run_cohort
from cobalamin.service.knowledge.profile import load_profile
from cobalamin.service.knowledge.profile_list import profile_ids
from cobalamin.service.knowledge.site import load_site

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection, DuckDBPyRelation

NO_TABLE = (
    "is no table in memory: give a DataFrame of pandas or Polars, a table or reader of PyArrow, a "
    "relation of DuckDB, or another object with __arrow_c_stream__; collect a LazyFrame first"
)


@runtime_checkable
class ArrowStream(Protocol):
    """A table that hands its columns over through the Arrow PyCapsule interface.

    DataFrames of pandas (from 2.2) and Polars, tables of PyArrow and relations of DuckDB are such.
    """

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        """A capsule with an `ArrowArrayStream`."""


class AssessedFrame(Struct, frozen=True):
    """The rows of a frame, and what gave none.

    Both are relations of DuckDB: `pl()` makes a DataFrame of Polars of one, `df()` of pandas,
    `to_arrow_table()` a table of PyArrow, and `fetchall()` tuples. `rows` has the columns of
    `rows.parquet`, one row a patient; `refused` has `number` (the row of the frame, from 1),
    `subject`, `code` and `text`.
    """

    rows: "DuckDBPyRelation"
    refused: "DuckDBPyRelation"


def assess_frame(  # noqa: PLR0913 - the options of `cohort run`
    frame: ArrowStream,
    mapping: str | os.PathLike[str],
    *,
    profile: str = profile_ids()[0],
    site: str | os.PathLike[str] | None = None,
    as_of: date | None = None,
    output: str | os.PathLike[str] | None = None,
    jobs: int = 1,
) -> AssessedFrame:
    """Assesses everybody in a table in memory; the rows are those that `cohort run` gives.

    `mapping` is the file that names the columns, and `as_of` the day of assessment, without which
    it is today. `output` is a new folder that keeps the run, for `cohort report` and `compare`;
    without it nothing is kept, and what is written meanwhile stands in a temporary folder that
    only this user can read. With more than one of `jobs`, that many processes assess.

    Raises:
        CohortUsageError: it is no table, or `output` holds a run.
        CohortError: the mapping or the table cannot be used, or DuckDB is not installed.
        KnowledgeError: the profile or the site file cannot be used.
    """
    load_mapping(Path(mapping))
    with TemporaryDirectory(prefix="cobalamin-") as temporary:
        folder = Path(temporary)
        table = folder / "frame.parquet"
        _write_table(frame, table)
        results = folder / "results" if output is None else Path(output)
        where = None if site is None else Path(site)
        options = RunOptions(
            paths=(table,),
            output=results,
            profile=load_profile(profile, None if where is None else load_site(where)),
            site=where,
            today=date.today(),  # noqa: DTZ011 - a person's day, where the person is
            on=as_of,
            mapping=Path(mapping),
            laboratory=False,
            sample=0,
            jobs=jobs,
            resume=False,
        )
        run_cohort(options, Progress(io.StringIO()))
        return _open_results(results, is_kept=output is not None)


def _write_table(frame: object, target: Path) -> None:
    with connect(target.parent) as database, _reading():
        _relation(database, frame).write_parquet(str(target))


def _relation(database: "DuckDBPyConnection", frame: object) -> "DuckDBPyRelation":
    # DuckDB reads pandas itself; the stream of pandas needs PyArrow.
    if type(frame).__module__.partition(".")[0] == "pandas" and hasattr(frame, "columns"):
        return database.from_df(frame)
    if isinstance(frame, ArrowStream):
        return database.from_arrow(frame.__arrow_c_stream__())
    raise CohortUsageError(f"{type(frame).__name__} {NO_TABLE}")


@contextmanager
def _reading() -> Iterator[None]:
    """Says of what DuckDB could not read its kind alone: a message of its own may hold values."""
    import duckdb  # noqa: PLC0415 - an optional extra

    try:
        yield
    except duckdb.Error as error:
        raise CohortError(f"the table cannot be read ({type(error).__name__})") from None


def _open_results(folder: Path, *, is_kept: bool) -> AssessedFrame:
    """The results: as files where they are kept, else in memory."""
    database = connect()
    kind = "VIEW" if is_kept else "TABLE"
    rows, refused = quoted(str(folder / ROWS)), quoted(str(folder / REFUSED))
    database.execute(f"CREATE {kind} assessed AS FROM read_parquet({rows})")
    database.execute(
        f"CREATE {kind} refused AS SELECT CAST(number AS BIGINT) AS number, subject, code, text "  # noqa: S608
        f"FROM read_csv({refused}, header=true, all_varchar=true, delim=',', quote='\"', "
        "escape='\"')"
    )
    return AssessedFrame(database.table("assessed"), database.table("refused"))

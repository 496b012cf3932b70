"""The results of a run, as a report reads them."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from cobalamin.service.cohort.database import connect, quoted
from cobalamin.service.cohort.errors import CohortError, CohortUsageError
from cobalamin.service.cohort.manifest import read_manifest
from cobalamin.service.cohort.output.columns import COLUMNS
from cobalamin.service.cohort.output.results import COUNTED, REFUSED, ROWS
from cobalamin.service.knowledge.profile import Profile

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

OTHER_COLUMNS = "was written by a version with other columns; run it again"


class Source(Struct, frozen=True, kw_only=True):
    """The tables `person`, `refused` and `code` of a run, with the words and limits for them."""

    database: "DuckDBPyConnection"
    manifest: dict[str, Any]
    profile: Profile

    @property
    def people(self) -> int:
        """How many rows the run has."""
        return int(self.manifest["rows"])

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """The rows of a query."""
        return self.database.sql(query).fetchall()


@contextmanager
def open_source(folder: Path, profile: Profile) -> Iterator[Source]:
    """The results in this folder.

    Raises:
        CohortError: it holds no finished run, or its files cannot be read.
    """
    import duckdb  # noqa: PLC0415 - an optional extra

    manifest = read_manifest(folder)
    with connect() as database:
        try:
            rows = database.read_parquet(str(folder / ROWS))
            if rows.columns != list(COLUMNS):
                raise CohortUsageError(f"{folder}: {OTHER_COLUMNS}")
            rows.create_view("person")
            for name, file in (("refused", REFUSED), ("code", COUNTED)):
                source = quoted(str(folder / file))
                database.execute(
                    f"CREATE TABLE {name} AS FROM read_csv({source}, header=true, "
                    "all_varchar=true, delim=',', quote='\"', escape='\"')"
                )
        except duckdb.Error as error:
            raise CohortError(f"{folder}: cannot be read ({type(error).__name__})") from None
        yield Source(database=database, manifest=manifest, profile=profile)

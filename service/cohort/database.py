"""DuckDB for columns: an optional extra, kept off the network and within bounds."""

from pathlib import Path
from typing import TYPE_CHECKING

from cobalamin.service.cohort.errors import CohortError

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

MEMORY = "1GB"
SETTINGS: dict[str, str | bool | int | float | list[str]] = {
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
    "memory_limit": MEMORY,
}
MISSING = (
    "cohorts need DuckDB: install cobalamin[cohort]. In a checkout `make test` or `make run` has "
    "installed it already where there is a wheel for this machine"
)


def connect(temporary: Path | None = None, threads: int | None = None) -> "DuckDBPyConnection":
    """An empty database in memory that spills into a folder.

    Raises:
        CohortError: DuckDB is not installed.
    """
    try:
        import duckdb  # noqa: PLC0415 - an optional extra
    except ImportError:
        raise CohortError(MISSING) from None
    settings = dict(SETTINGS)
    if temporary is not None:
        settings["temp_directory"] = str(temporary)
    if threads is not None:
        settings["threads"] = threads
    return duckdb.connect(config=settings)


def quoted(text: str) -> str:
    """A literal of SQL."""
    return "'" + text.replace("'", "''") + "'"


def identifier(name: str) -> str:
    """A quoted name of SQL."""
    return '"' + name.replace('"', '""') + '"'

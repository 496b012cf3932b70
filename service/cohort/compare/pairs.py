"""The rows of two runs, joined person by person, with what changed in each pair."""

from pathlib import Path
from typing import TYPE_CHECKING

from cobalamin.service.cohort.compare.macros import MACROS
from cobalamin.service.cohort.errors import CohortError, CohortUsageError
from cobalamin.service.cohort.output.columns import CODES, COLUMNS, MEASURED
from cobalamin.service.cohort.output.results import ROWS

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

# What the engine found, which is why advice changes; and what it advises.
FINDINGS = ("status", "band", "anaemia", "megaloblastic", "tier", "kidney", "age")
FINDING_LISTS = ("reasons", "causes", "notes")
ADVICE = ("route", "comment")
ADVICE_LISTS = ("recommended", "suggestions", "cautions")
OTHER_COLUMNS = "was written by a version with other columns; run it again"


def load_pairs(database: "DuckDBPyConnection", before: Path, after: Path) -> None:
    """Makes the table `pairs`: a row for each person of either run.

    People are joined by subject and origin, and by the day as well where a run has several rows of
    a person.

    Raises:
        CohortError: the rows of a run cannot be read.
    """
    for name, folder in (("before", before), ("after", after)):
        _load(database, name, folder)
    day = "as_of" if _has_several(database) else "NULL"
    key = f"concat_ws(chr(31), coalesce(subject, ''), coalesce(origin, ''), {day})"
    database.execute(MACROS)
    for name in ("before", "after"):
        database.execute(f"CREATE VIEW keyed_{name} AS SELECT {key} AS key, * FROM {name}")  # noqa: S608
    database.execute(
        f"CREATE TABLE pairs AS SELECT "  # noqa: S608 - names of columns
        "coalesce(a.subject, b.subject) AS subject, coalesce(a.as_of, b.as_of) AS as_of, "
        "coalesce(a.origin, b.origin) AS origin, step(a) AS before, step(b) AS after, "
        f"{_joined(_findings())} AS findings, {_joined(_advice())} AS advice, "
        "has_urgent(a) AND (NOT has_urgent(b) OR (a.outcome = 'advice' AND b.outcome <> 'advice')) "
        "AS loses_urgent, has_urgent(b) AND NOT has_urgent(a) AS gains_urgent "
        "FROM keyed_before a FULL JOIN keyed_after b ON a.key = b.key"
    )


def _load(database: "DuckDBPyConnection", name: str, folder: Path) -> None:
    import duckdb  # noqa: PLC0415 - an optional extra

    try:
        rows = database.read_parquet(str(folder / ROWS))
    except duckdb.Error as error:
        why = type(error).__name__
        raise CohortError(f"{folder / ROWS}: cannot be read ({why})") from None
    if rows.columns != list(COLUMNS):
        raise CohortUsageError(f"{folder}: {OTHER_COLUMNS}")
    rows.create_view(name)


def _has_several(database: "DuckDBPyConnection") -> bool:
    several = database.sql(
        "SELECT 1 FROM (SELECT 'a' AS run, subject, origin FROM before UNION ALL "
        "SELECT 'b', subject, origin FROM after) "
        "GROUP BY run, subject, origin HAVING count(*) > 1 LIMIT 1"
    )
    return bool(several.fetchall())


def _findings() -> list[str]:
    compared = [_moved(name) for name in FINDINGS]
    compared += [_changed(name) for name in FINDING_LISTS]
    return [*compared, *[f"other_value('{name}', a.{name}, b.{name})" for name in MEASURED]]


def _advice() -> list[str]:
    return [*[_moved(name) for name in ADVICE], *[_changed(name) for name in ADVICE_LISTS]]


def _moved(name: str) -> str:
    return f"moved('{name}', a.{name}, b.{name})"


def _changed(name: str) -> str:
    if COLUMNS[name] != CODES:
        raise TypeError(f"{name} holds no codes")
    return f"changed_codes('{name}', a.{name}, b.{name})"


def _joined(parts: list[str]) -> str:
    """What changed of these, of a person who is in both runs."""
    listed = ", ".join(parts)
    return f"CASE WHEN a.key IS NULL OR b.key IS NULL THEN '' ELSE concat_ws('; ', {listed}) END"

"""What happened later to the people of a run, read from a table beside it."""

from pathlib import Path

from msgspec import Struct

from cobalamin.service.cohort.database import identifier, quoted
from cobalamin.service.cohort.errors import CohortError
from cobalamin.service.cohort.input.table.scan import is_parquet, scan_of, texts_of
from cobalamin.service.cohort.report.outcome_mapping import OutcomeColumn, OutcomeMapping
from cobalamin.service.cohort.report.source import Source

# Ids as a table has them: rows hold the reference to the Patient.
ID = "regexp_replace(trim({}), '^Patient/', '')"
# Each person once, at the first assessment, and per outcome what is known of the time after it.
FOLLOWED = f"""
CREATE TABLE followed AS
WITH first AS (
    SELECT {ID.format("subject")} AS id, as_of, outcome, rung FROM person WHERE subject IS NOT NULL
    QUALIFY row_number() OVER (PARTITION BY subject ORDER BY as_of, origin) = 1),
known AS (
    SELECT id, name,
        bool_or(state = 'yes' AND coalesce(day < as_of, false)) AS before,
        bool_or(state = 'yes' AND NOT coalesce(day < as_of, false)) AS happened,
        bool_or(state = 'not-read') AS not_read,
        bool_or(state = 'no' AND NOT coalesce(day < as_of, false)) AS absent,
        min(day) FILTER (state = 'yes' AND day >= as_of) AS day
    FROM first JOIN event USING (id) GROUP BY id, name)
SELECT first.id, named.name, first.outcome, first.rung,
    CASE WHEN before THEN 'before' WHEN happened THEN 'yes' WHEN not_read THEN 'not-read'
        WHEN absent THEN 'no' ELSE 'not-known' END AS state,
    CASE WHEN happened AND NOT before THEN known.day - first.as_of END AS days
FROM first CROSS JOIN (SELECT unnest($names) AS name) AS named
LEFT JOIN known ON known.id = first.id AND known.name = named.name
"""  # noqa: S608 - texts of this module


class OutcomeCounts(Struct, frozen=True):
    """What of the table gave no outcome: lines that cannot be read, ids without a row."""

    lines_not_read: int
    without_row: int


def read_outcomes(source: Source, file: Path, mapping: OutcomeMapping) -> OutcomeCounts:
    """Joins the table with the people of the run as `followed`: a line a person and outcome.

    `state` is yes, no, before (it happened before the day of assessment), not-read or not-known;
    `days` are those from the assessment until it happened.

    Raises:
        CohortError: the table cannot be read, or lacks a column.
    """
    import duckdb  # noqa: PLC0415 - an optional extra

    database = source.database
    try:
        scan = scan_of(file)
        texts = texts_of(database, file, scan, mapping.columns())
        database.execute(f"CREATE TABLE later AS SELECT {texts} FROM {scan}")  # noqa: S608
        events = " UNION ALL ".join(_events(outcome, mapping) for outcome in mapping.outcomes)
        database.execute(f"CREATE TABLE event AS {events}")
        database.execute(FOLLOWED, {"names": [outcome.name for outcome in mapping.outcomes]})
        ((without_row,),) = source.rows(
            "SELECT count(DISTINCT id) FROM event WHERE id NOT IN (SELECT id FROM followed)"
        )
        lines = 0
        if not is_parquet(file):
            ((lines,),) = source.rows("SELECT count(DISTINCT line) FROM reject_errors")
    except (OSError, duckdb.Error) as error:
        raise CohortError(f"{file}: cannot be read ({type(error).__name__})") from None
    return OutcomeCounts(int(lines), int(without_row))


def _events(outcome: OutcomeColumn, mapping: OutcomeMapping) -> str:
    """A query of id, name, state and day for each line of the table."""
    value = _cell(outcome.column, mapping)
    empty = {None: "NULL", True: "'yes'", False: "'no'"}[outcome.empty]
    day, unreadable_day = "CAST(NULL AS DATE)", "false"
    if outcome.day is not None:
        text = _cell(outcome.day, mapping)
        day = f"TRY_CAST(substr({text}, 1, 10) AS DATE)"
        unreadable_day = f"({text} IS NOT NULL AND {day} IS NULL)"
    return (
        f"SELECT {ID.format(identifier(mapping.id))} AS id, {quoted(outcome.name)} AS name, "  # noqa: S608
        f"CASE WHEN {value} IS NULL THEN {empty} WHEN {unreadable_day} THEN 'not-read' "
        f"ELSE {_state(outcome, value)} END AS state, {day} AS day FROM later "
        f"WHERE {_cell(mapping.id, mapping)} IS NOT NULL"
    )


def _cell(column: str, mapping: OutcomeMapping) -> str:
    """The text of a cell, NULL where it is empty."""
    missing = ", ".join(quoted(text) for text in ("", *mapping.missing))
    text = f"trim({identifier(column)})"
    return f"(CASE WHEN {text} IN ({missing}) THEN NULL ELSE {text} END)"


def _state(outcome: OutcomeColumn, value: str) -> str:
    """What a cell that is not empty says."""
    if outcome.holds_a_day:
        return "'yes'"
    if outcome.values is not None:
        cases = " ".join(
            f"WHEN {quoted(text)} THEN {_word(happened=happened)}"
            for text, happened in outcome.values.items()
        )
        return f"CASE {value} {cases} ELSE 'not-read' END" if cases else "'not-read'"
    sign, limit = (">", outcome.above) if outcome.above is not None else ("<", outcome.below)
    number = f"TRY_CAST({value} AS DOUBLE)"
    return (
        f"CASE WHEN NOT coalesce(isfinite({number}), false) THEN 'not-read' "
        f"WHEN {number} {sign} {limit!r} THEN 'yes' ELSE 'no' END"
    )


def _word(*, happened: bool) -> str:
    return "'yes'" if happened else "'no'"

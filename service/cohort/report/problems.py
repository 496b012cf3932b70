"""What could not be assessed or read, and why."""

from cobalamin.service.cohort.report.source import Source
from cobalamin.service.cohort.report.table import ReportTable, Section, per_1000
from cobalamin.service.knowledge.code_counts import NOT_KNOWN

MOST_CODES = 50
REASONS = """
SELECT reason, count(*) AS people FROM (
    SELECT unnest(reasons) AS reason FROM person WHERE outcome = 'not-assessable')
GROUP BY reason ORDER BY people DESC, reason
"""
# The notes of a row are `code:number`.
NOTES = """
SELECT code, count(*) AS people, CAST(sum(number) AS BIGINT) FROM (
    SELECT split_part(note, ':', 1) AS code, CAST(split_part(note, ':', 2) AS BIGINT) AS number
    FROM (SELECT unnest(notes) AS note FROM person))
GROUP BY code ORDER BY people DESC, code
"""
REFUSED = """
SELECT code, any_value(text), count(*) AS lines FROM refused GROUP BY code ORDER BY lines DESC, code
"""


def problem_section(source: Source) -> Section:
    """Not assessable by reason, notes, refusals, codes that are not known."""
    return Section(
        name="problems",
        title="What could not be assessed, and why",
        tables=(_reasons(source), _notes(source), _refused(source), _codes(source)),
    )


def _reasons(source: Source) -> ReportTable:
    return ReportTable(
        name="not-assessable",
        title="People who could not be assessed, by reason",
        columns=("reason", "what it says", "people", "per 1000"),
        rows=tuple(
            (code, source.profile.wording.reason(code), count, per_1000(count, source.people))
            for code, count in source.rows(REASONS)
        ),
        bar="per 1000",
    )


def _notes(source: Source) -> ReportTable:
    return ReportTable(
        name="notes",
        title="Notes on what was read, of everybody",
        columns=("note", "people", "notes", "people per 1000"),
        rows=tuple(
            (code, people, count, per_1000(people, source.people))
            for code, people, count in source.rows(NOTES)
        ),
        bar="people per 1000",
    )


def _refused(source: Source) -> ReportTable:
    return ReportTable(
        name="refused",
        title="Lines, documents and patients without a row",
        columns=("code", "why", "number"),
        rows=tuple(source.rows(REFUSED)),
        note="Where each of them stood is in refused.csv.",
    )


def _codes(source: Source) -> ReportTable:
    uses = ", ".join(f"'{use.value}'" for use in sorted(NOT_KNOWN))
    every = source.manifest["codesCountedInEach"]
    return ReportTable(
        name="unmapped-codes",
        title="Unknown codes",
        columns=("kind", "system", "code", "display", "why", "times", "times alone"),
        rows=tuple(
            source.rows(
                "SELECT kind, system, code, display, use, CAST(times AS BIGINT) AS times, "  # noqa: S608
                f"CAST(alone AS BIGINT) FROM code WHERE use IN ({uses}) "
                f"ORDER BY times DESC, kind, system, code LIMIT {MOST_CODES}"
            )
        ),
        note=(
            f"Counted in one document of {every}; alone: with no other code that is read."
            if every
            else "Codes were not counted in this run."
        ),
    )

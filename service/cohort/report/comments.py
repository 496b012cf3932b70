"""The report comments that would be made, and the hours that authorising them takes."""

from cobalamin.service.cohort.report.source import Source
from cobalamin.service.cohort.report.table import ReportTable, Section, per_1000

COMMENTS = """
SELECT comment, authorisation, count(*) AS people FROM person WHERE comment IS NOT NULL
GROUP BY comment, authorisation ORDER BY people DESC, comment, authorisation
"""


def comment_section(source: Source, seconds: float) -> Section:
    """Comments by code; `seconds` are what authorising one takes."""
    meanings = source.profile.wording.comments.meanings
    rows, required = [], 0
    for code, authorisation, people in source.rows(COMMENTS):
        meaning = meanings.get(code)
        required += people if authorisation == "required" else 0
        text = "" if meaning is None else meaning.text
        cost = round(people * seconds / 3600, 2) if authorisation == "required" else 0.0
        rows.append((code, text, authorisation, people, cost, per_1000(people, source.people)))
    hours = round(required * seconds / 3600, 1)
    summary = ReportTable(
        name="authorisation",
        title="Hours of authorisation",
        columns=("comments to authorise", "seconds for each", "hours", "hours for 1000 people"),
        rows=((required, seconds, hours, _rate(hours, source)),),
        note="The seconds for each are an assumption: give your own with --authorisation-seconds.",
    )
    table = ReportTable(
        name="comments",
        title="Report comments by code",
        columns=("comment", "how it begins", "authorisation", "people", "hours", "per 1000"),
        rows=tuple(rows),
        bar="per 1000",
        note="A comment also says that a result is no reason for treatment; few come with a card.",
    )
    return Section(name="comments", title="Comments on laboratory reports", tables=(summary, table))


def _rate(hours: float, source: Source) -> float:
    return round(1000 * hours / max(source.people, 1), 2)

"""People to look at for each step of the pathway: their ids alone."""

from cobalamin.service.cohort.report.source import Source
from cobalamin.service.cohort.report.table import ReportTable, Section

# By the hash of the id: the same people in each report, and not those of one time or place.
EXAMPLES = """
SELECT rung, urgency, coalesce(subject, origin), as_of, origin FROM person
WHERE outcome <> 'no-advice'
QUALIFY row_number() OVER (
    PARTITION BY outcome, rung, urgency ORDER BY md5(coalesce(subject, origin)), as_of) <= 5
ORDER BY TRY_CAST(substr(rung, 2) AS INTEGER), rung,
    list_position(['urgent', 'soon', 'routine'], urgency), md5(coalesce(subject, origin)), as_of
"""


def example_section(source: Source) -> Section:
    """At most five ids for each step and urgency."""
    examples, words = source.rows(EXAMPLES), source.profile.wording.rungs
    table = ReportTable(
        name="examples",
        title="Examples by step",
        columns=("step", "what it is", "urgency", "person", "day", "where it stood"),
        rows=tuple(
            (rung, words[rung].title if rung in words else "", urgency, who, str(day), at or "")
            for rung, urgency, who, day, at in examples
        ),
    )
    return Section(
        name="examples",
        title="People to review",
        tables=(table,),
        note=(
            "At most five of each step and urgency, chosen by a hash of the id. Look them up where "
            "you may; this page holds no result of theirs."
        ),
    )

"""How many people have advice: by step and urgency, and by what they have in common."""

from cobalamin.service.cohort.report.groups import GROUPS
from cobalamin.service.cohort.report.source import Source
from cobalamin.service.cohort.report.table import ReportTable, Section, per_1000

MOST_GROUPS = 30
BY_STEP = """
SELECT rung, urgency, count(*) FROM person WHERE outcome = 'advice' GROUP BY rung, urgency
ORDER BY TRY_CAST(substr(rung, 2) AS INTEGER), rung,
    list_position(['urgent', 'soon', 'routine'], urgency)
"""
OUTCOMES = ("advice", "no-advice", "not-assessable")
BY_URGENCY = "SELECT urgency, count(*) FROM person WHERE outcome = 'advice' GROUP BY urgency"
URGENCIES = ("urgent", "soon", "routine")


def advice_section(source: Source) -> Section:
    """Cards in all, by step, and by group."""
    groups = [_by_group(source, name, *group) for name, group in GROUPS.items()]
    return Section(
        name="advice",
        title="How many people would have a card",
        tables=(_outcomes(source), _by_urgency(source), _by_step(source), *groups),
        note=(
            "A card is shown where there is advice. Urgent is the same day, soon the same week. No "
            "advice is also said of those who have no B12 result and no recorded reason for one."
        ),
    )


def _outcomes(source: Source) -> ReportTable:
    counts = dict(source.rows("SELECT outcome, count(*) FROM person GROUP BY outcome"))
    return ReportTable(
        name="outcomes",
        title="Outcomes",
        columns=("outcome", "people", "per 1000"),
        rows=tuple(
            (name, counts.get(name, 0), per_1000(counts.get(name, 0), source.people))
            for name in OUTCOMES
        ),
        bar="per 1000",
    )


def _by_urgency(source: Source) -> ReportTable:
    counts = dict(source.rows(BY_URGENCY))
    people = [(name, counts.get(name, 0)) for name in URGENCIES]
    return ReportTable(
        name="advice-by-urgency",
        title="Cards by urgency",
        columns=("urgency", "people", "per 1000"),
        rows=tuple((name, count, per_1000(count, source.people)) for name, count in people),
        bar="per 1000",
    )


def _by_step(source: Source) -> ReportTable:
    words = source.profile.wording.rungs
    return ReportTable(
        name="advice-by-rung",
        title="Cards by step of the pathway and urgency",
        columns=("step", "what it is", "urgency", "people", "per 1000"),
        rows=tuple(
            (rung, words[rung].title if rung in words else "", urgency, count, share)
            for rung, urgency, count in source.rows(BY_STEP)
            for share in (per_1000(count, source.people),)
        ),
        bar="per 1000",
    )


def _by_group(source: Source, name: str, title: str, group: str, order: str) -> ReportTable:
    counts = source.rows(
        f"SELECT {group} AS named, count(*), "  # noqa: S608 - a text of this module
        "count(*) FILTER (outcome = 'advice'), "
        "count(*) FILTER (outcome = 'advice' AND urgency = 'urgent'), "
        "count(*) FILTER (outcome = 'advice' AND urgency = 'soon'), "
        "count(*) FILTER (outcome = 'not-assessable') FROM person "
        f"GROUP BY named ORDER BY {order} NULLS LAST, count(*) DESC, named LIMIT {MOST_GROUPS}"
    )
    return ReportTable(
        name=f"advice-by-{name}",
        title=f"Cards by {title}",
        columns=(
            title,
            "people",
            "with a card",
            "urgent",
            "soon",
            "not assessable",
            "cards per 1000",
        ),
        rows=tuple((*row, per_1000(row[2], row[1])) for row in counts),
        bar="cards per 1000",
        note="Cards of 1000 people of the same row.",
    )

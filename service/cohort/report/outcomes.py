"""How well advice agrees with what happened later: in all, and by step of the pathway."""

from collections import Counter
from pathlib import Path

from cobalamin.service.cohort.report.outcome_events import OutcomeCounts, read_outcomes
from cobalamin.service.cohort.report.outcome_mapping import load_outcome_mapping
from cobalamin.service.cohort.report.proportions import ProportionEstimate, proportion
from cobalamin.service.cohort.report.source import Source
from cobalamin.service.cohort.report.table import Cell, ReportTable, Section

INTERVAL = ("%", "95 % from", "95 % to")
# What, and why.
LIMITS = {
    "Who was looked at": (
        "Whoever had a low level, or a card, was more likely to be tested, treated and diagnosed. "
        "That alone raises sensitivity (verification bias); what is unknown is left out."
    ),
    "Treated without a test": (
        "Treatment may follow a suspicion, a habit or another illness. It is no proof of "
        "deficiency, and no treatment is no proof of the opposite."
    ),
    "The card's own inputs": (
        "An outcome that rests on the result that the card rests on agrees with it by "
        "construction (incorporation bias)."
    ),
    "Treatment in between": (
        "What was treated in time did not happen: a card that helped then counts as a false alarm."
    ),
    "Time": (
        "Whoever was followed for a short time, moved or died counts by what the table says. Lead "
        "time is from the day of assessment, not from when a clinician would have read a card, and "
        "of those to whom it happened."
    ),
    "Other places": (
        "Predictive values hold for people among whom it is as frequent as here. Intervals are of "
        "chance alone, for one figure at a time."
    ),
    "Benefit": "Nothing here says whether anybody was better off for a card.",
}
DAYS = """
SELECT name, rung, count(days), quantile_cont(days, 0.5), quantile_cont(days, 0.25),
    quantile_cont(days, 0.75)
FROM followed WHERE state = 'yes' AND outcome = 'advice'
GROUP BY GROUPING SETS ((name, rung), (name))
"""
Counts = Counter[tuple[str, str, str, str]]


def outcome_section(source: Source, table: Path, mapping: Path) -> Section:
    """Two-by-two tables, their measures, the steps, and what none of it can show.

    Raises:
        CohortError: the table or its mapping cannot be used.
    """
    outcomes = load_outcome_mapping(mapping)
    left = read_outcomes(source, table, outcomes)
    names = [outcome.name for outcome in outcomes.outcomes]
    found = source.rows("SELECT name, outcome, rung, state, count(*) FROM followed GROUP BY ALL")
    counts: Counts = Counter({tuple(key): count for *key, count in found})
    return Section(
        name="outcomes",
        title="What happened later",
        tables=(
            _limits(),
            _followed(names, counts, left),
            _two_by_two(names, counts),
            _measures(names, counts),
            _by_step(source, names, counts),
        ),
        note=(
            "Each person counts once, with the first assessment. A card is advice; whoever could "
            "not be assessed counts as without a card. Intervals are Wilson's, of 95 %."
        ),
    )


def _limits() -> ReportTable:
    return ReportTable(
        name="outcome-limits",
        title="What these figures cannot show",
        columns=("what", "why"),
        rows=tuple(LIMITS.items()),
    )


def _count(counts: Counts, name: str, state: str, *, has_card: bool | None = None) -> int:
    return sum(
        count
        for (named, outcome, _, found), count in counts.items()
        if named == name
        and found == state
        and (has_card is None or (outcome == "advice") is has_card)
    )


def _followed(names: list[str], counts: Counts, left: OutcomeCounts) -> ReportTable:
    states = ("yes", "no", "not-known", "before", "not-read")
    return ReportTable(
        name="outcome-people",
        title="Of how many people it is known",
        columns=("outcome", "happened", "did not", "not known", "happened before", "not read"),
        rows=tuple((name, *(_count(counts, name, state) for state in states)) for name in names),
        note=(
            "The first two are counted below. Before: on a day before the assessment. "
            f"Ids of the table without a row in the run: {left.without_row:,}. Lines of the table "
            f"that could not be read: {left.lines_not_read:,}."
        ),
    )


def _two_by_two(names: list[str], counts: Counts) -> ReportTable:
    rows: list[tuple[Cell, ...]] = []
    for name in names:
        for title, has_card in (("card", True), ("no card", False)):
            happened = _count(counts, name, "yes", has_card=has_card)
            absent = _count(counts, name, "no", has_card=has_card)
            rows.append((name, title, happened, absent))
        unclear = [
            sum(
                count
                for (named, outcome, _, state), count in counts.items()
                if (named, outcome, state) == (name, "not-assessable", wanted)
            )
            for wanted in ("yes", "no")
        ]
        rows.append((name, "of these not assessable", *unclear))
    return ReportTable(
        name="outcome-two-by-two",
        title="Cards against what happened",
        columns=("outcome", "advice", "happened", "did not"),
        rows=tuple(rows),
    )


def _measures(names: list[str], counts: Counts) -> ReportTable:
    rows: list[tuple[Cell, ...]] = []
    for name in names:
        cells = {
            (state, has_card): _count(counts, name, state, has_card=has_card)
            for state in ("yes", "no")
            for has_card in (True, False)
        }
        happened, absent = (cells[state, True] + cells[state, False] for state in ("yes", "no"))
        with_card, without = (cells["yes", card] + cells["no", card] for card in (True, False))
        measures = (
            ("sensitivity", proportion(cells["yes", True], happened)),
            ("specificity", proportion(cells["no", False], absent)),
            ("positive predictive value", proportion(cells["yes", True], with_card)),
            ("negative predictive value", proportion(cells["no", False], without)),
        )
        rows += [(name, title, *_cells(measure)) for title, measure in measures]
    return ReportTable(
        name="outcome-measures",
        title="Sensitivity, specificity and predictive values",
        columns=("outcome", "measure", "people", "of", *INTERVAL),
        rows=tuple(rows),
    )


def _cells(measure: ProportionEstimate) -> tuple[Cell, ...]:
    return (measure.part, measure.whole, measure.percent, measure.low, measure.high)


def _by_step(source: Source, names: list[str], counts: Counts) -> ReportTable:
    days = {(name, rung): tuple(found) for name, rung, *found in source.rows(DAYS)}
    words = source.profile.wording.rungs
    rows: list[tuple[Cell, ...]] = []
    for name in names:
        for step in (*_steps(name, counts), None):
            value, found = _of_step(name, step, counts)
            title = words[step].title if step and step in words else ""
            lead = days.get((name, step), (0, None, None, None))
            shares = (found.percent, found.low, found.high)
            rows.append((name, step or "any", title, *_cells(value), *shares, *lead))
    return ReportTable(
        name="outcome-by-rung",
        title="Predictive value, sensitivity and lead time by step",
        columns=(
            "outcome",
            "step",
            "what it is",
            "happened",
            "with a card",
            *(f"predictive value {part}" for part in INTERVAL),
            *(f"sensitivity {part}" for part in INTERVAL),
            "with a day",
            "median days",
            "first quartile",
            "third quartile",
        ),
        rows=tuple(rows),
        note=(
            "The sensitivity of a step is its share of all to whom it happened. Lead time is the "
            "days from the assessment until it happened, where the table has a day."
        ),
    )


def _steps(name: str, counts: Counts) -> list[str]:
    """The steps that gave a card to somebody of whom the outcome is known."""
    steps = {
        rung
        for named, outcome, rung, state in counts
        if (named, outcome) == (name, "advice") and state in ("yes", "no")
    }
    return sorted(steps, key=lambda rung: (len(rung), rung))


def _of_step(
    name: str, step: str | None, counts: Counts
) -> tuple[ProportionEstimate, ProportionEstimate]:
    """The predictive value and the sensitivity of a step, or of any card."""
    steps = _steps(name, counts) if step is None else [step]
    happened, absent = (
        sum(counts[name, "advice", rung, state] for rung in steps) for state in ("yes", "no")
    )
    everybody = _count(counts, name, "yes")
    return proportion(happened, happened + absent), proportion(happened, everybody)

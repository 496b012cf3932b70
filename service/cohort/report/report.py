"""The report on a run: a page that needs nothing from elsewhere, and its tables as CSV."""

import csv
from pathlib import Path

from msgspec import Struct

from cobalamin.service.cohort.report.advice import advice_section
from cobalamin.service.cohort.report.comments import comment_section
from cobalamin.service.cohort.report.distributions import distribution_section
from cobalamin.service.cohort.report.examples import example_section
from cobalamin.service.cohort.report.outcomes import outcome_section
from cobalamin.service.cohort.report.page import render_page
from cobalamin.service.cohort.report.problems import problem_section
from cobalamin.service.cohort.report.source import open_source
from cobalamin.service.cohort.report.table import ReportTable, Section
from cobalamin.service.knowledge.profile import Profile

PAGE = "index.html"


class OutcomeFiles(Struct, frozen=True):
    """A table of what happened later, and the mapping that names its columns."""

    table: Path
    mapping: Path


def write_report(
    folder: Path,
    output: Path,
    profile: Profile,
    seconds: float,
    outcomes: OutcomeFiles | None = None,
) -> Path:
    """Writes the report on the run in a folder; answers with the path of the page.

    `profile` gives words and limits, `seconds` are what authorising one comment takes.

    Raises:
        CohortError: the folder holds no finished run of this version, or the outcomes or their
            mapping cannot be used.
    """
    with open_source(folder, profile) as source:
        later: tuple[Section, ...] = ()
        if outcomes is not None:
            later = (outcome_section(source, outcomes.table, outcomes.mapping),)
        sections = (
            advice_section(source),
            *later,
            distribution_section(source),
            problem_section(source),
            comment_section(source, seconds),
            example_section(source),
        )
        output.mkdir(parents=True, exist_ok=True)
        for section in sections:
            for table in section.tables:
                _write_table(output / f"{table.name}.csv", table)
        page = output / PAGE
        page.write_text(render_page(source.manifest, profile, sections), "utf-8")
    return page


def _write_table(path: Path, table: ReportTable) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(table.columns)
        writer.writerows(table.rows)

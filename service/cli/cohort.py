"""`cobalamin cohort`: what would have been said of a whole population."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path

import click

from cobalamin.service.cli.cohort_audit import open_trail_or_exit, record_cohort_or_exit
from cobalamin.service.cohort.compare.comparison import compare_runs
from cobalamin.service.cohort.compare.text import to_text
from cobalamin.service.cohort.errors import (
    CohortError,
    CohortUsageError,
    LostWorkerError,
    SparkError,
)
from cobalamin.service.cohort.manifest import read_manifest
from cobalamin.service.cohort.options import Engine, RunOptions
from cobalamin.service.cohort.progress import Progress
from cobalamin.service.cohort.report.report import OutcomeFiles, write_report
from cobalamin.service.cohort.run import run_cohort
from cobalamin.service.knowledge.errors import KnowledgeError
from cobalamin.service.knowledge.profile import Profile, load_profile
from cobalamin.service.knowledge.profile_list import profile_ids
from cobalamin.service.knowledge.site import load_site
from cobalamin.service.settings import EXIT_CODE

FAILED, USAGE, UNREADABLE, INTERRUPTED = 1, 2, 3, 130
CODES: dict[type[CohortError], int] = {
    CohortUsageError: USAGE,
    LostWorkerError: FAILED,
    SparkError: FAILED,
}
FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
LOSES_URGENT = 1
FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)


@click.group()
def cohort() -> None:
    """Assess whole populations, report on them, compare two runs."""


@cohort.command()
@click.argument("inputs", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option("--output", type=click.Path(file_okay=False, path_type=Path), required=True)
@click.option(
    "--profile", type=click.Choice(profile_ids()), default=profile_ids()[0], show_default=True
)
@click.option("--site", type=FILE, help="A site file, as COBALAMIN_SITE names one.")
@click.option("--mapping", type=FILE, help="Which columns of a table mean what (TOML).")
@click.option("--as-of", type=click.DateTime(["%Y-%m-%d"]), help="One day for everybody.")
@click.option("--laboratory", is_flag=True, help="Take the performer of FHIR results down.")
@click.option(
    "--codes",
    type=click.IntRange(min=0),
    default=10,
    show_default=True,
    help="Count the codes of one document in so many; 0 of none.",
)
@click.option("--jobs", type=click.IntRange(min=1), help="Worker processes; one a core.")
@click.option("--resume", is_flag=True, help="Go on with a run that was interrupted.")
@click.option("--engine", type=click.Choice(list(Engine)), default=Engine.local, show_default=True)
@click.option("--master", help="The address of Spark's master; as Spark is configured without.")
def run(  # noqa: PLR0913, PLR0917 - the options of the command
    inputs: tuple[Path, ...],
    output: Path,
    profile: str,
    site: Path | None,
    mapping: Path | None,
    as_of: datetime | None,
    laboratory: bool,  # noqa: FBT001
    codes: int,
    jobs: int | None,
    resume: bool,  # noqa: FBT001
    engine: Engine,
    master: str | None,
) -> None:
    """Assess every patient of INPUTS, files and folders, into the folder OUTPUT.

    Read are plain forms and FHIR Bundles (one a file, or one a line), FHIR Bulk Data NDJSON, HL7 v2
    messages, and CSV or Parquet by a mapping; all but Parquet also as gzip.
    """
    audit = open_trail_or_exit()
    with ending():
        _check_engine(engine, jobs, master)
        options = RunOptions(
            paths=inputs,
            output=output,
            profile=_profile(profile, site),
            site=site,
            today=date.today(),  # noqa: DTZ011 - a person's day, where the person is
            on=None if as_of is None else as_of.date(),
            mapping=mapping,
            laboratory=laboratory,
            sample=codes,
            jobs=jobs or (1 if engine is Engine.spark else len(os.sched_getaffinity(0))),
            resume=resume,
            engine=engine,
            master=master,
        )
        finished = run_cohort(options, Progress())
        click.echo(
            f"assessed {finished.rows:,}, refused {finished.refused:,}, in {finished.seconds:,} s; "
            f"the results stand in {output}",
            err=True,
        )
        record_cohort_or_exit(audit, finished, output)


def _check_engine(engine: Engine, jobs: int | None, master: str | None) -> None:
    if engine is Engine.spark and jobs is not None:
        raise CohortUsageError("--jobs is for the local engine; Spark is configured with its own")
    if engine is Engine.local and master is not None:
        raise CohortUsageError("--master needs --engine spark")


@cohort.command()
@click.argument("before", type=FOLDER)
@click.argument("after", type=FOLDER)
@click.option("--output", type=click.Path(file_okay=False, path_type=Path), help="Also as CSV.")
@click.option(
    "--flows", type=click.IntRange(min=1), default=50, show_default=True, help="Print so many."
)
def compare(before: Path, after: Path, output: Path | None, flows: int) -> None:
    """Compare two finished runs over the same people: who changes, from what to what, and why.

    Ends with 1 where a person loses urgent advice.
    """
    with ending():
        comparison = compare_runs(before, after, output)
        for line in to_text(comparison, flows):
            click.echo(line)
        if comparison.lose_urgent:
            sys.exit(LOSES_URGENT)


@cohort.command()
@click.argument("folder", type=FOLDER)
@click.option(
    "--output",
    type=click.Path(file_okay=False, path_type=Path),
    help="Where to write it; FOLDER/report without.",
)
@click.option("--site", type=FILE, help="The site file of the run, for its limits.")
@click.option(
    "--authorisation-seconds",
    type=click.FloatRange(min=0),
    default=60,
    show_default=True,
    help="What authorising one comment takes.",
)
@click.option("--outcomes", type=FILE, help="A table of what happened later (CSV, Parquet).")
@click.option("--outcome-mapping", type=FILE, help="Which of its columns mean what (TOML).")
def report(
    folder: Path,
    output: Path | None,
    site: Path | None,
    authorisation_seconds: float,
    outcomes: Path | None,
    outcome_mapping: Path | None,
) -> None:
    """Report on the finished run in FOLDER: a page, and its tables as CSV."""
    with ending():
        later = _outcome_files(outcomes, outcome_mapping)
        profile = _profile(read_manifest(folder)["profile"], site)
        target = output or folder / "report"
        page = write_report(folder, target, profile, authorisation_seconds, later)
        click.echo(f"the report stands in {page}", err=True)


def _outcome_files(table: Path | None, mapping: Path | None) -> OutcomeFiles | None:
    if table is None and mapping is None:
        return None
    if table is None or mapping is None:
        raise CohortUsageError("--outcomes and --outcome-mapping are given together")
    return OutcomeFiles(table, mapping)


def _profile(profile: str, site: Path | None) -> Profile:
    try:
        return load_profile(profile, None if site is None else load_site(site))
    except KnowledgeError as error:
        click.echo(str(error), err=True)
        sys.exit(EXIT_CODE)


@contextmanager
def ending() -> Iterator[None]:
    """Ends the command with one line where it cannot give its result."""
    try:
        yield
    except CohortError as error:
        click.echo(f"\n{error}" if sys.stderr.isatty() else str(error), err=True)
        sys.exit(CODES.get(type(error), UNREADABLE))
    except KeyboardInterrupt:
        click.echo("\ninterrupted; what is done is kept: add --resume to go on", err=True)
        sys.exit(INTERRUPTED)

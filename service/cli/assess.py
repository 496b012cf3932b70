"""The command `cobalamin assess`."""

import sys
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import BinaryIO

import click

from cobalamin.service.cli.assessment_format import FORMATS, format_assessment
from cobalamin.service.cli.assessment_input import iter_documents, read_input
from cobalamin.service.cli.profile import PROFILE_OPTION, load_profile_or_exit
from cobalamin.service.http.errors import ApiError
from cobalamin.service.knowledge.profile import Profile
from cobalamin.service.lab.hl7v2.message import RejectedError
from cobalamin.service.rules.assess import assess as assess_facts
from cobalamin.service.rules.model.assessment import Outcome

UNREADABLE, NOT_ASSESSED = 3, 4
WITH_HEADINGS = ("text", "hl7v2")


@click.command()
@click.argument("files", metavar="FILE...", type=click.File("rb"), nargs=-1, required=True)
@click.option("--format", "form", type=click.Choice(FORMATS), default="json", show_default=True)
@PROFILE_OPTION
@click.option("--as-of", type=click.DateTime(["%Y-%m-%d"]), help="The day to assess on.")
@click.option("--site", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--fail-on", type=click.Choice(["not-assessable"]), help="Exit 4 in that case.")
def assess(
    files: tuple[BinaryIO, ...],
    form: str,
    profile_id: str,
    as_of: datetime | None,
    site: Path | None,
    fail_on: str | None,
) -> None:
    """Assess FHIR, the request of any hook, an HL7 v2 message or the plain form.

    FILE may be - for standard input. A file of JSON may hold one document, or one a line (NDJSON).
    Several documents are answered one a line as JSON, or under a heading each; one that cannot be
    read is named on standard error and costs no other. The format cards answers a hook as its
    service does; hl7v2 prints one segment a line.
    """
    profile = load_profile_or_exit(profile_id, site)
    on = as_of.date() if as_of is not None else None
    documents = [one for file in files for one in iter_documents(_name(file), file.read())]
    worst, is_alone = 0, len(documents) == 1
    for index, (name, document) in enumerate(documents):
        try:
            outcome, text = _assessed(document, profile, on, form, is_alone=is_alone)
        except (ApiError, RejectedError) as error:
            worst = UNREADABLE
            click.echo(": ".join(_fault(error, None if is_alone else name)), err=True)
            continue
        if not is_alone and form in WITH_HEADINGS:
            click.echo(f"\n== {name}" if index else f"== {name}")
        click.echo(text)
        if fail_on and outcome is Outcome.not_assessable and worst != UNREADABLE:
            worst = NOT_ASSESSED
    sys.exit(worst)


def _assessed(
    document: bytes, profile: Profile, on: date | None, form: str, *, is_alone: bool
) -> tuple[Outcome, str]:
    """The outcome of one document, and its answer as text."""
    request = read_input(document, profile, on)
    assessment = assess_facts(request.facts, profile.knowledge, request.on)
    text = format_assessment(assessment, profile, form, request, on_one_line=not is_alone)
    return assessment.outcome, text


def _name(file: BinaryIO) -> str:
    return str(getattr(file, "name", "-")).replace("<stdin>", "-")


def _fault(error: ApiError | RejectedError, name: str | None) -> Iterator[str]:
    """Where, if anywhere, and what is wrong."""
    if name is not None:
        yield name
    if error.where:
        yield error.where
    yield error.message if isinstance(error, ApiError) else error.text

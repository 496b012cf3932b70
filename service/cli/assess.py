"""The command `cobalamin assess`."""

import sys
from pathlib import Path
from typing import BinaryIO

import click

from cobalamin.service.cli.assessment_format import FORMATS, format_assessment
from cobalamin.service.cli.assessment_input import read_input
from cobalamin.service.cli.profile import PROFILE_OPTION, load_profile_or_exit
from cobalamin.service.http.errors import ApiError
from cobalamin.service.lab.hl7v2.message import RejectedError
from cobalamin.service.rules.assess import assess as assess_facts
from cobalamin.service.rules.model.assessment import Outcome

UNREADABLE, NOT_ASSESSED = 3, 4


@click.command()
@click.argument("file", type=click.File("rb"))
@click.option("--format", "form", type=click.Choice(FORMATS), default="json", show_default=True)
@PROFILE_OPTION
@click.option("--as-of", type=click.DateTime(["%Y-%m-%d"]), help="The day to assess on.")
@click.option("--site", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--fail-on", type=click.Choice(["not-assessable"]), help="Exit 4 in that case.")
def assess(
    file: BinaryIO,
    form: str,
    profile_id: str,
    as_of: object,
    site: Path | None,
    fail_on: str | None,
) -> None:
    """Assess a FHIR Bundle or resource, a CDS Hooks request, an HL7 v2 message or the plain form.

    FILE may be - for standard input; the format hl7v2 prints one segment per line.
    """
    profile = load_profile_or_exit(profile_id, site)
    on = as_of.date() if as_of is not None else None  # type: ignore[attr-defined]
    try:
        request = read_input(file.read(), profile, on)
    except ApiError as error:
        click.echo(f"{error.where}: {error.message}" if error.where else error.message, err=True)
        sys.exit(UNREADABLE)
    except RejectedError as error:
        click.echo(f"{error.where}: {error.text}", err=True)
        sys.exit(UNREADABLE)
    assessment = assess_facts(request.facts, profile.knowledge, request.on)
    click.echo(format_assessment(assessment, profile, form))
    if fail_on and assessment.outcome is Outcome.not_assessable:
        sys.exit(NOT_ASSESSED)

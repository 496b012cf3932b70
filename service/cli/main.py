"""The command `cobalamin`: data on standard output, everything else on standard error.

Exit 0 done, 1 found or failed, 2 usage, 3 input unreadable, 4 could not be assessed (where asked).
"""

import os
import re
import sys
from collections.abc import Iterator
from dataclasses import fields
from datetime import date
from pathlib import Path
from typing import BinaryIO

import click
import msgspec

from cobalamin.fhir.decode.json_repair import normalise
from cobalamin.fhir.prefetch import read_prefetch
from cobalamin.fhir.writer import check_templates
from cobalamin.service.answers.card_context import CardContext
from cobalamin.service.answers.cards import to_cards
from cobalamin.service.answers.fhir_bundle import to_bundle
from cobalamin.service.answers.plain import encode, to_plain
from cobalamin.service.answers.text import to_text
from cobalamin.service.cds_hooks.registration import Registration, registration_sheet
from cobalamin.service.cds_hooks.request import parse_request
from cobalamin.service.cds_hooks.services import PATIENT_VIEW, offered
from cobalamin.service.cli.auth import auth
from cobalamin.service.cli.codes import codes
from cobalamin.service.cli.cohort import cohort
from cobalamin.service.cli.db import db
from cobalamin.service.cli.feedback import feedback
from cobalamin.service.cli.settings import (
    build_authenticator_or_exit,
    find_client_or_exit,
    load_settings_or_exit,
)
from cobalamin.service.http.errors import ApiError
from cobalamin.service.identifiers import new_id
from cobalamin.service.knowledge.errors import KnowledgeError
from cobalamin.service.knowledge.products import check_products, check_table
from cobalamin.service.knowledge.profile import Profile, load_profile
from cobalamin.service.knowledge.profile_list import profile_ids
from cobalamin.service.knowledge.site import changes, load_site
from cobalamin.service.lab.body import AssessmentInput, AssessmentOptions, read_request
from cobalamin.service.lab.hl7v2.answer import render_report_segments
from cobalamin.service.lab.hl7v2.message import (
    RejectedError,
    UnreadableError,
    check_kind,
    parse,
)
from cobalamin.service.lab.hl7v2.reader import read_message
from cobalamin.service.rules.assess import assess as assess_facts
from cobalamin.service.rules.model.assessment import Assessment, Outcome
from cobalamin.service.rules.model.thresholds import Thresholds
from cobalamin.service.settings import EXIT_CODE
from cobalamin.service.version import VERSION

FAILED, UNREADABLE, NOT_ASSESSED = 1, 3, 4
PASSWORD = re.compile(r"(://[^:/@\s]*:).*@")
FORMATS = ("json", "cards", "fhir", "text", "hl7v2")
PROFILE_OPTION = click.option(
    "--profile",
    "profile_id",
    type=click.Choice(profile_ids()),
    default=profile_ids()[0],
    show_default=True,
)
GUNICORN_CONF = "python:cobalamin.service.server.gunicorn_conf"
APPLICATION = "cobalamin.service.wsgi:app"


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(VERSION, prog_name="cobalamin")
def main() -> None:
    """Decision support for vitamin B12 deficiency."""


main.add_command(auth)
main.add_command(codes)
main.add_command(cohort)
main.add_command(db)
main.add_command(feedback)


@main.command(context_settings={"ignore_unknown_options": True})
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def serve(arguments: tuple[str, ...]) -> None:
    """Serve with gunicorn on HOST and PORT; ARGUMENTS go to gunicorn."""
    build_authenticator_or_exit(load_settings_or_exit())
    command = [sys.executable, "-m", "gunicorn", "--config", GUNICORN_CONF, *arguments, APPLICATION]
    os.execv(sys.executable, command)  # noqa: S606 - replaces the process, so that signals arrive


@main.command()
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
    profile = _load_profile(profile_id, site)
    on = as_of.date() if as_of is not None else None  # type: ignore[attr-defined]
    try:
        request = _read(file.read(), profile, on)
    except ApiError as error:
        click.echo(f"{error.where}: {error.message}" if error.where else error.message, err=True)
        sys.exit(UNREADABLE)
    except RejectedError as error:
        click.echo(f"{error.where}: {error.text}", err=True)
        sys.exit(UNREADABLE)
    assessment = assess_facts(request.facts, profile.knowledge, request.on)
    click.echo(_format(assessment, profile, form))
    if fail_on and assessment.outcome is Outcome.not_assessable:
        sys.exit(NOT_ASSESSED)


def _load_profile(profile_id: str, site: Path | None) -> Profile:
    try:
        return load_profile(profile_id, load_site(site) if site else None)
    except KnowledgeError as error:
        click.echo(str(error), err=True)
        sys.exit(EXIT_CODE)


class _Hook(msgspec.Struct):
    hook: msgspec.Raw = msgspec.Raw(b"")


def _read(body: bytes, profile: Profile, on: date | None) -> AssessmentInput:
    """Read the facts from any of the four input formats.

    Raises:
        ApiError: it is none of them, or is invalid.
        RejectedError: the message is of a type that is not supported.
    """
    today = date.today()  # noqa: DTZ011 - a person's day, where the person is
    try:
        message = parse(body)
    except UnreadableError:
        pass
    else:
        check_kind(message)
        return AssessmentInput(facts=read_message(message, profile), on=on or today)
    if _is_hook_call(body):
        call = parse_request(body, PATIENT_VIEW)
        read = read_prefetch(call.prefetch, call.patient_id, profile.codes, profile.knowledge.units)
        return AssessmentInput(facts=read.facts, on=on or today)
    return read_request(body, AssessmentOptions(profile=profile, today=today, on=on), fhir=False)


def _is_hook_call(body: bytes) -> bool:
    try:
        return bool(msgspec.json.decode(normalise(body), type=_Hook).hook)
    except (msgspec.MsgspecError, RecursionError, ValueError):
        return False


def _format(assessment: Assessment, profile: Profile, form: str) -> str:
    if form == "text":
        return to_text(assessment, profile)
    if form == "hl7v2":
        return render_report_segments(assessment, profile).rstrip("\r").replace("\r", "\n")
    if form == "fhir":
        return _to_json(to_bundle(assessment, profile, new_id))
    subject = assessment.facts.patient.id
    cards = to_cards(
        CardContext(assessment=assessment, profile=profile, subject_id=subject, new_id=new_id)
    )
    answer = {"cards": cards} if form == "cards" else to_plain(assessment, profile, cards)
    return _to_json(answer)


def _to_json(answer: object) -> str:
    return msgspec.json.format(encode(answer), indent=2).decode()


@main.command()
@click.option("--client", "name", required=True, help="Name of the client in the registry.")
def registration(name: str) -> None:
    """Print the registration sheet for an EHR; it contains no secret."""
    settings = load_settings_or_exit()
    client = find_client_or_exit(settings, name)
    if settings.public_url is None:
        raise click.UsageError("set COBALAMIN_PUBLIC_URL; every URL of the sheet begins with it")
    profile = _load_profile(client.profile, settings.site)
    details = Registration(
        client=client,
        offered=offered(settings.services),
        public_url=settings.public_url,
        profile=profile,
    )
    click.echo(registration_sheet(details))


@main.group()
def config() -> None:
    """Settings of the environment."""


@config.command("show")
def show_config() -> None:
    """Print every setting and its value."""
    settings = load_settings_or_exit()
    for field in fields(settings):
        text = PASSWORD.sub(r"\1***@", str(getattr(settings, field.name)))
        click.echo(f"{field.name} = {text}")


@config.command("check")
def check_config() -> None:
    """Check settings, client registry, database and site file; list what the site changes."""
    settings = load_settings_or_exit()
    build_authenticator_or_exit(settings)
    profile = _load_profile(settings.profile, settings.site)
    click.echo("the settings are usable", err=True)
    if profile.site is None:
        return
    before = load_profile(settings.profile).knowledge
    click.echo(f"{profile.site.name} changes profile {settings.profile}:")
    for change in changes(before, profile.knowledge):
        click.echo(f"  {change}")
    for (system, code), meaning in profile.site.codes.items():
        of = system or "no system"
        click.echo(f"  code {code} of {of} is read as {meaning.display.partition(',')[0]}")
    for system, products in profile.site.products.items():
        check_table(products, str)
        click.echo(f"  {len(products)} products of {system} come from {products.name}")
    for code, order in profile.site.orderables.items():
        click.echo(f"  {code} is ordered as {order.display} ({order.code})")


@main.group()
def knowledge() -> None:
    """Thresholds, codes, texts and regimens."""


@knowledge.command("check")
def check_knowledge() -> None:
    """Load every profile and validate every draft order as FHIR R4B."""
    problems = [problem for profile_id in profile_ids() for problem in _problems(profile_id)]
    try:
        check_products()
    except KnowledgeError as error:
        problems.append(str(error))
    for problem in problems:
        click.echo(problem, err=True)
    if problems:
        sys.exit(FAILED)
    click.echo(f"{', '.join(profile_ids())}: all knowledge is usable", err=True)


def _problems(profile_id: str) -> Iterator[str]:
    try:
        profile = load_profile(profile_id)
    except KnowledgeError as error:
        yield str(error)
        return
    yield from (f"{profile_id}: {problem}" for problem in check_templates(profile))


@knowledge.command("show")
@PROFILE_OPTION
def show_knowledge(profile_id: str) -> None:
    """Print every threshold with its source and verification state."""
    known = load_profile(profile_id).knowledge
    click.echo(f"profile {known.profile}, knowledge {known.version}, {known.hash}")
    for name in Thresholds.__struct_fields__:
        limit = getattr(known.thresholds, name)
        values = ", ".join(f"{value} {unit}" for unit, value in limit.value.items())
        click.echo(f"{limit.id}: {values}")
        click.echo(f"    {limit.label}; {limit.source}, {limit.locator} ({limit.verification})")

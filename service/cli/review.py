"""The commands `cobalamin knowledge review` and `sign`: what changed since, and who agrees."""

import json
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path

import click

from cobalamin.service.cli.profile import PROFILE_OPTION, load_profile_or_exit
from cobalamin.service.knowledge import toml_files
from cobalamin.service.knowledge.profile import load_profile
from cobalamin.service.knowledge.review.changes import (
    Change,
    get_changes,
    lapsed,
    load_signed_contents,
)
from cobalamin.service.knowledge.review.items import get_items
from cobalamin.service.knowledge.review.signatures import Signature, load_signatures
from cobalamin.service.knowledge.review.signing import add_signatures

DAY = click.DateTime(["%Y-%m-%d"])


def lapsed_lines(profile_id: str, on: date | None = None) -> Iterator[str]:
    """A line for each signature of a profile that no longer counts, and for each open objection.

    Raises:
        KnowledgeError: the knowledge or the file of signatures is wrong.
    """
    profile = load_profile(profile_id)
    items = get_items(profile.knowledge, profile.wording)
    mine = [one for one in load_signatures() if one.profile == profile_id]
    for one, state in lapsed(mine, items, on or date.today()):  # noqa: DTZ011 - a day as signers write it
        yield f"{profile_id}: {one.item}: signature of {one.name} of {one.day}: {state}"


@click.command("review")
@PROFILE_OPTION
@click.option(
    "--since", type=DAY, help="The day of the signatures to compare with; else the newest."
)
@click.option(
    "--compared",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="What `cobalamin cohort compare` printed about the change; it is printed after it.",
)
def review_knowledge(profile_id: str, since: datetime | None, compared: Path | None) -> None:
    """Print what changed since it was signed: old beside new, and nothing else."""
    profile = load_profile_or_exit(profile_id, None)
    items = get_items(profile.knowledge, profile.wording)
    mine = [one for one in load_signatures() if one.profile == profile_id]
    day = None if since is None else since.date()
    changes = list(get_changes(mine, items, load_signed_contents(), day))
    for change in changes:
        for line in _described(change):
            click.echo(line)
    if compared is not None:
        click.echo(compared.read_text("utf-8"))
    never = len(items.keys() - {one.item for one in mine})
    click.echo(
        f"{len(changes)} items changed since they were signed; {never} were never signed", err=True
    )


@click.command("export")
@PROFILE_OPTION
def export_knowledge(profile_id: str) -> None:
    """Print the knowledge of a profile as FHIR R4 artifacts, in one Bundle."""
    from cobalamin.fhir.artifacts import to_bundle  # noqa: PLC0415 - no other command needs it

    bundle = to_bundle(load_profile_or_exit(profile_id, None))
    click.echo(json.dumps(bundle, ensure_ascii=False, indent=1))


@click.command("sign")
@click.argument("names", nargs=-1, required=True, metavar="ITEM...")
@PROFILE_OPTION
@click.option("--name", required=True)
@click.option(
    "--registration", required=True, help="The number under which the signer is registered."
)
@click.option("--role", required=True)
@click.option("--date", "day", type=DAY, required=True)
@click.option("--look-again", type=DAY, required=True)
@click.option("--object", "comment", help="Object instead of agreeing, for this reason.")
def sign_knowledge(names: tuple[str, ...], profile_id: str, **given: object) -> None:
    """Add the signature of a clinician for items such as step:R4, as they are now."""
    profile = load_profile_or_exit(profile_id, None)
    items = get_items(profile.knowledge, profile.wording)
    unknown = [name for name in names if name not in items]
    if unknown:
        raise click.BadParameter(f"no such item: {', '.join(unknown)}")
    signatures = [_signature(items[name].digest, name, profile_id, given) for name in names]
    add_signatures(toml_files.ROOT, signatures, [items[name] for name in names])
    click.echo(f"{len(names)} signatures added", err=True)


def _signature(digest: str, item: str, profile_id: str, given: dict[str, object]) -> Signature:
    comment = given["comment"]
    return Signature(
        item=item,
        profile=profile_id,
        digest=digest,
        name=str(given["name"]),
        registration=str(given["registration"]),
        role=str(given["role"]),
        day=_day(given["day"]),
        look_again=_day(given["look_again"]),
        verdict="agree" if comment is None else "object",
        comment=str(comment or ""),
    )


def _day(value: object) -> date:
    if not isinstance(value, datetime):
        raise TypeError("a day is a datetime, as click parses it")
    return value.date()


def _described(change: Change) -> Iterator[str]:
    one = change.signature
    yield f"{one.item}: signed by {one.name} on {one.day}"
    yield from (f"  - {line}" for line in change.removed)
    yield from (f"  + {line}" for line in change.added)

"""The commands `cobalamin knowledge`."""

import sys
from collections.abc import Iterator

import click

from cobalamin.fhir.writer import check_templates
from cobalamin.service.cli.profile import PROFILE_OPTION
from cobalamin.service.cli.review import (
    export_knowledge,
    lapsed_lines,
    review_knowledge,
    sign_knowledge,
)
from cobalamin.service.knowledge.errors import KnowledgeError
from cobalamin.service.knowledge.products import check_products
from cobalamin.service.knowledge.profile import load_profile
from cobalamin.service.knowledge.profile_list import profile_ids
from cobalamin.service.knowledge.review.groups import check_groups
from cobalamin.service.rules.model.thresholds import Thresholds

FAILED = 1


@click.group()
def knowledge() -> None:
    """Thresholds, codes, texts and regimens."""


@knowledge.command("check")
def check_knowledge() -> None:
    """Load every profile, validate every draft order, and name signatures that no longer count."""
    problems = [problem for profile_id in profile_ids() for problem in _problems(profile_id)]
    try:
        check_products()
        check_groups()
        lines = [line for profile_id in profile_ids() for line in lapsed_lines(profile_id)]
    except KnowledgeError as error:
        problems.append(str(error))
    for problem in problems:
        click.echo(problem, err=True)
    if problems:
        sys.exit(FAILED)
    for line in lines:
        click.echo(line)
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
    loaded = load_profile(profile_id).knowledge
    click.echo(f"profile {loaded.profile}, knowledge {loaded.version}, {loaded.hash}")
    for name in Thresholds.__struct_fields__:
        limit = getattr(loaded.thresholds, name)
        values = ", ".join(f"{value} {unit}" for unit, value in limit.value.items())
        click.echo(f"{limit.id}: {values}")
        click.echo(f"    {limit.label}; {limit.source}, {limit.locator} ({limit.verification})")


knowledge.add_command(review_knowledge)
knowledge.add_command(sign_knowledge)
knowledge.add_command(export_knowledge)

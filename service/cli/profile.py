"""The profile of a command: its option, and loading it."""

from pathlib import Path

import click

from cobalamin.service.cli.settings import exit_if_not_usable
from cobalamin.service.knowledge.profile import Profile, load_profile
from cobalamin.service.knowledge.profile_list import profile_ids
from cobalamin.service.knowledge.site import load_site

PROFILE_OPTION = click.option(
    "--profile",
    "profile_id",
    type=click.Choice(profile_ids()),
    default=profile_ids()[0],
    show_default=True,
)


def load_profile_or_exit(profile_id: str, site: Path | None) -> Profile:
    """Load a profile with a site file; exit 78 and print the problem otherwise."""
    with exit_if_not_usable():
        return load_profile(profile_id, load_site(site) if site else None)

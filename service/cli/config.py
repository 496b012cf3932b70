"""The commands `cobalamin config`."""

import re
from dataclasses import fields

import click

from cobalamin.service.cli.profile import load_profile_or_exit
from cobalamin.service.cli.settings import build_authenticator_or_exit, load_settings_or_exit
from cobalamin.service.knowledge.products import check_table
from cobalamin.service.knowledge.profile import load_profile
from cobalamin.service.knowledge.site import changes

PASSWORD = re.compile(r"(://[^:/@\s]*:).*@")


@click.group()
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
    profile = load_profile_or_exit(settings.profile, settings.site)
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

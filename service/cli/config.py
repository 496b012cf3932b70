"""The commands `cobalamin config`."""

import re
from dataclasses import fields

import click

from cobalamin.service.access.registry import Registry, load_registry
from cobalamin.service.answers.topics import topic_codes
from cobalamin.service.assembly import (
    RegistryAssembly,
    build_authenticator,
    load_profiles,
    stores_records,
)
from cobalamin.service.cli.settings import exit_if_not_usable, load_settings_or_exit
from cobalamin.service.knowledge.products import check_table
from cobalamin.service.knowledge.profile import Profile, Profiles, load_profile
from cobalamin.service.knowledge.site import Site, changes
from cobalamin.service.modes import check_clients, load_modes
from cobalamin.service.records.schema_version import open_checked_store
from cobalamin.service.settings import (
    DEFAULT_DATABASE_URL,
    SECRET,
    Settings,
    warnings_of,
)
from cobalamin.service.tracing.installation import check_tracing

PASSWORD = re.compile(r"(://[^:/@\s]*:).*@")


@click.group()
def config() -> None:
    """Settings of the environment."""


@config.command("show")
def show_config() -> None:
    """Print every setting and its value."""
    settings = load_settings_or_exit()
    for field in fields(settings):
        value = getattr(settings, field.name)
        text = PASSWORD.sub(r"\1***@", _text(value))
        if value and field.metadata.get(SECRET):
            text = "***"
        click.echo(f"{field.name} = {text}".rstrip())


def _text(value: object) -> str:
    """A value as the environment would have it; empty where it is not set."""
    if value is None:
        return ""
    if isinstance(value, tuple):
        return ",".join(map(_text, value))
    return str(value).lower() if isinstance(value, bool) else str(value)


@config.command("check")
def check_config() -> None:
    """Check settings, client registry, database and site file; list what the site changes."""
    settings = load_settings_or_exit()
    with exit_if_not_usable():
        check_tracing(settings)
        registry = load_registry(settings)
        if registry is not None:
            build_authenticator(registry, settings)
        if _uses_database(settings, registry):
            open_checked_store(settings.database_url)
        profiles = load_profiles(settings, registry)
        RegistryAssembly(settings).build_comment_history(profiles.site)
        _check_modes(settings, registry, profiles)
    for warning in warnings_of(settings):
        click.echo(f"warning: {warning}", err=True)
    profile = profiles[settings.profile]
    click.echo("the settings are usable", err=True)
    if profile.site is None:
        return
    before = load_profile(settings.profile).knowledge
    click.echo(f"{profile.site.name} changes profile {settings.profile}:")
    for change in changes(before, profile.knowledge):
        click.echo(f"  {change}")
    for choice in profile.site.choices():
        click.echo(f"  {choice}")
    _print_codes(profile, profile.site)
    for system, products in profile.site.products.items():
        check_table(products, str)
        click.echo(f"  {len(products)} products of {system} come from {products.name}")
    for code, order in profile.site.orderables.items():
        click.echo(f"  {code} is ordered as {order.display} ({order.code})")


def _print_codes(profile: Profile, site: Site) -> None:
    """What each code of the site is read as; one that is published stays what it is."""
    for (system, code), meaning in site.codes.items():
        of, used = system or "no system", profile.codes.find(system, code)
        if used is meaning:
            click.echo(f"  code {code} of {of} is read as {meaning.display.partition(',')[0]}")
            continue
        published = "" if used is None else f" ({used.display})"
        click.echo(
            f"warning: COBALAMIN_SITE: code {code} of {of} is published{published} and stays what "
            "it is; the line of the site file does not count, take it out",
            err=True,
        )


def _check_modes(settings: Settings, registry: Registry | None, profiles: Profiles) -> None:
    """Check the file of modes and the clients that it names, if one is set."""
    if settings.modes is None:
        return
    modes = load_modes(settings.modes, topic_codes(profiles[settings.profile].wording))
    check_clients(modes, {client.id for client in registry.clients} if registry else ())


def _uses_database(settings: Settings, registry: Registry | None) -> bool:
    """Whether a database is set, or something is stored in the default one."""
    return (
        settings.database_url != DEFAULT_DATABASE_URL
        or settings.keeps_audit
        or stores_records(registry, settings)
    )

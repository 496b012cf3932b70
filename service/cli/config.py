"""The commands `cobalamin config`."""

import re
from contextlib import closing
from dataclasses import fields

import click

from cobalamin.service.access.registry import load_registry
from cobalamin.service.access.scopes import Scope
from cobalamin.service.answers.topics import topic_codes
from cobalamin.service.cli.profile import load_profile_or_exit
from cobalamin.service.cli.settings import (
    build_authenticator_or_exit,
    load_settings_or_exit,
    print_problems,
)
from cobalamin.service.knowledge.products import check_table
from cobalamin.service.knowledge.profile import Profile, load_profile
from cobalamin.service.knowledge.site import changes
from cobalamin.service.modes import check_clients, load_modes
from cobalamin.service.records.errors import StoreError
from cobalamin.service.records.schema_version import check_schema
from cobalamin.service.records.store import Store
from cobalamin.service.settings import (
    DEFAULT_DATABASE_URL,
    EXIT_CODE,
    SECRET,
    AuditPolicy,
    Settings,
    SettingsError,
    warnings_of,
)

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
    build_authenticator_or_exit(settings)
    _check_database(settings)
    for warning in warnings_of(settings):
        click.echo(f"warning: {warning}", err=True)
    profile = load_profile_or_exit(settings.profile, settings.site)
    _check_modes(settings, profile)
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


def _check_modes(settings: Settings, profile: Profile) -> None:
    """Exit 78 where the file of modes is wrong, or names a client that is not registered."""
    if settings.modes is None:
        return
    registry = load_registry(settings)
    try:
        modes = load_modes(settings.modes, topic_codes(profile.wording))
        check_clients(modes, {client.id for client in registry.clients} if registry else ())
    except SettingsError as error:
        print_problems(error)
        raise SystemExit(EXIT_CODE) from None


def _check_database(settings: Settings) -> None:
    """Exit 78 where a database that is set, or that feedback is kept in, cannot be used."""
    is_used = settings.audit is not AuditPolicy.off or _keeps_feedback(settings)
    if settings.database_url == DEFAULT_DATABASE_URL and not is_used:
        return
    with closing(Store(settings.database_url)) as store:
        try:
            check_schema(store)
        except StoreError as error:
            print_problems(SettingsError((f"COBALAMIN_DATABASE_URL: {error}",)))
            raise SystemExit(EXIT_CODE) from None


def _keeps_feedback(settings: Settings) -> bool:
    """Whether a registered client may send feedback."""
    registry = load_registry(settings)
    return registry is not None and any(Scope.cds in client.scopes for client in registry.clients)

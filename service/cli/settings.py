"""The settings of a command: usable, or the end of it."""

import os
from collections.abc import Callable

import click

from cobalamin.service.access.authentication import Gate
from cobalamin.service.access.clients import Client
from cobalamin.service.access.registry import Registry, load_registry
from cobalamin.service.assembly import open_gate
from cobalamin.service.settings import EXIT_CODE, Settings, SettingsError, read_settings

Opening = Callable[[Registry, Settings], Gate]


def usable_settings() -> Settings:
    """The settings of the environment; exit 78 with every fault."""
    try:
        return read_settings(os.environ)
    except SettingsError as error:
        refuse(error)
        raise SystemExit(EXIT_CODE) from None


def usable_gate(settings: Settings, opened: Opening = open_gate) -> Gate | None:
    """The gate of the client registry; None where there is none; exit 78 with every fault."""
    try:
        registry = load_registry(settings)
        return opened(registry, settings) if registry is not None else None
    except SettingsError as error:
        refuse(error)
        raise SystemExit(EXIT_CODE) from None


def usable_client(settings: Settings, name: str) -> Client:
    """The client of this name; exit 78 with every fault of the registry, 2 where it has none.

    Raises:
        UsageError: the registry has no such client, or there is none.
    """
    try:
        registry = load_registry(settings)
    except SettingsError as error:
        refuse(error)
        raise SystemExit(EXIT_CODE) from None
    if registry is None:
        raise click.UsageError("COBALAMIN_CLIENTS names no registry, so there is no client")
    known = {client.id: client for client in registry.clients}
    if name not in known:
        raise click.UsageError(f"the registry has no client of that name; {', '.join(known)}")
    return known[name]


def refuse(error: SettingsError) -> None:
    """Says every fault on standard error."""
    for problem in error.problems:
        click.echo(problem, err=True)
